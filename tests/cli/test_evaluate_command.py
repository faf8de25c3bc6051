"""`sightline evaluate` and the gate of `reindex --activate`, over real pictures with `tiny`."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.evaluating import Evaluation, labelled_files, measure_labels
from cli.session import open_session
from search.bootstrap import open_embedder
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import Preprocessing
from tests.classifiers.conftest import write_classifier
from tests.cli.conftest import Sightline
from tests.support.models import SMALL_VIT, described_checkpoint

LABELS = {"pets": "cat", "kitchen": "teapot", "2025/desert trip": "cactus"}


@pytest.fixture
def labelled(pictures: Path, tmp_path: Path) -> Path:
    """A folder per class, and a broken picture in one."""
    folder = tmp_path / "labelled"
    for source, label in LABELS.items():
        shutil.copytree(pictures / source, folder / label)
    (folder / "cat" / "broken.jpg").write_bytes(b"\xff\xd8 no")
    return folder


def golden(path: Path, *queries: dict[str, object]) -> Path:
    path.write_text(json.dumps({"queries": queries}))
    return path


@pytest.mark.usefixtures("indexed")
def test_a_labelled_folder_is_measured_and_its_report_needs_nothing_else(
    sightline: Sightline, labelled: Path, tmp_path: Path
) -> None:
    html = tmp_path / "out" / "report.html"
    ran = sightline("evaluate", labelled, "--html", html, "--json")
    assert ran.code == 3
    found = ran.document
    judged = found["classification"]
    assert judged["pictures"] == 18
    assert [one["class"] for one in judged["classes"]] == ["cactus", "cat", "teapot"]
    assert judged["top_1"] == pytest.approx(sum(judged["confusion"][i][i] for i in range(3)) / 18)
    assert judged["top_1"] > 0.5
    assert judged["top_5"] == 1
    assert found["retrieval"].keys() == {"labels_to_photos", "photos_to_photos"}
    assert [Path(one["uri"]).name for one in found["skipped"]] == ["broken.jpg"]
    page = html.read_text()
    assert page.count("<svg") >= 4
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import', page)
    if judged["mistakes"]:
        assert "data:image/jpeg;base64," in page


@pytest.mark.usefixtures("indexed")
def test_captions_look_for_their_photos_and_names_are_escaped(
    sightline: Sightline, pictures: Path, tmp_path: Path
) -> None:
    table, html = tmp_path / "captions.jsonl", tmp_path / "report.html"
    rows = [
        {"image": str(path), "captions": [f"<script>alert({i})</script>", path.parent.name]}
        for i, path in enumerate(sorted(pictures.glob("*/*.jpg")))
    ]
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    ran = sightline("evaluate", table, "--json", "--html", html)
    assert ran.code == 0
    found = ran.document
    assert found["classification"] is None
    assert found["retrieval"].keys() == {"captions_to_photos", "photos_to_captions"}
    assert found["retrieval"]["captions_to_photos"]["queries"] == 2 * len(rows)
    assert "<script" not in html.read_text()


@pytest.mark.usefixtures("indexed")
def test_a_gallery_is_measured_by_its_own_tags(sightline: Sightline) -> None:
    for item, tag in ((1, "tame"), (2, "striped"), (3, "striped"), (3, "wild")):
        assert sightline("tags", "add", tag, item).code == 0
    ran = sightline("evaluate", "--label-tags", "--labels", "striped,tame,wild", "--json")
    assert ran.code == 0
    judged = ran.document["classification"]
    assert (judged["pictures"], judged["multi_label"]) == (3, True)
    missing = sightline("evaluate", "--label-attribute", "colour")
    assert missing.code == 1
    assert "colour" in missing.err


@pytest.mark.usefixtures("indexed")
def test_labels_that_no_class_offers_are_left_out_and_counted(
    sightline: Sightline, labelled: Path
) -> None:
    ran = sightline("evaluate", labelled, "--labels", "cat,teapot", "--json")
    assert ran.document["pictures_of_other_labels"] == 6
    assert ran.document["classification"]["pictures"] == 12


@pytest.mark.usefixtures("indexed")
def test_a_taxonomy_is_measured_in_its_wordings_and_with_what_it_learnt(
    sightline: Sightline, labelled: Path, pictures: Path, tmp_path: Path
) -> None:
    path = tmp_path / "astray.yaml"
    path.write_text(
        "taxonomy: astray\ncategories: [things: {children: [{cat: {words: [teapot]}}, "
        "{pot: {words: [cat, teapot pot]}}, {cactus: {words: [cactus]}}, {x: {words: [snow]}}]}]"
    )
    sightline("categories", "import", path)
    before = sightline("evaluate", labelled, "--taxonomy", "astray", "--json").document
    judged = before["classification"]
    assert [one["class"] for one in judged["classes"]] == [
        "cat",
        "things/pot",
        "cactus",
        "things/x",
    ]
    assert (judged["pictures"], before["pictures_of_other_labels"]) == (12, 6)
    assert judged["top_1"] < 0.6
    for category, folder in (("things/cat", "pets"), ("cactus", "desert trip")):
        hits = sightline("search", f'path:"{folder}"', "-k", "9", "--json").document["hits"]
        sightline("categories", "accept", category, *[hit["item"] for hit in hits])
    assert sightline("categories", "teach", "astray", "--yes").code == 0
    after = sightline("evaluate", labelled, "--taxonomy", "astray", "--json").document
    assert after["classification"]["top_1"] > 0.8


@pytest.mark.usefixtures("indexed")
def test_a_classifier_of_timm_is_measured_by_its_own_names(
    sightline: Sightline, labelled: Path, tmp_path: Path
) -> None:
    weights, names = tmp_path / "small.safetensors", tmp_path / "names.txt"
    write_classifier(weights, "test_resnet", 3)
    names.write_text("house cat, cat\nteapot\nsnowman, snow figure\n")
    spec = f"timm:test_resnet@{weights}"
    ran = sightline("evaluate", labelled, "--classifier", spec, "--names", names, "--json")
    judged = ran.document["classification"]
    assert [one["class"] for one in judged["classes"]] == ["cat", "teapot", "snowman, snow figure"]
    assert judged["pictures"] == 12
    assert ran.document["retrieval"].keys() == {"photos_to_photos"}


@pytest.mark.usefixtures("indexed")
def test_the_index_is_compared_with_exact_search_for_text_and_pictures(
    sightline: Sightline,
) -> None:
    found = sightline("evaluate", "--index", "--json").document["index"]
    assert found["text"]["recall"] == found["image"]["recall"] == 1
    assert found["text"]["n_queries"] >= 20


@pytest.mark.usefixtures("indexed")
def test_golden_queries_fail_the_run_with_one_line_each(
    sightline: Sightline, pictures: Path, repository: Path, tmp_path: Path
) -> None:
    snow = repository / "cli/demo/queries/snowman.jpg"
    own = next((pictures / "pets").iterdir())
    good = golden(tmp_path / "good.json", {"image": str(own), "top": 1, "find": [str(own)]})
    assert sightline("evaluate", "--golden", good).code == 0
    bad = golden(
        tmp_path / "bad.json",
        {"image": str(own), "top": 1, "find": [str(own)]},
        {"image": str(snow), "find": ["snowman.jpg"]},
    )
    ran = sightline("evaluate", "--golden", bad)
    assert ran.code == 1
    assert "snowman.jpg is not in the gallery" in ran.out
    assert "1 of 2 golden queries" in ran.out
    failed = sightline("evaluate", "--golden", bad, "--json").document["golden"]
    assert [one["missed"] for one in failed["failed"]] == [["snowman.jpg"]]


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "nothing to measure by"),
        (["--labels", "cat", "--index"], "go with labelled pictures"),
        (["x", "--labels", "cat", "--taxonomy", "y"], "exclude each other"),
        (["x", "--label-tags"], "one place"),
    ],
)
def test_wrong_usage_is_explained(sightline: Sightline, arguments: list[str], said: str) -> None:
    ran = sightline("evaluate", *arguments)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.usefixtures("indexed")
def test_golden_queries_keep_a_model_that_misses_from_serving(
    sightline: Sightline, pictures: Path, tmp_path: Path
) -> None:
    """The model in the making is a small one of random weights."""
    spec = f"small@{described_checkpoint(tmp_path / 'small', SMALL_VIT)}"
    own = sorted((pictures / "pets").iterdir())[0]
    passes = golden(tmp_path / "passes.json", {"image": str(own), "top": 5, "find": [str(own)]})
    misses = golden(tmp_path / "misses.json", {"text": "x", "top": 1, "find": ["nowhere.jpg"]})
    before = sightline("status", "--json").document["space"]

    refused = sightline("reindex", "--model", spec, "--activate", "--golden", misses, "--json")
    assert refused.code == 1
    assert refused.error["code"] == "golden_queries"
    assert "nowhere.jpg is not in the gallery" in refused.err
    assert sightline("status", "--json").document["space"] == before

    assert sightline("evaluate", "--golden", passes, "--model", spec).code == 0
    assert sightline("reindex", "--activate", "--golden", passes).code == 0
    assert sightline("status", "--json").document["space"] != before
    alone = sightline("reindex", "--golden", passes)
    assert alone.code == 2


class BrightOrDark:
    """A closed-set classifier without an embedding space: how bright a picture is."""

    labels = ("bright", "dark")
    preprocessing = Preprocessing(8, 8, "shortest", "bicubic", (0.5,) * 3, (0.5,) * 3)

    def scores_of_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        bright = pixels.mean(axis=(1, 2, 3)) / 255
        return np.stack([bright, 1 - bright], axis=1).astype(np.float32)


@pytest.mark.usefixtures("indexed")
def test_a_closed_set_classifier_is_judged_by_the_pictures_themselves(
    home: Path, tmp_path: Path
) -> None:
    for label, grey in (("bright", 200), ("dark", 40), ("dark", 60)):
        path = tmp_path / label / f"{grey}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (20, 20), grey).save(path)
    with open_session("default", home, as_json=True) as session:
        embedder = open_embedder("tiny", session.settings)
        evaluation = Evaluation("default")
        photos = labelled_files(session, tmp_path, embedder, evaluation)
        measure_labels(
            session, photos, embedder, lambda model, own: BrightOrDark(), None, evaluation
        )
    judged = evaluation.classification
    assert judged is not None
    assert judged.summary["top_1"] == 1
    assert judged.by_class.n_labelled.tolist() == [1, 2]
    assert evaluation.retrieval.keys() == {"photos_to_photos"}
