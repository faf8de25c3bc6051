"""What towers become for CUDA, as far as a processor can tell."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from timm.models.vision_transformer import VisionTransformer
from torch import nn

from search.adapters.openclip.embedder import OpenClipEmbedder
from search.adapters.openclip.equivalence import to_rewrite
from search.adapters.openclip.fused_gelu import LinearGelu, fuse_gelu
from search.adapters.openclip.fused_norm import NormedBlocks, can_be_chained, fuse_norms
from search.adapters.openclip.graphs import Compute, Recorded, filled_up, parts
from search.adapters.openclip.patches import PatchProjection, reading_patches
from search.adapters.openclip.towers import ImageTower
from tests.embedder.conftest import noise

MEAN, STD = torch.tensor([0.4, 0.5, 0.6]), torch.tensor([0.2, 0.3, 0.25])


def tower_of(embedder: OpenClipEmbedder) -> ImageTower:
    return cast(Any, embedder)._image


@pytest.mark.parametrize("patch", [8, 7])
@pytest.mark.parametrize("side", [56, 61])
def test_patches_are_projected_as_by_the_convolution(patch: int, side: int) -> None:
    torch.manual_seed(1)
    convolution = nn.Conv2d(3, 20, patch, patch)
    pixels = torch.randint(0, 256, (2, side, side, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    normalised = (pixels / 255 - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)
    got = PatchProjection(convolution, MEAN, STD)(pixels)
    torch.testing.assert_close(got, convolution(normalised), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["vit", "siglip"])
def test_towers_read_pixels_by_patches(small: dict[str, OpenClipEmbedder], name: str) -> None:
    tower = tower_of(small[name])
    pixels = torch.from_numpy(noise(small[name], 3))
    made = reading_patches(tower, pixels)
    assert sum(isinstance(part, PatchProjection) for part in made.modules()) == 1
    with torch.inference_mode():
        torch.testing.assert_close(made(pixels), tower(pixels), rtol=0, atol=1e-5)
    assert not tower.reads_pixels


def test_other_towers_are_left_as_they_are(small: dict[str, OpenClipEmbedder]) -> None:
    tower = tower_of(small["convnet"])
    assert reading_patches(tower, torch.from_numpy(noise(small["convnet"], 3))) is tower


@pytest.mark.parametrize(("name", "n_layers"), [("vit", 2), ("siglip", 6)])
def test_linear_layers_take_their_gelu_in(
    small: dict[str, OpenClipEmbedder], name: str, n_layers: int
) -> None:
    tower = tower_of(small[name])
    pixels = torch.from_numpy(noise(small[name], 3))
    made = reading_patches(tower, pixels)
    fuse_gelu(made)
    assert sum(isinstance(part, LinearGelu) for part in made.modules()) == n_layers
    with torch.inference_mode():
        torch.testing.assert_close(made(pixels), tower(pixels), rtol=0, atol=1e-3)


def add_norm(
    left: torch.Tensor,
    right: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor,
    epsilon: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    total = left + right
    return total, nn.functional.layer_norm(total, weight.shape, weight, bias, epsilon)


@pytest.mark.parametrize(("name", "n_chained"), [("vit", 1), ("siglip", 6)])
def test_blocks_are_chained_by_sums_with_their_norms(
    small: dict[str, OpenClipEmbedder], name: str, n_chained: int
) -> None:
    tower = tower_of(small[name])
    pixels = torch.from_numpy(noise(small[name], 3))
    made = to_rewrite(tower)
    fuse_norms(made, add_norm)
    (chain,) = (part for part in made.modules() if isinstance(part, NormedBlocks))
    assert len(chain.blocks) == n_chained
    with torch.inference_mode():
        torch.testing.assert_close(made(pixels), tower(pixels), rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["vit", "siglip"])
def test_texts_go_through_chained_blocks(small: dict[str, OpenClipEmbedder], name: str) -> None:
    tower = cast(Any, small[name])._text
    tokens = tower.trimmed(cast(Any, small[name])._tokens(["a red car", "dogs", "a b c d e f"]))
    made = to_rewrite(tower)
    fuse_norms(made, add_norm)
    chains = [part for part in made.modules() if isinstance(part, NormedBlocks)]
    run: list[NormedBlocks] = []
    for chain in chains:
        chain.register_forward_pre_hook(lambda chain, _: run.append(cast(NormedBlocks, chain)))
    with torch.inference_mode():
        torch.testing.assert_close(made(tokens), tower(tokens), rtol=0, atol=1e-5)
    assert len(run) == 1


def test_blocks_that_scale_their_layers_are_left_as_they_are() -> None:
    sizes = {"img_size": 16, "patch_size": 8, "embed_dim": 16, "depth": 1, "num_heads": 2}
    assert can_be_chained(VisionTransformer(**sizes).blocks[0])
    assert not can_be_chained(VisionTransformer(**sizes, init_values=0.1).blocks[0])


INTERPRETED = """
import torch
from torch import nn
from search.adapters.openclip import kernels
from search.adapters.openclip.patches import PatchProjection
left, right = torch.randn(2, 5, 48), torch.randn(2, 5, 48)
weight, bias = torch.randn(48), torch.randn(48)
total, normed = kernels.add_norm(left, right, weight, bias, 1e-5)
torch.testing.assert_close(total, left + right)
torch.testing.assert_close(normed, nn.functional.layer_norm(left + right, (48,), weight, bias))
pixels = torch.randint(0, 256, (2, 30, 23, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
half = torch.full((3,), 0.5)
projection = PatchProjection(nn.Conv2d(3, 4, 7, 7), torch.tensor([0.4, 0.5, 0.6]), half)
wanted = projection(pixels)
projection.cut_with(kernels.cut_patches)
torch.testing.assert_close(projection(pixels), wanted)
print("alike")
"""


def test_kernels_do_what_torch_does(repository: Path) -> None:
    pytest.importorskip("triton", reason="Triton is not here.")
    ran = subprocess.run(
        [sys.executable, "-c", INTERPRETED],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.stdout == "alike\n", ran.stderr


@given(st.integers(1, 5000))
def test_parts_are_powers_of_two_and_little_is_filled_up(n: int) -> None:
    found = parts(n)
    assert sum(inputs for _, inputs in found) == n
    assert all(size & (size - 1) == 0 and 0 < inputs <= size for size, inputs in found)
    assert sum(size for size, _ in found) <= max(32, n * 4 / 3 + 16)


def test_batches_are_filled_up_with_what_is_there() -> None:
    rows = torch.arange(6).view(3, 2)
    assert filled_up(rows, 5).tolist() == [[0, 1], [2, 3], [4, 5], [4, 5], [4, 5]]
    assert filled_up(rows, 3) is rows


class Recorder:
    """Keeps count of what is recorded; a recording gives its last result's memory again."""

    def __init__(self, error: Exception | None = None, *, spoilt: bool = False) -> None:
        self.sizes: list[int] = []
        self.n_replayed = 0
        self._error, self._spoilt = error, spoilt

    def __call__(self, compute: Compute, example: torch.Tensor) -> Compute:
        self.sizes.append(len(example))
        if self._error is not None:
            raise self._error
        rows = compute(example)

        def replay(given: torch.Tensor) -> torch.Tensor:
            self.n_replayed += 1
            rows.copy_(-compute(given) if self._spoilt else compute(given))
            return rows

        return replay


def doubled(inputs: torch.Tensor) -> torch.Tensor:
    return 2.0 * inputs


def test_a_size_is_recorded_when_it_comes_again() -> None:
    recorder = Recorder()
    tower = Recorded(doubled, recorder)
    batches = [torch.rand(n, 3) for n in (50, 60, 64, 33, 33)]
    results = [tower(batch) for batch in batches]
    for batch, rows in zip(batches, results, strict=True):
        torch.testing.assert_close(rows, doubled(batch))
    assert recorder.sizes == [64, 32, 1]


@pytest.mark.parametrize(
    "recorder",
    [
        Recorder(RuntimeError("operation not permitted when stream is capturing")),
        Recorder(torch.OutOfMemoryError("CUDA out of memory.")),
        Recorder(spoilt=True),
    ],
)
def test_what_cannot_be_recorded_runs_as_it_is(recorder: Recorder) -> None:
    tower = Recorded(doubled, recorder)
    for _ in range(4):
        torch.testing.assert_close(tower(torch.ones(2, 3)), torch.full((2, 3), 2.0))
    assert recorder.sizes == [2]
    assert recorder.n_replayed <= 1


def test_a_batch_without_direction_is_not_what_recordings_are_compared_with() -> None:
    recorder = Recorder()
    tower = Recorded(doubled, recorder)
    for _ in range(2):
        tower(torch.full((2, 3), float("nan")))
    assert recorder.sizes == []
    tower(torch.ones(2, 3))
    assert recorder.sizes == [2]
