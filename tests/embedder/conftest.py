"""Small models with fixed random weights, opened once for all tests of the embedder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from tests.support.models import SMALL_CONVNET, SMALL_SIGLIP, SMALL_VIT, described_checkpoint

CONFIGS: dict[str, dict[str, Any]] = {
    "vit": SMALL_VIT,
    "siglip": SMALL_SIGLIP,
    "convnet": SMALL_CONVNET,
}
SQUASH = {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.5] * 3}


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        name: described_checkpoint(
            folder / name, config, preprocessing=SQUASH if name == "siglip" else None
        )
        for name, config in CONFIGS.items()
    }


@pytest.fixture(scope="session")
def small(checkpoints: dict[str, Path]) -> dict[str, OpenClipEmbedder]:
    return {
        name: open_embedder(f"small-{name}@{path}", device="cpu", precision="float32")
        for name, path in checkpoints.items()
    }


@pytest.fixture(scope="session")
def vit(small: dict[str, OpenClipEmbedder]) -> OpenClipEmbedder:
    return small["vit"]


def noise(embedder: OpenClipEmbedder, n: int) -> np.ndarray:
    """n made-up pictures of the model's input size, from smooth to busy."""
    wanted = embedder.space.preprocessing
    rng = np.random.default_rng(n)
    shape = (n, wanted.height, wanted.width, 3)
    ramp = np.linspace(0, 1, wanted.width)[None, None, :, None]
    return (rng.random((n, 1, 1, 3)) * 200 * ramp + rng.random(shape) * 55).astype(np.uint8)


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)
