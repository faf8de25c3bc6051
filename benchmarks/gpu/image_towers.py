"""Pictures a second of one architecture's image tower, in every way it can be run."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.gpu.device import device, seconds
from benchmarks.gpu.models import Drawn, Loaded
from search.adapters.openclip.attention import plainly_attending
from search.adapters.openclip.for_cuda import fused_for_cuda
from search.adapters.openclip.graphs import Compute, CudaRecorder, Recorded
from search.adapters.openclip.placing import place
from search.adapters.openclip.rewriting import rewritten_image
from search.adapters.openclip.towers import ImageTower
from search.bootstrap import open_embedder
from search.domain.arrays import PixelBatch
from search.settings import Settings

_REFERENCE_BATCH = 64


@dataclass(frozen=True, slots=True)
class TowerFigures:
    """One way of running one architecture.

    Attributes:
        tflops: by the operations of open_clip's network, also where fewer are done.
        share: of the device's rate for a square product.
        least_cosine, mean_cosine: of real photos' embeddings, to float32.
        ready_s: seconds until the first batch was embedded, compiling included.
    """

    architecture: str
    way: str
    batch: int
    per_s: float
    tflops: float
    share: float
    least_cosine: float
    mean_cosine: float
    ready_s: float


@dataclass(frozen=True, slots=True)
class Delay:
    """Milliseconds for a few pictures at once: started kernel by kernel, and from a recording."""

    architecture: str
    batch: int
    ms: float
    recorded_ms: float


class Contest:
    """One architecture; real photos, cut to its input, are what it embeds."""

    def __init__(
        self,
        drawn: Drawn,
        loaded: Loaded,
        pixels: PixelBatch,
        *,
        batch: int,
        matrix_rate: float,
    ) -> None:
        self._drawn, self._batch, self._matrix_rate = drawn, batch, matrix_rate
        self._pixels = torch.from_numpy(pixels).to(device())
        self._numpy = pixels
        self._loaded = loaded
        plain = plainly_attending(self._loaded.image, self._loaded.pixels)
        self._float32 = copy.deepcopy(plain).to(device())
        self.operations = self._count()
        self._reference = self._embed_exactly()

    def ways(self, *, compiles: bool) -> Iterator[tuple[str, Callable[[], TowerFigures]]]:
        """Each way by name, and what measures it; compiling takes the longest."""
        yield "float32", lambda: self._measure("float32", self._float32)
        yield "open_clip, autocast", lambda: self._measure("open_clip, autocast", self._autocast())
        yield (
            "open_clip, bfloat16",
            lambda: self._measure("open_clip, bfloat16", self._reduced(self._loaded.image)),
        )
        yield "Sightline", lambda: self._measure("Sightline", self.recorded())
        yield (
            "Sightline, no Triton",
            lambda: self._measure("Sightline, no Triton", self._without_triton()),
        )
        yield "Sightline, from memory", self._from_memory
        if compiles:
            yield "torch.compile", lambda: self._measure("torch.compile", self._compiled())

    def tower(self) -> ImageTower:
        """The tower as Sightline runs it."""
        made = self._rewritten()
        dtype = torch.bfloat16
        return place(made, self._loaded.pixels, device=device(), dtype=dtype, insist=False)

    def recorded(self) -> Compute:
        """The tower as Sightline runs it, started from recordings."""
        tower = self.tower()
        return Recorded(tower, CudaRecorder(device())) if device().type == "cuda" else tower

    def delays(self, sizes: tuple[int, ...] = (1, 8, 32)) -> list[Delay]:
        """What a few pictures take."""
        tower = self.tower()
        if device().type != "cuda":
            return []
        recorded = Recorded(tower, CudaRecorder(device()))
        found = []
        with torch.inference_mode():
            for size in sizes:
                few = self._some(size)
                took_s = [
                    seconds(lambda run=run, few=few: run(few), least_s=0.1)
                    for run in (tower, recorded)
                ]
                found.append(
                    Delay(self._drawn.architecture, size, took_s[0] * 1e3, took_s[1] * 1e3)
                )
        return found

    def _measure(self, way: str, run: Compute) -> TowerFigures:
        batch = self._some(self._batch)
        with torch.inference_mode():
            began = time.perf_counter()
            rows = run(batch).cpu()
            ready_s = time.perf_counter() - began
            took_s = seconds(lambda: run(batch))
        return self._figures(way, self._batch, self._batch / took_s, rows, ready_s)

    def _from_memory(self) -> TowerFigures:
        """The embedder's own batches, pictures from the processor's memory and vectors back."""
        began = time.perf_counter()
        embedder = open_embedder(self._drawn.spec, Settings(device=device().type))
        n = 4 * embedder.batch_size
        pictures = np.concatenate([self._numpy] * -(-n // len(self._numpy)))[:n]
        rows = embedder.embed_pixels(pictures)
        ready_s = time.perf_counter() - began
        embedder.embed_pixels(pictures)
        began = time.perf_counter()
        embedder.embed_pixels(pictures)
        rate = n / (time.perf_counter() - began)
        way = "Sightline, from memory"
        return self._figures(way, embedder.batch_size, rate, torch.from_numpy(rows), ready_s)

    def _figures(
        self, way: str, batch: int, per_s: float, rows: torch.Tensor, ready_s: float
    ) -> TowerFigures:
        n = min(len(rows), len(self._reference))
        found = torch.nn.functional.normalize(rows[:n].float(), dim=1)
        cosines = (found * self._reference[:n]).sum(dim=1)
        rate = per_s * self.operations
        return TowerFigures(
            architecture=self._drawn.architecture,
            way=way,
            batch=batch,
            per_s=round(per_s, 1),
            tflops=round(rate / 1e12, 1),
            share=round(rate / self._matrix_rate, 3),
            least_cosine=round(float(cosines.min()), 6),
            mean_cosine=round(float(cosines.mean()), 6),
            ready_s=round(ready_s, 2),
        )

    def _rewritten(self) -> ImageTower:
        """With weights of its own: those it moves to the device stay on the processor, too."""
        tower = copy.deepcopy(self._loaded.image)
        return rewritten_image(tower, self._loaded.pixels, device())

    def _without_triton(self) -> ImageTower:
        probe = self._loaded.pixels
        return fused_for_cuda(self._reduced(self._rewritten()), probe.to(device()), None)

    def _reduced(self, tower: ImageTower) -> ImageTower:
        reduced = copy.deepcopy(tower).to(device(), torch.bfloat16)
        reduced.dtype = torch.bfloat16
        return reduced.to(memory_format=torch.channels_last)

    def _autocast(self) -> Compute:
        """As open_clip's own scripts embed: weights in float32, pictures normalised beforehand."""
        visual = copy.deepcopy(self._loaded.image.visual).to(device())
        mean, std = (part.to(device()).view(3, 1, 1) for part in self._loaded.image.normalisation)
        images = self._some(self._batch).permute(0, 3, 1, 2).div(255).sub_(mean).div_(std)
        images = images.contiguous()

        def encode(_: torch.Tensor) -> torch.Tensor:
            with torch.autocast(device().type, torch.bfloat16):
                return torch.nn.functional.normalize(visual(images), dim=-1)

        return encode

    def _compiled(self) -> ImageTower:
        """Block by block, which compiles one block; a network of convolutions as a whole."""
        torch._dynamo.reset()
        tower: Any = self._reduced(plainly_attending(self._loaded.image, self._loaded.pixels))
        trunk = getattr(tower.visual, "trunk", tower.visual)
        transformer = getattr(trunk, "transformer", None)
        blocks = getattr(trunk, "blocks", getattr(transformer, "resblocks", None))
        for part in blocks if blocks is not None else [tower.visual]:
            part.compile(dynamic=False)
        return tower

    def _some(self, n: int) -> torch.Tensor:
        times = -(-n // len(self._pixels))
        return self._pixels.repeat(times, 1, 1, 1)[:n].contiguous()

    def _count(self) -> float:
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            self._float32(self._pixels[:2])
        return counter.get_total_flops() / 2

    def _embed_exactly(self) -> torch.Tensor:
        """float32 throughout: convolutions would otherwise multiply in TensorFloat-32."""
        allowed = torch.backends.cudnn.allow_tf32
        torch.backends.cudnn.allow_tf32 = False
        try:
            with torch.inference_mode():
                rows = [self._float32(some) for some in self._pixels.split(_REFERENCE_BATCH)]
        finally:
            torch.backends.cudnn.allow_tf32 = allowed
        return torch.cat(rows).cpu()
