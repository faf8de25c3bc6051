"""JPEGs to a model's input: by Sightline's decoding processes, and by the device's own decoder."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.decoding.tasks import PictureRead, ReadTask
from search.cutting import draft_size, resized_size
from search.domain.arrays import PixelBatch
from search.domain.indexing import RootKind
from search.domain.space import Preprocessing

_LOOK_AHEAD = 512
_LEAST_S = 1.5


@dataclass(frozen=True, slots=True)
class DecodingFigures:
    """`workers` are processes, or threads that give batches to the device."""

    photos: str
    by: str
    workers: int
    per_s: float
    parent_us: float


def by_processes(
    photos: str, paths: Sequence[Path], fitting: Preprocessing, n_workers: int
) -> tuple[DecodingFigures, PixelBatch]:
    """Pictures a second of a pool that is warm, and the pixels of each path."""
    pixels: dict[Path, np.ndarray] = {}
    with DecodePool(fitting, DecodeLimits(), n_workers, look_ahead=_LOOK_AHEAD) as pool:
        _read(pool, paths[: 4 * n_workers], pixels)
        began, busy, n_read = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - began < _LEAST_S:
            n_read += _read(pool, paths, pixels)
        took_s, busy_s = time.perf_counter() - began, time.process_time() - busy
    figures = DecodingFigures(
        photos,
        "processes",
        n_workers,
        round(n_read / took_s, 1),
        round(busy_s / n_read * 1e6, 1),
    )
    return figures, np.stack([pixels[path] for path in paths])


def _read(pool: DecodePool, paths: Sequence[Path], pixels: dict[Path, np.ndarray]) -> int:
    tasks = (ReadTask(path, str(path.parent), RootKind.FOLDER, path.name) for path in paths)
    n_read = 0
    for result in pool.read(tasks):
        if not isinstance(result, PictureRead):
            raise SystemExit(f"{result.task.path} could not be read.")
        pixels[result.task.key] = result.pixels  # type: ignore[index]
        n_read += 1
    return n_read


def by_device(
    photos: str, paths: Sequence[Path], fitting: Preprocessing, *, n_threads: int, batch: int
) -> tuple[DecodingFigures, torch.Tensor]:
    """Pictures a second of nvJPEG, resized and cropped on the device, and the pixels."""
    contents = [torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8) for path in paths]
    batches = [contents[start : start + batch] for start in range(0, len(contents), batch)]
    with ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(lambda some: _decoded(some, fitting), batches[:n_threads]))
        began, busy, n_read = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - began < _LEAST_S:
            parts = list(pool.map(lambda some: _decoded(some, fitting), batches))
            n_read += len(contents)
        took_s, busy_s = time.perf_counter() - began, time.process_time() - busy
    figures = DecodingFigures(
        photos, "nvJPEG", n_threads, round(n_read / took_s, 1), round(busy_s / n_read * 1e6, 1)
    )
    return figures, torch.cat(parts)


def _decoded(contents: list[torch.Tensor], fitting: Preprocessing) -> torch.Tensor:
    """JPEGs to uint8 (n, height, width, 3) on the device, equal sizes at once."""
    from torchvision.io import ImageReadMode, decode_jpeg

    # Each thread has a stream of its own, and waits for its decoder: pytorch/vision#9606.
    with torch.cuda.stream(torch.cuda.Stream()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        images = decode_jpeg(contents, mode=ImageReadMode.RGB, device="cuda")
        torch.cuda.current_stream().synchronize()
        made = torch.empty(
            (len(images), fitting.height, fitting.width, 3), dtype=torch.uint8, device="cuda"
        )
        for places in _of_equal_size(images):
            made[places] = _fitted(torch.stack([images[place] for place in places]), fitting)
        torch.cuda.current_stream().synchronize()
    return made


def _of_equal_size(images: Sequence[torch.Tensor]) -> Iterator[list[int]]:
    places: dict[torch.Size, list[int]] = {}
    for place, image in enumerate(images):
        places.setdefault(image.shape, []).append(place)
    return iter(places.values())


def _fitted(images: torch.Tensor, fitting: Preprocessing) -> torch.Tensor:
    """As `search.preprocess.fit`: averaged down as far as it may be, resized, cropped."""
    from torchvision.transforms.v2 import InterpolationMode, functional

    height, width = images.shape[-2:]
    least_width, least_height = draft_size((width, height), fitting)
    factor = max(1, min(width // least_width, height // least_height))
    values = images.float()
    if factor > 1:
        values = torch.nn.functional.avg_pool2d(values, factor)
    to_width, to_height = resized_size((width, height), fitting)
    values = functional.resize(
        values, [to_height, to_width], interpolation=InterpolationMode.BICUBIC, antialias=True
    )
    values = functional.center_crop(values, [fitting.height, fitting.width])
    return values.round_().clamp_(0, 255).to(torch.uint8).permute(0, 2, 3, 1)
