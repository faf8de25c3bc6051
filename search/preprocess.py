"""A decoded picture of any mode to a model's input, as numpy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from search.cutting import cut
from search.domain.space import Preprocessing

if TYPE_CHECKING:
    Pixels = npt.NDArray[np.uint8]


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
    return np.array(cut(to_rgb(image), preprocessing))


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
