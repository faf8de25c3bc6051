"""Snapshots for searching by picture: askew, dim and soft, as a phone in a hurry makes them."""

import random

from PIL import Image, ImageEnhance, ImageFilter


def snap(picture: Image.Image, seed: str) -> Image.Image:
    """A hasty photo of a picture, somewhat smaller than it."""
    rng = random.Random(f"snap {seed}")
    turned = picture.rotate(rng.choice((-1, 1)) * rng.uniform(3, 7), Image.Resampling.BICUBIC)
    width, height = turned.size
    left, top = (round(side * rng.uniform(0.06, 0.09)) for side in (width, height))
    right, bottom = (round(side * rng.uniform(0.91, 0.94)) for side in (width, height))
    cropped = turned.crop((left, top, right, bottom))
    dim = ImageEnhance.Brightness(cropped).enhance(rng.uniform(0.82, 1.12))
    warm = ImageEnhance.Color(dim).enhance(rng.uniform(0.85, 1.1))
    return warm.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 1.0)))
