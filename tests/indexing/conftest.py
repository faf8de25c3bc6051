from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.galleries import GalleryUnderTest, PoolKeeper


@pytest.fixture(scope="session")
def lend_pool() -> Iterator[PoolKeeper]:
    """Decoding processes for runs one after the other; starting them costs more than a run."""
    keeper = PoolKeeper()
    yield keeper
    keeper.close()


@pytest.fixture
def gallery(home: Path, tmp_path: Path, lend_pool: PoolKeeper) -> Iterator[GalleryUnderTest]:
    """An empty gallery and an empty folder of photos."""
    under_test = GalleryUnderTest(home, tmp_path / "photos", lend_pool=lend_pool)
    yield under_test
    under_test.close()
