"""Deep greys to eight bits. Loaded with the first such picture, since numpy comes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image


def grey_of(image: Image.Image) -> Image.Image:
    """A picture of mode I;16, I or F as mode L, scaled over its nominal range."""
    samples = np.asarray(image)
    if image.mode == "I":
        return _grey(_scaled_integers(samples))
    if image.mode == "F":
        return _grey(_scaled_floats(samples))
    return _grey((samples.astype(np.uint32) * 255 + 32_767) // 65_535)


def _grey(samples: Any) -> Image.Image:
    return Image.fromarray(np.clip(samples, 0, 255).astype(np.uint8))


def _scaled_integers(samples: Any) -> Any:
    """32-bit samples carry no depth: taken as 8 or 16 bits where they fit, else by their range."""
    low, high = int(samples.min(initial=0)), int(samples.max(initial=0))
    if low >= 0 and high <= 255:
        return samples
    if low >= 0 and high <= 65_535:
        return samples // 257
    return (samples.astype(np.float32) - low) * (255.0 / (float(high) - low))


def _scaled_floats(samples: Any) -> Any:
    """Floats in [0, 1] or [0, 255] keep their scale, others are stretched over their range."""
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min(initial=0.0)), float(finite.max(initial=0.0))
    if low >= 0 and high <= 1:
        return finite * 255 + 0.5
    if low >= 0 and high <= 255:
        return finite + 0.5
    return (finite - low) * (255.0 / (high - low))
