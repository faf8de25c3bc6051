"""Embedding on a CUDA device: the image tower beside its limit and open_clip's own ways, texts,
decoding, and a run of the indexer.

    python -m benchmarks.gpu.embedding --data ../shared/data
    python -m benchmarks.gpu.embedding --data ../shared/data --short

Random weights of a fixed seed cost what trained ones cost. Each part fails alone; without a CUDA
device the short form shows that the parts run, and its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.embedding.loops import ours
from benchmarks.embedding.photos import large_photos, small_photos
from benchmarks.gpu.decoding import by_device, by_processes
from benchmarks.gpu.device import described, device, matrix_rate
from benchmarks.gpu.image_towers import Contest
from benchmarks.gpu.models import SMALL, Drawn, draw, load
from search.adapters.openclip import open_embedder
from search.domain.arrays import PixelBatch
from search.ports.embedder import Embedder

ARCHITECTURES = {
    "ViT-B-32": 512,
    "ViT-L-14": 256,
    "ViT-H-14": 256,
    "ViT-B-16": 512,
    "ViT-B-16-SigLIP-256": 256,
    "RN50": 512,
    "ViT-SO400M-14-SigLIP-384": 128,
}
"""Each with the pictures to a batch at which it is measured."""

COMPILED = (SMALL, "ViT-B-32", "ViT-L-14", "RN50")
INDEXED_WITH = ("ViT-B-32", "ViT-L-14")
WORKERS = (8, 16)
N_COMPARED = 256
TEXTS = (1, 32, 1024)
_FIGURES = Path(__file__).parent / "embedding.json"


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write the same figures as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu.embedding",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, help="a folder for models, best in memory")
    parser.add_argument("--architectures", nargs="*", default=list(ARCHITECTURES))
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--copies", type=int, default=10, help="of each photo, to be indexed")
    parser.add_argument("--large", type=int, default=160)
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no part after these")
    parser.add_argument("--short", action="store_true", help="a small model and few photos")
    parser.add_argument("--out", type=Path, default=_FIGURES)
    chosen = parser.parse_args(arguments)
    if chosen.short:
        chosen.architectures, chosen.photos, chosen.copies, chosen.large = [SMALL], 16, 1, 2
    elif device().type == "cpu":
        raise SystemExit("There is no CUDA device here; --short runs without one.")
    with tempfile.TemporaryDirectory(prefix="sightline-bench-", dir=chosen.work) as work:
        Run(chosen, Path(work)).all()


class Run:
    """All parts in the order of their worth; what they found is written after each."""

    def __init__(self, chosen: argparse.Namespace, work: Path) -> None:
        self._chosen, self._work = chosen, work
        self._began = time.perf_counter()
        self._short = bool(chosen.short)
        self._drawn: dict[str, Drawn] = {}
        self._found: dict[str, Any] = {
            **described(),
            "towers": [],
            "delays": [],
            "texts": [],
            "decoding": [],
            "decoded_by_device": [],
            "index": [],
        }

    def all(self) -> None:
        small = small_photos(self._chosen.data, self._chosen.photos)
        large = _large_photos(small, self._chosen.large, self._work / "large")
        rate = matrix_rate(256 if self._short else 8192)
        self._found["matrix_tflops"] = round(rate / 1e12, 1)
        print(f"{self._found['device']}: {rate / 1e12:.0f} TFLOP/s for a square product, bfloat16")
        first, *others = self._chosen.architectures
        self._part(first, partial(self._towers, first, small, rate))
        self._part("indexing", partial(self._index, first, small))
        self._part("decoding", partial(self._decode, first, small, large))
        self._part("texts", partial(self._texts, first))
        for name in others:
            self._part(name, partial(self._towers, name, small, rate))
            if name in INDEXED_WITH:
                self._part(f"indexing, {name}", partial(self._index, name, small))

    def _part(self, name: str, run: Callable[[], None]) -> None:
        began = time.perf_counter()
        if began - self._began > self._chosen.seconds:
            print(f"\n{name}: left out, the time is up", flush=True)
            return
        print(f"\n{name}", flush=True)
        try:
            run()
        except Exception:
            traceback.print_exc()
        print(f"  ({time.perf_counter() - began:.1f} s)", flush=True)
        self._chosen.out.write_text(json.dumps(self._found, indent=2) + "\n", encoding="utf-8")

    def _towers(self, name: str, photos: Sequence[Path], rate: float) -> None:
        drawn = self._drawn[name] = draw(name, self._work / name)
        loaded = load(drawn)
        n_workers = min(16, os.cpu_count() or 1)
        pixels = by_processes("", photos[:N_COMPARED], loaded.preprocessing, n_workers)[1]
        batch = 8 if self._short else ARCHITECTURES[name]
        contest = Contest(drawn, loaded, pixels, batch=batch, matrix_rate=rate)
        print(f"  {contest.operations / 1e9:.2f} GFLOP a picture")
        for way, measure in contest.ways(compiles=name in COMPILED):
            self._part(f"{name}, {way}", partial(self._tower, measure))
        for delay in contest.delays():
            self._found["delays"].append(asdict(delay))
            print(f"  {delay.batch:4} at once: {delay.ms:.2f} ms, {delay.recorded_ms:.2f} recorded")

    def _tower(self, measure: Callable[[], Any]) -> None:
        row = measure()
        self._found["towers"].append(asdict(row))
        print(
            f"  {row.architecture:26} {row.way:24} {row.batch:5} {row.per_s:10,.0f}/s"
            f" {row.tflops:7.1f} TFLOP/s {row.share:6.1%} cosine {row.least_cosine:.6f}"
            f" {row.mean_cosine:.6f}, first {row.ready_s:.1f} s"
        )

    def _texts(self, name: str) -> None:
        embedder = self._opened(name)
        for n in TEXTS:
            texts = [f"a photo of dog number {place} on a red sofa" for place in range(n)]
            for _ in range(3):
                embedder.embed_texts(texts)
            times = 1 if self._short else max(3, 1024 // n)
            began = time.perf_counter()
            for _ in range(times):
                embedder.embed_texts(texts)
            took_s = (time.perf_counter() - began) / times
            self._found["texts"].append(
                {"architecture": name, "n": n, "ms": took_s * 1e3, "per_s": n / took_s}
            )
            print(f"  {n:5} at once: {took_s * 1e3:.2f} ms, {n / took_s:,.0f}/s")

    def _index(self, name: str, small: Sequence[Path]) -> None:
        copies = _copies(small, self._chosen.copies, self._work / "copies")
        for n_workers in WORKERS[:1] if self._short else WORKERS:
            embedder = self._opened(name)
            home = self._work / f"home-{name}-{n_workers}"
            timed = ours(copies, self._drawn[name].spec, embedder, home, n_workers=n_workers)
            rate = len(copies) / timed.seconds
            row = {
                "architecture": name,
                "photos": len(copies),
                "workers": n_workers,
                "per_s": round(rate, 1),
                "stages_s": {stage: round(s, 2) for stage, s in timed.stages.items()},
                "parent_us": round(timed.processor_s / len(copies) * 1e6, 1),
            }
            self._found["index"].append(row)
            print(f"  {n_workers} decoders: {rate:,.0f} photos a second, {row}")

    def _decode(self, name: str, small: Sequence[Path], large: Sequence[Path]) -> None:
        embedder = self._opened(name)
        fitting = embedder.space.preprocessing
        for photos, paths, batch in (("under 200 px", small, 256), ("12 megapixels", large, 32)):
            pixels: PixelBatch = np.empty(0, np.uint8)
            for n_workers in (2,) if self._short else WORKERS:
                figures, pixels = by_processes(photos, paths, fitting, n_workers)
                self._decoded(asdict(figures))
            if device().type != "cuda":
                continue
            for n_threads in (1, 4):
                figures, there = by_device(photos, paths, fitting, n_threads=n_threads, batch=batch)
                self._decoded(asdict(figures))
            self._compare(photos, embedder, pixels[:N_COMPARED], there[:N_COMPARED])

    def _decoded(self, row: dict[str, Any]) -> None:
        self._found["decoding"].append(row)
        print(
            f"  {row['photos']}, {row['workers']} {row['by']}: {row['per_s']:,.0f}/s,"
            f" {row['parent_us']:.0f} us of the embedding process each"
        )

    def _compare(
        self, photos: str, embedder: Embedder, ours: PixelBatch, theirs: torch.Tensor
    ) -> None:
        pixels = theirs.cpu().numpy()
        cosines = (embedder.embed_pixels(ours) * embedder.embed_pixels(pixels)).sum(axis=1)
        row = {
            "photos": photos,
            "least_cosine": round(float(cosines.min()), 6),
            "mean_cosine": round(float(cosines.mean()), 6),
        }
        self._found["decoded_by_device"].append(row)
        print(f"  {row}")

    def _opened(self, name: str) -> Embedder:
        return open_embedder(self._drawn[name].spec, device=device().type)


def _large_photos(photos: Sequence[Path], n: int, folder: Path) -> list[Path]:
    """Made by all processors, each a part."""
    n_parts = min(n, os.cpu_count() or 1)
    parts = [len(part) for part in np.array_split(np.arange(n), n_parts)]
    folders = [folder / str(number) for number in range(n_parts)]
    shifted = [[*photos[number:], *photos[:number]] for number in range(n_parts)]
    # A fork would take over threads of torch in any state.
    with ProcessPoolExecutor(n_parts, mp_context=get_context("spawn")) as pool:
        made = pool.map(large_photos, shifted, parts, folders)
        return [path for part in made for path in part]


def _copies(photos: Sequence[Path], n: int, folder: Path) -> list[Path]:
    """Each photo `n` times, with a comment that makes it another file of the same pixels."""
    folder.mkdir(exist_ok=True)
    made = []
    for number in range(n):
        comment = f"copy {number}".encode()
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        for photo in photos:
            content = photo.read_bytes()
            path = folder / f"{photo.stem}-{number}.jpg"
            path.write_bytes(content[:2] + segment + content[2:])
            made.append(path)
    return made


if __name__ == "__main__":
    main()
