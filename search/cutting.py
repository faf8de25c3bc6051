"""A picture in RGB to a model's input size, with Pillow alone: decoding processes load no numpy.

`cut` yields the very pixels that open_clip's validation transform hands to its `ToTensor`.
`draft_size` says how small a JPEG may be decoded so that its embedding stays the same.
"""

from __future__ import annotations

import math

from PIL import Image

from search.domain.space import Preprocessing
from search.errors import PictureError

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


def cut(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Resize, then crop or pad, a picture to a model's input.

    Args:
        image: upright, mode RGB. Not written to.
    Returns:
        Mode RGB, of the model's input size; the picture itself where it has that already. Only for
        sides beyond 16 : 1 values may differ from open_clip's by a rounding step.
    Raises:
        PictureError: the picture has no pixels.
    """
    if image.width < 1 or image.height < 1:
        raise PictureError("the picture has no pixels", hint="Look at the file; it is empty.")
    size = resized_size(image.size, preprocessing)
    if _is_extreme(image.size) and preprocessing.resize_mode == "shortest":
        resized = _resize_centre(image, size, preprocessing)
    elif size == image.size:
        resized = image
    else:
        resized = image.resize(size, _FILTERS[preprocessing.interpolation])
    return _crop_or_pad(resized, preprocessing)


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
    start = _start(becomes, keeps) * scale
    end = min(start + keeps * scale, float(had))
    reach = math.ceil(2 * max(1.0, scale)) + 1
    return start, end, max(0, math.floor(start) - reach), min(had, math.ceil(end) + reach)


def _crop_or_pad(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """The centre of a picture, padded first where it is too small."""
    wanted = (preprocessing.width, preprocessing.height)
    padded = (max(image.width, wanted[0]), max(image.height, wanted[1]))
    if padded != image.size:
        fill = preprocessing.fill if preprocessing.resize_mode == "longest" else 0
        ground = Image.new("RGB", padded, (fill, fill, fill))
        ground.paste(image, ((padded[0] - image.width) // 2, (padded[1] - image.height) // 2))
        image = ground
    if image.size == wanted:
        return image
    left, top = _start(image.width, wanted[0]), _start(image.height, wanted[1])
    return image.crop((left, top, left + wanted[0], top + wanted[1]))


def _start(has: int, keeps: int) -> int:
    """Where the centre `keeps` of `has` pixels begin, as torchvision's `CenterCrop` rounds."""
    return round((has - keeps) / 2.0)
