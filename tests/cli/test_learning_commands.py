"""`sightline categories calibrate`, `teach` and `health`, and categories from folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import PER_FOLDER, Sightline

ROOMS = """
taxonomy: rooms
threshold: 0.3
categories: [{first: {words: [cake]}}, {second: {words: [cat]}}, {third: {words: [teapot]}}]
"""
"""Words that lead a model astray: `first` are the pets, `second` is the kitchen."""


@pytest.fixture
def labelled(sightline: Sightline, indexed: Path, tmp_path: Path) -> dict[str, list[int]]:
    """The taxonomy, with all pets and kitchen things but one of each labelled."""
    path = tmp_path / "rooms.yaml"
    path.write_text(ROOMS)
    sightline("categories", "import", path)
    items: dict[str, list[int]] = {"first": [], "second": []}
    for category, folder in (("first", "pets"), ("second", "kitchen")):
        hits = sightline("search", f"path:/{folder}/", "-k", "20", "--json").document["hits"]
        items[category] = sorted(hit["item"] for hit in hits)
        assert len(items[category]) == PER_FOLDER
        sightline("categories", "accept", category, *items[category][1:])
    return items


def category_of(sightline: Sightline, item: int) -> list[str]:
    shown = sightline("items", "show", item, "--json").lines[0]["categories"]
    return [one["category"] for one in shown]


def test_teaching_shows_first_then_is_used_and_taken_back(
    sightline: Sightline, labelled: dict[str, list[int]]
) -> None:
    pet = labelled["first"][0]
    before = category_of(sightline, pet)
    tried = sightline("categories", "teach", "rooms", "--dry-run", "--json").document
    assert (tried["n_labels"], tried["n_classes"], tried["dry_run"]) == (10, 2, True)
    assert tried["accuracy"] > tried["zero_shot_accuracy"]
    assert category_of(sightline, pet) == before
    unsaid = sightline("categories", "teach", "rooms")
    assert unsaid.code == 1
    assert "nobody has said whether to use the head" in unsaid.err
    assert "sightline categories teach rooms --yes" in unsaid.err
    assert category_of(sightline, pet) == before
    ran = sightline("categories", "teach", "rooms", "--yes")
    assert ran.code == 0
    assert "On 10 labels that were kept out, the accuracy is 1.000, before it was" in ran.out
    assert category_of(sightline, pet) == ["first"]
    assert category_of(sightline, labelled["second"][0]) == ["second"]
    classified = sightline(
        "classify", *uris(sightline, pet), "--taxonomy", "rooms", "--json"
    ).lines[0]["labels"]
    assert classified[0]["label"] == "first"
    undone = sightline("categories", "teach", "rooms", "--undo", "--json").document
    assert undone["undone"] is True
    assert category_of(sightline, pet) == before
    assert sightline("categories", "teach", "rooms", "--undo").code == 1


def uris(sightline: Sightline, item: int) -> list[str]:
    return [sightline("items", "show", item, "--json").lines[0]["uri"]]


def test_calibrating_says_where_labels_are_too_few(
    sightline: Sightline, labelled: dict[str, list[int]]
) -> None:
    ran = sightline("categories", "calibrate", "rooms")
    assert "Too few labels for a temperature: 10, where 30 are needed." in ran.out
    assert "precision" in ran.out
    found = sightline("categories", "calibrate", "rooms", "--precision", "0.9", "--json").document
    lines = {one["category"]: one for one in found["thresholds"]}
    assert set(lines) == {"first", "second"}
    assert (lines["first"]["n_positive"], lines["first"]["n_negative"]) == (5, 5)
    assert sightline("categories", "calibrate", "rooms", "--undo").code == 0
    bad = sightline("categories", "calibrate", "rooms", "--undo", "--dry-run")
    assert (bad.code, "--undo goes with no other option" in bad.err) == (2, True)
    assert sightline("categories", "calibrate", "rooms", "--precision", "7").code == 2


def test_a_folder_for_each_class_makes_a_classifier(
    sightline: Sightline, pictures: Path, home: Path, tmp_path: Path
) -> None:
    shots = tmp_path / "shots"
    for folder in ("pets", "kitchen"):
        shutil.copytree(pictures / folder, shots / folder)
    new = shots / "pets" / "new.jpg"
    kept = sorted((shots / "pets").iterdir())[0].rename(tmp_path / "new.jpg")
    (shots / "loose.jpg").write_bytes(kept.read_bytes())
    learn = ("categories", "teach", "shots", "--from-folders", shots, "--model", "tiny", "--yes")
    ran = sightline(*learn)
    assert ran.code == 3
    assert "11 pictures have a label, 11 of them new." in ran.out
    assert "loose.jpg: It lies in no class's folder." in ran.err
    labels = sightline("classify", kept, "--taxonomy", "shots", "--json").lines[0]["labels"]
    assert labels[0]["label"] == "pets"
    kept.rename(new)
    (shots / "loose.jpg").unlink()
    again = sightline(*learn)
    assert (again.code, "12 pictures have a label, 1 of them new." in again.out) == (0, True)
    assert (
        sightline("categories", "list", "shots", "--versions", "--json").document[0]["version"] == 1
    )
    elsewhere = sightline(*learn[:-1], "--gallery", "shop")
    assert elsewhere.code == 1
    assert "sightline categories teach shots --gallery shop --yes" in elsewhere.err
    shutil.rmtree(shots / "pets")
    assert "fewer than two classes" in sightline(*learn).err


def test_health_names_what_does_not_fit(
    sightline: Sightline, labelled: dict[str, list[int]]
) -> None:
    for category in ("first", "second", "third"):
        hits = sightline("search", "path:birthday", "-k", "20", "--json").document["hits"]
        sightline("categories", "reject", category, *[hit["item"] for hit in hits])
    found = sightline("categories", "health", "rooms", "--json").document
    assert found["items"] == found["with_category"] + found["without_category"] == 24
    assert found["clusters"]
    assert all(Path(one["uri"]).is_file() for c in found["clusters"] for one in c["examples"])
    assert any(cluster["words"] for cluster in found["clusters"])
    ran = sightline("categories", "health", "rooms")
    assert ran.out.startswith(f"rooms: {found['with_category']} of 24 items have a category.")
    assert "Alike, without a category:" in ran.out
