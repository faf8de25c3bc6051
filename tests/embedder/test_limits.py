"""Memory that runs out, inputs without a direction, devices and precisions that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from search.adapters.openclip import open_embedder
from search.adapters.openclip.batching import BatchSize
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.adapters.openclip.hardware import choose_device, choose_precision
from search.adapters.openclip.placing import place
from search.adapters.openclip.towers import ImageTower, TextTower
from search.domain.space import EmbeddingSpace, Preprocessing
from search.errors import EmbedderError, UsageError
from tests.embedder.conftest import noise
from tests.support.models import SMALL_VIT, described_checkpoint, random_tensors

HALF = (0.5, 0.5, 0.5)
PREPROCESSING = Preprocessing(8, 8, "squash", "bicubic", HALF, HALF)


class Hungry(torch.nn.Module):
    """A tower that fits `most` inputs into memory; remembers the sizes it was asked for."""

    def __init__(self, most: int, error: Exception | None = None) -> None:
        super().__init__()
        self.most, self.asked = most, list[int]()
        self.error = error or torch.OutOfMemoryError("CUDA out of memory.")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.asked.append(len(images))
        if len(images) > self.most:
            raise self.error
        return images.reshape(len(images), -1)[:, :4] + 2

    encode_text = forward


class Talking(Hungry):
    def encode_text(self, tokens: torch.Tensor, normalize: bool = False) -> torch.Tensor:
        return self.forward(tokens.float())


@pytest.fixture(autouse=True)
def n_threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """One; with more, lanes share a batch out, and a tower sees only parts of what was tried."""
    before = torch.get_num_threads()
    n = getattr(request, "param", 1)
    torch.set_num_threads(n)
    yield n
    torch.set_num_threads(before)


def embedder_of(tower: Hungry, batch_size: int) -> OpenClipEmbedder:
    return OpenClipEmbedder(
        EmbeddingSpace("hungry", "0" * 64, 4, PREPROCESSING),
        ImageTower(tower, PREPROCESSING),
        TextTower(tower),
        lambda texts: torch.ones(len(texts), 6, dtype=torch.long),
        device=torch.device("cpu"),
        batch_size=BatchSize(PREPROCESSING, torch.device("cpu"), batch_size),
        context_length=6,
        logit_scale=1.0,
        logit_bias=None,
    )


def pictures(n: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (n, 8, 8, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "error",
    [
        None,
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    ],
)
def test_when_memory_runs_out_the_batch_is_halved_and_stays_so(error: Exception | None) -> None:
    tower = Talking(most=3, error=error)
    embedder = embedder_of(tower, batch_size=16)
    rows = embedder.embed_pixels(pictures(20))
    np.testing.assert_array_equal(rows, embedder_of(Talking(99), 99).embed_pixels(pictures(20)))
    assert tower.asked[:4] == [16, 8, 4, 2]
    assert embedder.batch_size == 2
    assert len(embedder.embed_texts(["word"] * 5)) == 5
    assert max(tower.asked[4:]) == 2


@pytest.mark.parametrize("n_threads", [4], indirect=True)
def test_a_batch_whose_parts_do_not_fit_is_halved_too(n_threads: int) -> None:
    tower = Talking(most=3)
    embedder = embedder_of(tower, batch_size=16)
    rows = embedder.embed_pixels(pictures(20))
    np.testing.assert_array_equal(rows, embedder_of(Talking(99), 99).embed_pixels(pictures(20)))
    assert tower.asked[0] == 5
    assert embedder.batch_size == 2


def test_a_batch_that_fails_halfway_goes_on_from_there() -> None:
    class Tiring(Talking):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            self.most = 4 if len(self.asked) < 2 else 2
            return super().forward(images)

    tower = Tiring(most=4)
    rows = embedder_of(tower, batch_size=4).embed_pixels(pictures(12))
    np.testing.assert_array_equal(rows, embedder_of(Talking(99), 99).embed_pixels(pictures(12)))
    assert tower.asked == [4, 4, 4, 2, 2]


def test_when_not_even_one_fits_it_says_so() -> None:
    with pytest.raises(EmbedderError, match="not enough memory") as caught:
        embedder_of(Talking(most=0), batch_size=4).embed_pixels(pictures(2))
    assert "smaller model" in caught.value.hint


def test_another_failure_of_the_model_is_no_lack_of_memory() -> None:
    tower = Talking(most=0, error=RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(EmbedderError, match="mat1 and mat2"):
        embedder_of(tower, batch_size=4).embed_pixels(pictures(2))
    assert tower.asked == [2]


def test_weights_that_give_no_direction_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    checkpoint = described_checkpoint(tmp_path, SMALL_VIT)
    tensors = random_tensors(SMALL_VIT, 0)
    tensors["visual.proj"].zero_()
    tensors["text_projection"].fill_(float("nan"))
    save_file(tensors, checkpoint)
    embedder = open_embedder(f"zero@{checkpoint}", device="cpu", precision="float32")
    with pytest.raises(EmbedderError, match="picture 1 of 2 no direction"):
        embedder.embed_pixels(noise(embedder, 2))
    with pytest.raises(EmbedderError, match="text 1 of 1 no direction"):
        embedder.embed_texts(["word"])


def test_a_precision_that_loses_the_direction_is_not_taken_by_itself() -> None:
    class Overflowing(torch.nn.Module):
        """Fine in float32, infinite in float16."""

        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.full((4,), 300.0))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.reshape(len(images), -1)[:, :4] * self.weight * self.weight + 1

    probe = torch.full((2, 8, 8, 3), 255, dtype=torch.uint8)
    tower = ImageTower(Overflowing(), PREPROCESSING)
    cpu = torch.device("cpu")
    asked = place(tower, probe, device=cpu, dtype=torch.float16, insist=True)
    checked = place(tower, probe, device=cpu, dtype=torch.float16, insist=False)
    assert asked.dtype == torch.float16
    assert checked.dtype == torch.float32


def test_convolutional_towers_stay_in_float32_on_a_cpu(
    small: dict[str, OpenClipEmbedder], checkpoints: dict[str, Path]
) -> None:
    chosen = open_embedder(f"x@{checkpoints['convnet']}", device="cpu")
    assert chosen.hardware == "cpu, float32"


def test_batches_fit_into_memory_and_are_never_empty() -> None:
    cpu = torch.device("cpu")
    assert 1 <= BatchSize(PREPROCESSING, cpu).value <= 32
    huge = Preprocessing(10**6, 10**6, "squash", "bicubic", HALF, HALF)
    assert BatchSize(huge, cpu).value == 1
    assert BatchSize(PREPROCESSING, cpu, 7).value == 7


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "cuda:99", "", "tpu:0"])
def test_devices_that_are_not_there_are_named(device: str) -> None:
    with pytest.raises(UsageError, match="device") as caught:
        choose_device(device)
    assert "auto" in caught.value.hint or "cuda:0" in caught.value.hint


def test_precisions_are_by_name() -> None:
    cpu = torch.device("cpu")
    assert choose_precision("float16", cpu) == torch.float16
    assert choose_precision("auto", cpu) in (torch.float32, torch.bfloat16)
    assert choose_precision("auto", torch.device("mps")) == torch.float32
    with pytest.raises(UsageError, match="'half' is no precision"):
        choose_precision("half", cpu)
