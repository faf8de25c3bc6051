"""`sightline classify` and `sightline demo`."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.classifiers.conftest import write_classifier
from tests.cli.conftest import Sightline


def test_labels_come_likeliest_first_and_add_up(sightline: Sightline, repository: Path) -> None:
    picture = repository / "cli/demo/queries/snowman.jpg"
    ran = sightline(
        "classify", picture, "--labels", "snowman,teapot,car", "--model", "tiny", "--json"
    )
    assert ran.code == 0
    (guess,) = ran.lines
    assert guess["uri"] == str(picture)
    probabilities = [one["probability"] for one in guess["labels"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)
    assert guess["labels"][0]["label"] == "snowman"


@pytest.mark.usefixtures("indexed")
def test_a_broken_picture_is_skipped_with_its_reason(
    sightline: Sightline, repository: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG no")
    good = repository / "cli/demo/queries/snowman.jpg"
    ran = sightline("classify", broken, good, "-l", "snowman,car", "--top-k", 1, "--json")
    assert ran.code == 3
    first, second = ran.lines
    assert first["error"]
    assert [one["label"] for one in second["labels"]] == ["snowman"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--labels", "cat"], "IMAGE"),
        (["x.jpg"], "no labels"),
        (["x.jpg", "--labels", "cat,,dog"], "empty"),
        (["x.jpg", "--labels", "cat,Cat"], "twice"),
    ],
)
def test_wrong_usage_is_explained_before_a_model_is_loaded(
    sightline: Sightline, arguments: list[str], said: str
) -> None:
    ran = sightline("classify", *arguments)
    assert ran.code == 2
    assert said in ran.err


def test_demo_runs_draws_and_changes_nothing_the_second_time(
    sightline: Sightline, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.png"
    first = sightline("demo", "--sheet", sheet)
    assert first.code == 0
    assert str(sheet) in first.out
    drawn = sheet.read_bytes()
    with Image.open(sheet) as picture:
        assert picture.width > 1000
    before = sightline("status", "--gallery", "demo", "--json").document
    second = sightline("demo", "--sheet", sheet, "--json").document
    assert second["index"]["new"] == 0
    assert len(second["searches"]) == 3
    assert sightline("status", "--gallery", "demo", "--json").document == before
    assert sheet.read_bytes() == drawn


def test_a_classifier_names_its_own_classes(
    sightline: Sightline, repository: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "weights.safetensors"
    write_classifier(weights, "test_resnet", 3)
    names = tmp_path / "names.txt"
    names.write_text("heart\nlung\nliver\n")
    picture = repository / "cli/demo/queries/snowman.jpg"
    spec = f"timm:test_resnet@{weights}"
    ran = sightline("classify", picture, "--classifier", spec, "--names", names, "--json")
    assert ran.code == 0
    (guess,) = ran.lines
    assert {one["label"] for one in guess["labels"]} == {"heart", "lung", "liver"}
    assert sum(one["probability"] for one in guess["labels"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--classifier", "timm:resnet50"], 1, "are not on this machine"),
        (["--classifier", "resnet50"], 2, "does not name a classifier"),
        (["--classifier", "timm:resnet50", "--labels", "cat"], 2, "exclude each other"),
        (["--classifier", "timm:resnet50", "--top-k", "0"], 2, "at least 1"),
    ],
)
def test_a_classifier_that_cannot_be_had_is_one_sentence(
    sightline: Sightline, arguments: list[str], code: int, said: str
) -> None:
    ran = sightline("classify", "x.jpg", *arguments)
    assert ran.code == code
    assert said in ran.err
