"""Crops of the training photos with what the teacher sees in each, computed once.

A consistent teacher sees the very crop that the student sees (Beyer et al. 2022,
arXiv:2106.05237). Looking once and keeping the answer makes a step of training three times
cheaper on a CPU than asking the teacher again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from training.photos import Photo
from training.teacher import MAP_CHANNELS, POOLED_DIM, Teacher

CROP_PX = 129
TEACHER_PX = 161
# The student's grids at strides 8, 16 and 32 for a crop of 129 px; the teacher's maps are
# interpolated onto them. Odd sides keep the corners of both grids in one place.
GRIDS = (17, 9, 5)
# Area of a crop as a share of its photo: one wide crop, then close ones.
CROP_SCALES = ((0.65, 1.0), (0.4, 0.9), (0.25, 0.7))
_BATCH = 64

Array = NDArray[np.generic]


@dataclass(frozen=True)
class CropStore:
    """Memory-mapped rows, photo by photo, `len(CROP_SCALES)` rows each.

    `pixels` uint8 (n, 129, 129, 3); `maps` float16 (n, channels, side, side) at strides 8, 16,
    32; `pooled` float16 (n, 1280); `logits` float16 (n, 1000).
    """

    pixels: Array
    maps: tuple[Array, ...]
    pooled: Array
    logits: Array

    @property
    def n_rows(self) -> int:
        return len(self.pixels)


def open_crops(folder: Path) -> CropStore:
    """Map a finished store read-only.

    Raises:
        FileNotFoundError: no store was finished there.
    """
    progress = json.loads((folder / "progress.json").read_text())
    if progress["done"] != progress["rows"]:
        raise FileNotFoundError(f"{folder} is half made; run the step again")
    arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in _shapes(1)}
    return CropStore(
        pixels=arrays["pixels"],
        maps=tuple(arrays[f"map{side}"] for side in GRIDS),
        pooled=arrays["pooled"],
        logits=arrays["logits"],
    )


def make_crops(
    photos: list[Photo],
    teacher_file: Path,
    folder: Path,
    seed: int,
    device: torch.device,
    report: Callable[[int, int], None],
) -> None:
    """Fill a store, going on from where an earlier call was cut.

    Every row depends on the seed and its own number alone, so a cut changes nothing.
    `report(done, rows)` is called after each batch.
    """
    n_crops = len(CROP_SCALES)
    n_rows = len(photos) * n_crops
    folder.mkdir(parents=True, exist_ok=True)
    progress = folder / "progress.json"
    mode = "r+" if progress.exists() else "w+"
    done = json.loads(progress.read_text())["done"] if progress.exists() else 0
    arrays = {
        name: np.lib.format.open_memmap(folder / f"{name}.npy", mode, dtype, shape)
        for name, (shape, dtype) in _shapes(n_rows).items()
    }
    look = _looker(teacher_file, device)

    def crop(row: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        rng = np.random.default_rng((seed, row))
        box_scale = CROP_SCALES[row % n_crops]
        return crop_pair(photos[row // n_crops].open(), box_scale, rng)

    with ThreadPoolExecutor(2) as pool:
        while done < n_rows:
            rows = range(done, min(done + _BATCH, n_rows))
            pairs = list(pool.map(crop, rows))
            wide = np.stack([pair[1] for pair in pairs] + [pairs[-1][1]] * (_BATCH - len(rows)))
            outputs = look(wide)
            outputs["pixels"] = np.stack([pair[0] for pair in pairs])
            for name, array in arrays.items():
                array[rows.start : rows.stop] = outputs[name][: len(rows)]
            done = rows.stop
            if done % (_BATCH * 32) == 0 or done == n_rows:
                for array in arrays.values():
                    array.flush()
                progress.write_text(json.dumps({"done": done, "rows": n_rows}))
            report(done, n_rows)


def crop_pair(
    image: Image.Image, scale: tuple[float, float], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """One random crop at the student's and at the teacher's size.

    Area is drawn from `scale` as a share of the largest square that fits, the aspect ratio
    from [3/4, 4/3] (Szegedy et al. 2015, arXiv:1409.4842).
    """
    side = min(image.size)
    area = rng.uniform(*scale) * side * side
    ratio = float(np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3))))
    width = min((area * ratio) ** 0.5, image.width)
    height = min((area / ratio) ** 0.5, image.height)
    left = rng.uniform(0, image.width - width)
    top = rng.uniform(0, image.height - height)
    box = (left, top, left + width, top + height)
    sizes = (CROP_PX, TEACHER_PX)
    small, large = (
        np.asarray(image.resize((px, px), Image.Resampling.BICUBIC, box)) for px in sizes
    )
    return small, large


def _shapes(n_rows: int) -> dict[str, tuple[tuple[int, ...], type]]:
    shapes: dict[str, tuple[tuple[int, ...], type]] = {
        "pixels": ((n_rows, CROP_PX, CROP_PX, 3), np.uint8),
        "pooled": ((n_rows, POOLED_DIM), np.float16),
        "logits": ((n_rows, 1000), np.float16),
    }
    for channels, side in zip(MAP_CHANNELS[1:], GRIDS, strict=True):
        shapes[f"map{side}"] = ((n_rows, channels, side, side), np.float16)
    return shapes


def _looker(teacher_file: Path, device: torch.device) -> Callable[[Array], dict[str, Array]]:
    teacher = Teacher.from_file(teacher_file).to(device, memory_format=torch.channels_last)
    compiled = torch.compile(teacher)

    def look(pixels: Array) -> dict[str, Array]:
        with torch.inference_mode():
            output = compiled(as_teacher_input(torch.from_numpy(pixels).to(device)))
            found = {"pooled": output.pooled, "logits": output.logits}
            for side, full in zip(GRIDS, output.maps[1:], strict=True):
                found[f"map{side}"] = on_grid(full, side)
        return {name: value.half().cpu().numpy() for name, value in found.items()}

    return look


def as_teacher_input(pixels: Tensor) -> Tensor:
    """uint8 (n, h, w, 3) to float32 (n, 3, h, w) in [-1, 1], channels last in memory."""
    return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0


def on_grid(feature_map: Tensor, side: int) -> Tensor:
    """Interpolate a feature map onto a square grid whose corners are the same places."""
    if feature_map.shape[-1] == side:
        return feature_map
    return functional.interpolate(feature_map, (side, side), mode="bilinear", align_corners=True)
