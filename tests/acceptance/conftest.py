"""What the must-show points share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.galleries import GalleryUnderTest


@pytest.fixture
def gallery(home: Path, tmp_path: Path) -> Iterator[GalleryUnderTest]:
    """An empty gallery and an empty folder of photos."""
    under_test = GalleryUnderTest(home, tmp_path / "photos")
    yield under_test
    under_test.close()


@pytest.fixture
def photos_of_all_kinds(shared_data: Path) -> list[Path]:
    """Real photos, in an order that mixes people, garments, groceries and single objects."""
    folders = ("flickr8k", "clothing", "grocery", "caltech101")
    endings = {".jpg", ".jpeg", ".png"}
    lists = [
        sorted(p for p in (shared_data / name).rglob("*") if p.suffix.lower() in endings)
        for name in folders
    ]
    n = min(len(photos) for photos in lists)
    return [photos[at * len(photos) // n] for at in range(n) for photos in lists]
