from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.models import SMALL_VIT, described_checkpoint
from tests.support.zygote import Zygote


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The spec of a small CLIP with fixed random weights."""
    folder = tmp_path_factory.mktemp("small-model")
    return f"small@{described_checkpoint(folder, SMALL_VIT)}"


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """Starts runs of the command line; small batches, so that there are many commits to hit."""
    environment = {
        "SIGHTLINE_BATCH_SIZE": "8",
        "SIGHTLINE_DECODE_WORKERS": "2",
        "SIGHTLINE_OFFLINE": "true",
        "HF_HUB_OFFLINE": "1",
    }
    with Zygote(environment) as parent:
        yield parent


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"
