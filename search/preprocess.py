"""A decoded picture to a model's input size, with numpy and Pillow only.

`fit` yields the very bytes that open_clip's validation transform hands to its `ToTensor`, so
decoding processes can cut pictures to size without loading torch. `draft_size` says how small a
JPEG may be decoded so that its embedding stays the same.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from search.domain.space import Preprocessing
from search.errors import PictureError

if TYPE_CHECKING:
    Pixels = npt.NDArray[np.uint8]

DRAFT_MARGIN = 2.0
"""How many times the resized picture a reduced JPEG has to be, per side; see docs/adr/0005."""

EXTREME_ASPECT = 16.0
"""Beyond this ratio of sides only the part that survives the crop is resized: a strip of
1 x 100,000 pixels would otherwise grow to gigabytes on its way to 224 x 224."""

_FILTERS = {
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "nearest": Image.Resampling.NEAREST,
}


def fit(image: Image.Image, preprocessing: Preprocessing) -> Pixels:
    """Resize, then crop or pad, a picture to a model's input.

    Args:
        image: upright; any mode is taken to RGB first, see `to_rgb`. Not written to.
    Returns:
        uint8, shape (height, width, 3): equal, byte for byte, to open_clip's transform before
        `ToTensor`. Only for sides beyond 16 : 1 values may differ by a rounding step.
    Raises:
        PictureError: the picture has no pixels.
    """
    if image.width < 1 or image.height < 1:
        raise PictureError("the picture has no pixels", hint="Look at the file; it is empty.")
    image = to_rgb(image)
    size = resized_size(image.size, preprocessing)
    if _is_extreme(image.size) and preprocessing.resize_mode == "shortest":
        resized = _resize_centre(image, size, preprocessing)
    elif size == image.size:
        resized = image
    else:
        resized = image.resize(size, _FILTERS[preprocessing.interpolation])
    return _crop_or_pad(np.asarray(resized, dtype=np.uint8), preprocessing)


def resized_size(size: tuple[int, int], preprocessing: Preprocessing) -> tuple[int, int]:
    """(width, height) after resizing, before the crop or the padding; at least 1 pixel each.

    Rounds as torchvision's `Resize` and open_clip's `ResizeKeepRatio` do.
    """
    width, height = size
    to_width, to_height = preprocessing.width, preprocessing.height
    if preprocessing.resize_mode == "squash":
        return to_width, to_height
    if preprocessing.resize_mode == "shortest" and to_width == to_height:
        short, long = min(size), max(size)
        stretched = int(to_width * long / short)
        return (to_width, stretched) if width <= height else (stretched, to_width)
    ratios = (height / to_height, width / to_width)
    ratio = max(ratios) if preprocessing.resize_mode == "longest" else min(ratios)
    return max(1, round(width / ratio)), max(1, round(height / ratio))


def draft_size(
    size: tuple[int, int], preprocessing: Preprocessing, *, margin: float = DRAFT_MARGIN
) -> tuple[int, int]:
    """The smallest (width, height) to ask of `PIL.Image.draft` for a JPEG of this `size`.

    `draft` decodes at 1/8, 1/4 or 1/2 as long as both sides stay at least as long as asked. With
    the default margin the embedding of the reduced picture keeps a cosine above 0.999 to that of
    the whole one.
    """
    to_width, to_height = resized_size(size, preprocessing)
    return (
        min(size[0], math.ceil(to_width * margin)),
        min(size[1], math.ceil(to_height * margin)),
    )


def to_rgb(image: Image.Image) -> Image.Image:
    """The picture in RGB: transparency on white, 16-bit and float greys scaled to 8 bits.

    Colour profiles are not applied here; whoever decodes a file does that first.
    """
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, (255, 255, 255, 255))
        return Image.alpha_composite(ground, layered).convert("RGB")
    if image.mode.startswith("I;16"):
        return _grey(np.asarray(image, dtype=np.float32) / 257.0)
    if image.mode in ("I", "F"):
        return _grey(_scaled_to_bytes(np.asarray(image, dtype=np.float32)))
    return image.convert("RGB")


def _grey(values: npt.NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8)).convert("RGB")


def _scaled_to_bytes(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Greys of unknown range: anything above 255 means 16 bits."""
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return finite / np.float32(257) if finite.max(initial=0.0) > 255 else finite


def _is_extreme(size: tuple[int, int]) -> bool:
    return max(size) > EXTREME_ASPECT * min(size)


def _resize_centre(
    image: Image.Image, size: tuple[int, int], preprocessing: Preprocessing
) -> Image.Image:
    """Resize only the part of the picture that the centre crop keeps."""
    kept = (min(size[0], preprocessing.width), min(size[1], preprocessing.height))
    (left, right, x, x_end), (top, bottom, y, y_end) = (
        _kept_span(*sides) for sides in zip(image.size, size, kept, strict=True)
    )
    # Cut out with its surroundings first: Pillow resamples a box of a tall picture inexactly.
    part = image.crop((x, y, x_end, y_end))
    box = (left - x, top - y, right - x, bottom - y)
    return part.resize(kept, _FILTERS[preprocessing.interpolation], box=box)


def _kept_span(had: int, becomes: int, keeps: int) -> tuple[float, float, int, int]:
    """Where on a side of `had` pixels the centre `keeps` of its `becomes` resized pixels lie:
    start and end, and both with all the pixels around them that the filter reaches."""
    scale = had / becomes
    start = round((becomes - keeps) / 2.0) * scale
    end = min(start + keeps * scale, float(had))
    reach = math.ceil(2 * max(1.0, scale)) + 1
    return start, end, max(0, math.floor(start) - reach), min(had, math.ceil(end) + reach)


def _crop_or_pad(pixels: Pixels, preprocessing: Preprocessing) -> Pixels:
    """The centre of (height, width, 3) pixels, padded first where it is too small."""
    fill = preprocessing.fill if preprocessing.resize_mode == "longest" else 0
    short = [
        max(0, wanted - had)
        for wanted, had in zip(
            (preprocessing.height, preprocessing.width), pixels.shape[:2], strict=True
        )
    ]
    if any(short):
        margins = [(gap // 2, (gap + 1) // 2) for gap in short]
        pixels = np.pad(pixels, [*margins, (0, 0)], constant_values=fill)
    top = round((pixels.shape[0] - preprocessing.height) / 2.0)
    left = round((pixels.shape[1] - preprocessing.width) / 2.0)
    cut = pixels[top : top + preprocessing.height, left : left + preprocessing.width]
    return np.array(cut, order="C")  # a copy: what Pillow lends may not be written to
