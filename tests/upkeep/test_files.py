"""verify over real pictures, indexed as the command line does."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.verify import Problem, ProblemKind, verify
from search.bootstrap import open_generation_store, open_index_builder
from tests.support.galleries import GalleryUnderTest


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GalleryUnderTest]:
    folder = tmp_path_factory.mktemp("files")
    under_test = GalleryUnderTest(folder / "home", folder / "photos")
    for i in range(3):
        under_test.draw(f"{i}.png", i)
    packed = under_test.draw("packed.png", 7)
    with zipfile.ZipFile(under_test.photos / "more.zip", "w") as archive:
        archive.write(packed, "inside.png")
    packed.unlink()
    under_test.run()
    yield under_test
    under_test.close()


@pytest.fixture
def photos(indexed: GalleryUnderTest, tmp_path: Path) -> Iterator[Path]:
    """The photos' folder, put back as it was after the test."""
    shutil.copytree(indexed.photos, tmp_path / "kept")
    yield indexed.photos
    shutil.rmtree(indexed.photos)
    shutil.copytree(tmp_path / "kept", indexed.photos)


def problems_of(indexed: GalleryUnderTest, *, digests: bool = True) -> list[Problem]:
    store = open_generation_store(indexed.settings)
    return verify(
        indexed.catalogue, store, open_index_builder(indexed.settings), "default", digests=digests
    )


def test_a_gallery_just_indexed_is_sound(indexed: GalleryUnderTest) -> None:
    assert problems_of(indexed) == []
    assert problems_of(indexed, digests=False) == []


def test_a_file_that_is_gone_is_named(indexed: GalleryUnderTest, photos: Path) -> None:
    (photos / "1.png").unlink()
    (problem,) = problems_of(indexed, digests=False)
    assert problem.kind is ProblemKind.FILE
    assert str(photos / "1.png") in problem.what
    assert "sightline index" in problem.hint


def test_a_file_of_another_size_is_named(indexed: GalleryUnderTest, photos: Path) -> None:
    with (photos / "1.png").open("ab") as file:
        file.write(b"more")
    (problem,) = problems_of(indexed, digests=False)
    assert "bytes instead of" in problem.what


@pytest.mark.parametrize("name", ["1.png", "more.zip"])
def test_other_content_of_the_same_size_is_found_by_its_digest(
    indexed: GalleryUnderTest, photos: Path, name: str
) -> None:
    content = bytearray((photos / name).read_bytes())
    content[500] ^= 1
    (photos / name).write_bytes(content)
    assert problems_of(indexed, digests=False) == []
    (problem,) = problems_of(indexed)
    assert name in problem.what


def test_a_root_that_is_gone_is_one_problem(indexed: GalleryUnderTest, photos: Path) -> None:
    away = photos.with_name("away")
    photos.rename(away)
    (problem,) = problems_of(indexed)
    away.rename(photos)
    assert problem.what == f"{photos} is not there."
