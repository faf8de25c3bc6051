"""`sightline index` and `status`: what a run says and how it ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Sightline


def test_a_second_run_finds_everything_unchanged(
    indexed: Path, sightline: Sightline, pictures: Path
) -> None:
    before = sightline("status", "--json").document
    ran = sightline("index", pictures, "--json")
    assert ran.code == 0
    assert (ran.document["new"], ran.document["unchanged"]) == (0, 24)
    assert sightline("status", "--json").document == before


def test_a_broken_file_is_named_skipped_and_told_by_status(
    sightline: Sightline, pictures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(pictures / "pets", folder)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    ran = sightline("index", folder, "--model", "tiny", "--json")
    assert ran.code == 3
    assert ran.document["new"] == 6
    (failed,) = ran.document["failed"]
    assert failed["uri"] == str(folder / "broken.jpg")
    (told,) = sightline("status", "--json").document["failed"]
    assert told == failed


def test_a_dry_run_changes_nothing(sightline: Sightline, pictures: Path) -> None:
    ran = sightline("index", pictures, "--model", "tiny", "--dry-run", "--json")
    assert ran.code == 0
    assert ran.document["new"] == 24
    ran = sightline("galleries", "list", "--json")
    assert [gallery["items"] for gallery in ran.document] in ([], [0])


def test_excluded_paths_are_left_out(sightline: Sightline, pictures: Path) -> None:
    ran = sightline("index", pictures, "--model", "tiny", "--exclude", "pets/", "--json")
    assert ran.document["new"] == 18


@pytest.mark.usefixtures("indexed")
def test_status_has_the_promised_keys(sightline: Sightline) -> None:
    status = sightline("status", "--json").document
    promised = "gallery space revision items views embedded missing failed generations tail"
    assert set(promised.split()) <= set(status)
    assert (status["items"], status["views"], status["embedded"]) == (24, 24, 24)
    assert status["failed"] == []


def test_a_path_that_is_not_there_is_an_error(sightline: Sightline, tmp_path: Path) -> None:
    ran = sightline("index", tmp_path / "nothing", "--model", "tiny", "--json")
    assert ran.code == 1
    assert ran.error["code"] == "not_found"


def test_a_mistyped_model_gets_a_hint(sightline: Sightline, pictures: Path) -> None:
    ran = sightline("index", pictures, "--model", "tinny", "--json")
    assert ran.code == 2
    assert ran.error["hint"]


def test_without_a_path_the_usage_is_wrong(sightline: Sightline) -> None:
    ran = sightline("index")
    assert ran.code == 2
    assert "PATH" in ran.err
