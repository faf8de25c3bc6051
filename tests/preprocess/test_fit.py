"""`fit` against open_clip's own transforms, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from search.cutting import draft_size, resized_size
from search.domain.space import Preprocessing
from search.errors import PictureError
from search.preprocess import fit, to_rgb

HALF = (0.5, 0.5, 0.5)
CLIP = Preprocessing(224, 224, "shortest", "bicubic", HALF, HALF)
SIGLIP = Preprocessing(256, 256, "squash", "bicubic", HALF, HALF)
MOBILE = Preprocessing(256, 256, "shortest", "bilinear", HALF, HALF)
LONGEST = Preprocessing(224, 224, "longest", "bicubic", HALF, HALF, fill=128)
OBLONG = Preprocessing(160, 224, "shortest", "bicubic", HALF, HALF)
OBLONG_LONGEST = Preprocessing(160, 224, "longest", "bilinear", HALF, HALF)
ALL = [CLIP, SIGLIP, MOBILE, LONGEST, OBLONG, OBLONG_LONGEST]


def reference(image: Image.Image, preprocessing: Preprocessing) -> np.ndarray:
    """What open_clip's transform hands to its ToTensor."""
    from open_clip.transform import PreprocessCfg, image_transform_v2

    sides = (preprocessing.height, preprocessing.width)
    config = PreprocessCfg(
        size=sides[0] if sides[0] == sides[1] else sides,
        interpolation=preprocessing.interpolation,
        resize_mode=preprocessing.resize_mode,
        fill_color=preprocessing.fill,
    )
    steps: list[Any] = image_transform_v2(config, is_train=False).transforms[:-2]
    for step in steps:
        image = step(image)
    return np.asarray(image)


def noise(width: int, height: int) -> Image.Image:
    rng = np.random.default_rng(width * 10_007 + height)
    return Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("preprocessing", ALL)
def test_real_photos_come_out_as_open_clip_cuts_them(
    preprocessing: Preprocessing, shared_data: Path
) -> None:
    folders = ["flickr8k", "clothing", "grocery", "caltech101", "exif"]
    paths = [
        path for folder in folders for path in sorted((shared_data / folder).rglob("*.jpg"))[:6]
    ]
    for path in paths:
        image = Image.open(path).convert("RGB")
        np.testing.assert_array_equal(fit(image, preprocessing), reference(image, preprocessing))


@given(
    width=st.integers(1, 700),
    height=st.integers(1, 700),
    preprocessing=st.sampled_from(ALL),
)
def test_any_size_comes_out_as_open_clip_cuts_it(
    width: int, height: int, preprocessing: Preprocessing
) -> None:
    if max(width, height) > 16 * min(width, height):
        return  # see the test of strips
    image = noise(width, height)
    np.testing.assert_array_equal(fit(image, preprocessing), reference(image, preprocessing))


@pytest.mark.parametrize("size", [(2, 3000), (3000, 3), (40, 1000)])
def test_strips_differ_by_a_rounding_step_at_most(size: tuple[int, int]) -> None:
    image = noise(*size)
    difference = fit(image, CLIP).astype(int) - reference(image, CLIP).astype(int)
    assert np.abs(difference).max() <= 1


def test_a_strip_of_a_pixel_by_a_hundred_thousand_needs_little_memory() -> None:
    assert fit(Image.new("RGB", (1, 100_000), "red"), CLIP).shape == (224, 224, 3)


@pytest.mark.parametrize("preprocessing", ALL)
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_the_smallest_and_longest_pictures_fill_the_input(
    size: tuple[int, int], preprocessing: Preprocessing
) -> None:
    pixels = fit(Image.new("RGB", size, (10, 20, 30)), preprocessing)
    assert pixels.shape == (preprocessing.height, preprocessing.width, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(PictureError, match="no pixels"):
        fit(Image.new("RGB", (0, 10)), CLIP)


def test_the_picture_itself_is_left_alone() -> None:
    image = noise(300, 200)
    before = image.tobytes()
    fit(image, CLIP)[:] = 0
    assert image.tobytes() == before
    same_size = noise(224, 224)
    before = same_size.tobytes()
    fit(same_size, CLIP)[:] = 0
    assert same_size.tobytes() == before


def test_transparency_counts_as_white() -> None:
    layered = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    assert to_rgb(layered).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (10, 10), 0)
    palette.putpalette([255, 0, 0] + [0] * 765)
    palette.info["transparency"] = 0
    assert to_rgb(palette).getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bit_greys_keep_their_brightness() -> None:
    deep = Image.fromarray(np.full((4, 4), 32_896, dtype=np.uint16))
    assert to_rgb(deep).getpixel((1, 1)) == (128, 128, 128)
    assert to_rgb(Image.new("I", (4, 4), 65_535)).getpixel((1, 1)) == (255, 255, 255)
    assert to_rgb(Image.new("F", (4, 4), 200.0)).getpixel((1, 1)) == (200, 200, 200)
    assert to_rgb(Image.new("F", (4, 4), float("nan"))).getpixel((1, 1)) == (0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"])
def test_every_mode_can_be_embedded(mode: str) -> None:
    assert fit(noise(50, 40).convert("RGB").convert(_through(mode)), CLIP).shape == (224, 224, 3)


def _through(mode: str) -> str:
    return mode if mode not in ("LAB", "RGBX") else "RGB"


@given(width=st.integers(1, 9000), height=st.integers(1, 9000), preprocessing=st.sampled_from(ALL))
def test_a_reduced_jpeg_is_never_smaller_than_the_margin_wants(
    width: int, height: int, preprocessing: Preprocessing
) -> None:
    resized = resized_size((width, height), preprocessing)
    asked = draft_size((width, height), preprocessing)
    for full, needed, wanted in zip((width, height), resized, asked, strict=True):
        assert wanted == full or needed * 2 <= wanted <= full
