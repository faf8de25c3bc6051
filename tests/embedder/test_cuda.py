"""On a CUDA device: what is fused, recorded and reduced embeds as a processor does."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from tests.embedder.conftest import noise

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="There is no CUDA device here."
)

TEXTS = [f"a photo of {'a ' * (n % 9)}dog number {n}" for n in range(70)]


@pytest.fixture(scope="module", params=["vit", "siglip", "convnet"])
def pair(
    request: pytest.FixtureRequest,
    small: dict[str, OpenClipEmbedder],
    checkpoints: dict[str, Path],
) -> tuple[OpenClipEmbedder, OpenClipEmbedder]:
    """The same model on the device as `auto` has it, and on the processor in float32."""
    spec = f"small-{request.param}@{checkpoints[request.param]}"
    return open_embedder(spec, device="cuda"), small[request.param]


@pytest.mark.parametrize("n", [1, 3, 40, 64, 200])
def test_pictures_of_every_batch_embed_as_on_a_processor(
    pair: tuple[OpenClipEmbedder, OpenClipEmbedder], n: int
) -> None:
    on_cuda, on_cpu = pair
    pixels = noise(on_cpu, n)
    wanted = on_cpu.embed_pixels(pixels)
    for _ in range(3):  # As it is, recorded, and from the recording.
        assert (on_cuda.embed_pixels(pixels) * wanted).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("n", [1, 5, 70])
def test_texts_embed_as_on_a_processor(
    pair: tuple[OpenClipEmbedder, OpenClipEmbedder], n: int
) -> None:
    on_cuda, on_cpu = pair
    wanted = on_cpu.embed_texts(TEXTS[:n])
    for _ in range(3):
        assert (on_cuda.embed_texts(TEXTS[:n]) * wanted).sum(axis=1).min() > 0.999


def test_threads_that_embed_at_once_get_their_own_rows(
    pair: tuple[OpenClipEmbedder, OpenClipEmbedder],
) -> None:
    on_cuda, on_cpu = pair
    pixels = [noise(on_cpu, n) for n in (2, 4, 8, 16)]
    wanted = [on_cpu.embed_pixels(some) for some in pixels]
    least: list[float] = []

    def embed(some: np.ndarray, rows: np.ndarray) -> None:
        for _ in range(10):
            least.append(float((on_cuda.embed_pixels(some) * rows).sum(axis=1).min()))

    threads = [
        threading.Thread(target=embed, args=both) for both in zip(pixels, wanted, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(least) == 40
    assert min(least) > 0.999
