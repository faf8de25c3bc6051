"""`sightline categories` over drawn pictures that the embedded model really tells apart."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Sightline

DRAWN = """
taxonomy: drawn
templates: ["a picture of a {}"]
threshold: 0.3
categories:
  - animals: {children: [cat, dog, bird, rabbit]}
  - kitchen things: {children: [teapot, cup, {fruit: {words: [apple, banana, pear]}}]}
  - cake
  - cactus
"""
FEWER = DRAWN.replace("  - cactus\n", "  - tree\n")


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    path = tmp_path / "drawn.yaml"
    path.write_text(DRAWN)
    return path


def test_import_shows_what_would_change_and_then_does_it(
    sightline: Sightline, indexed: Path, drawn: Path
) -> None:
    foreseen = sightline("categories", "import", drawn, "--dry-run", "--json").document
    assert (foreseen["dry_run"], foreseen["taxonomy"]) == (True, "drawn")
    assert foreseen["added"][:2] == ["animals", "animals/cat"]
    assert sightline("categories", "list", "--json").document == []
    done = sightline("categories", "import", drawn, "--json").document
    for key in ("items", "assigned", "changed_items", "moves", "examples"):
        assert done[key] == foreseen[key]
    assert done["assigned"] >= 12
    example = done["examples"][0]
    assert Path(example["uri"]).is_file()
    assert example["before"] == []


def test_search_filters_by_category_and_shows_it(
    sightline: Sightline, indexed: Path, drawn: Path
) -> None:
    sightline("categories", "import", drawn)
    hits = sightline("search", "category:animals", "-k", "50", "--json").document["hits"]
    assert len(hits) >= 3
    assert all(hit["categories"][0].startswith("animals") for hit in hits)
    assert sum("/pets/" in hit["uri"] for hit in hits) >= 4  # of 6
    shown = sightline("items", "show", hits[0]["item"], "--json").lines[0]["categories"][0]
    assert (shown["taxonomy"], shown["decided"]) == ("drawn", False)
    assert 0 < shown["probability"] <= 1
    assert f"({shown['taxonomy']})" in sightline("items", "show", hits[0]["item"]).out


def test_new_pictures_get_categories_when_they_are_indexed(
    sightline: Sightline, indexed: Path, drawn: Path, repository: Path, tmp_path: Path
) -> None:
    sightline("categories", "import", drawn)
    more = tmp_path / "more"
    more.mkdir()
    for path in sorted((repository / "cli/demo/gallery/pets").iterdir())[6:12]:
        shutil.copy2(path, more)
    assert sightline("index", more).code == 0
    found = sightline("search", f"path:{more}", "-k", "20", "--json").document["hits"]
    assert len(found) == 6
    assert any(hit["categories"] for hit in found)


def test_people_are_heard(sightline: Sightline, indexed: Path, drawn: Path) -> None:
    sightline("categories", "import", drawn)
    hit = sightline("search", "category:animals", "-k", "1", "--json").document["hits"][0]
    item, guessed = hit["item"], hit["categories"][0]
    assert sightline("categories", "accept", "cactus", item).out == "Accepted cactus for 1 item.\n"
    assert sightline("categories", "assign").code == 0
    shown = sightline("items", "show", item, "--json").lines[0]["categories"]
    assert [(one["category"], one["decided"]) for one in shown] == [("cactus", True)]
    sightline("categories", "forget", "cactus", item)
    sightline("categories", "reject", guessed, item)
    assert sightline("items", "show", item, "--json").lines[0]["categories"] == []
    ran = sightline("categories", "accept", "cactos", item, "--json")
    assert (ran.code, ran.error["hint"]) == (1, "Did you mean cactus?")


def test_a_new_version_keeps_what_people_decided(
    sightline: Sightline, indexed: Path, drawn: Path
) -> None:
    sightline("categories", "import", drawn)
    item = sightline("search", "kind:photo", "-k", "1", "--json").document["hits"][0]["item"]
    sightline("categories", "accept", "cake", item)
    drawn.write_text(FEWER)
    ran = sightline("categories", "import", drawn)
    assert "Since version 1:" in ran.out
    assert "+  tree" in ran.out
    assert "-  cactus" in ran.out
    shown = sightline("items", "show", item, "--json").lines[0]["categories"]
    assert [one["category"] for one in shown] == ["cake"]
    versions = sightline("categories", "list", "drawn", "--versions", "--json").document
    assert [one["version"] for one in versions] == [2, 1]
    assert sightline("categories", "import", drawn).out.startswith("drawn is as it was")


def test_export_gives_a_file_that_imports_the_same(
    sightline: Sightline, indexed: Path, drawn: Path, tmp_path: Path
) -> None:
    sightline("categories", "import", drawn, "--no-assign")
    out = tmp_path / "out.yaml"
    sightline("categories", "export", "drawn", "-o", out)
    assert sightline("categories", "import", out).out.startswith("drawn is as it was in version 1")
    assert out.read_text() == sightline("categories", "export", "DRAWN").out


def test_review_asks_and_keeps_each_answer(
    sightline: Sightline, indexed: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sightline("categories", "import", drawn)
    unsure = sightline("categories", "review", "drawn", "--json").lines
    assert len(unsure) > 5
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nnonsense\ncake\nn\nu\ns\n"))
    ran = sightline("categories", "review", "drawn", "-k", "4")
    assert "There is no category 'nonsense'." in ran.out
    assert "Decided about 2 items." in ran.out
    left = sightline("categories", "review", "drawn", "--json").lines
    assert [one["item"] for one in left] == [one["item"] for one in unsure[2:]]
    (said,) = sightline("items", "show", unsure[1]["item"], "--json").lines[0]["categories"]
    assert (said["category"], said["decided"]) == ("cake", True)


def test_a_removed_taxonomy_is_hidden(sightline: Sightline, indexed: Path, drawn: Path) -> None:
    sightline("categories", "import", drawn)
    sightline("categories", "remove", "drawn")
    assert sightline("search", "category:animals", "--json").document["hits"] == []
    assert sightline("categories", "list", "--json").document[0]["active"] == "no"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "no-such-thing"), "There is no ready-made taxonomy"),
        (("import", "missing.yaml"), "missing.yaml cannot be read"),
        (("assign",), "The gallery has no taxonomy."),
        (("assign", "x"), "The gallery has no taxonomy 'x'."),
        (("export", "x"), "The gallery has no taxonomy 'x'."),
        (("accept", "dog", "1"), "The gallery has no taxonomy."),
    ],
)
def test_what_cannot_be_done_is_said(
    sightline: Sightline, indexed: Path, arguments: tuple[str, ...], says: str
) -> None:
    ran = sightline("categories", *arguments)
    assert ran.code in (1, 2)
    assert says in ran.err


def test_classify_goes_by_a_taxonomy(
    sightline: Sightline, indexed: Path, drawn: Path, repository: Path
) -> None:
    sightline("categories", "import", drawn, "--no-assign")
    cat = repository / "cli/demo/gallery/pets/IMG_1965.jpg"
    ran = sightline("classify", cat, "--taxonomy", "drawn", "--json", "--model", "tiny")
    labels = ran.lines[0]["labels"]
    assert labels[0]["label"] == "animals/cat"
    assert len(labels) == 5
    assert sightline("classify", cat, "--taxonomy", "drawn", "--labels", "a").code == 2
    assert "no ready-made taxonomy" in sightline("classify", cat, "--taxonomy", "x").err
