"""On a CUDA device: what is fused, recorded and reduced embeds as a processor does."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.adapters.openclip.patches import cut_patches
from tests.embedder.conftest import noise

pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="There is no CUDA device here."
)

needs_a_compiler = pytest.mark.skipif(
    shutil.which("cc") is None and shutil.which("gcc") is None,
    reason="Triton finds no C compiler here.",
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


@needs_a_compiler
@pytest.mark.parametrize("width", [64, 768, 1152])
def test_sums_and_norms_in_one_kernel_are_torchs(width: int) -> None:
    from search.adapters.openclip import kernels

    left, right = torch.randn(2, 3, 17, width, device="cuda")
    weight, bias = torch.randn(2, width, device="cuda")
    total, normed = kernels.add_norm(left, right, weight, bias, 1e-5)
    torch.testing.assert_close(total, left + right)
    wanted = torch.nn.functional.layer_norm(total, (width,), weight, bias)
    torch.testing.assert_close(normed, wanted, rtol=1e-4, atol=1e-4)


@needs_a_compiler
@pytest.mark.parametrize("side", [14, 16, 32])
def test_patches_cut_by_one_kernel_are_torchs(side: int) -> None:
    from search.adapters.openclip import kernels

    pixels = torch.randint(0, 256, (3, 70, 99, 3), dtype=torch.uint8, device="cuda")
    scale, shift = torch.rand(2, 3, device="cuda")
    wanted, got = torch.zeros(2, 3, 70 // side, 99 // side, side * side * 3 + 4, device="cuda")
    cut_patches(pixels, wanted, side, scale, shift)
    kernels.cut_patches(pixels, got, side, scale, shift)
    torch.testing.assert_close(got, wanted)


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
