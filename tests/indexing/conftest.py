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
