"""Every format comes out upright, in sRGB, on white, and like an independent picture of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from search.errors import PictureError, PictureTooLargeError
from tests.decoding.conftest import SIDE, Decode, difference, encoded, gradient

HOPPERS = ["bmp", "gif", "jpg", "ppm", "psd", "tif", "webp", "Lab.tif", "iccprofile.tif"]
TURNS = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}
"""What a camera that notes this orientation has done to the upright picture."""


def test_every_shared_format_gives_pixels(shared_data: Path, decode: Decode) -> None:
    files = sorted((shared_data / "formats").iterdir())
    assert len(files) > 30
    for file in files:
        decoded = decode(file)
        assert decoded.pixels is not None
        assert decoded.pixels.shape == (SIDE, SIDE, 3)
        assert decoded.pixels.dtype == np.uint8


@pytest.mark.parametrize("number", range(2, 9))
def test_turned_landscape_looks_like_the_upright_one(
    shared_data: Path, decode: Decode, number: int
) -> None:
    upright = decode(shared_data / "formats/Landscape_1.jpg")
    turned = decode(shared_data / f"formats/Landscape_{number}.jpg")
    assert (turned.picture.width, turned.picture.height) == (600, 450)
    assert difference(upright, turned) < 6  # The number painted in the middle differs.


@pytest.mark.parametrize("number", [3, 6, 8])
def test_turned_portrait_looks_like_the_upright_one(
    shared_data: Path, decode: Decode, number: int
) -> None:
    upright = decode(shared_data / "formats/Portrait_1.jpg")
    turned = decode(shared_data / f"formats/Portrait_{number}.jpg")
    assert (turned.picture.width, turned.picture.height) == (450, 600)
    assert difference(upright, turned) < 6


@pytest.mark.parametrize("ending", HOPPERS)
def test_hopper_looks_the_same_in_every_format(
    shared_data: Path, decode: Decode, ending: str
) -> None:
    expected = decode(shared_data / "formats/hopper.png")
    found = decode(shared_data / f"formats/hopper.{ending}")
    assert difference(expected, found) < 5


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_orientation_turns_every_format_upright(
    decode: Decode, kind: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = TURNS[orientation](gradient())
    found = decode(encoded(turned, kind, exif=exif, quality=95))
    assert (found.picture.width, found.picture.height) == (96, 64)
    assert difference(decode(encoded(gradient(), "PNG")), found) < 5


def test_orientation_in_xmp_alone_counts(decode: Decode) -> None:
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-'
        'syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        'tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )
    found = decode(encoded(TURNS[6](gradient()), "JPEG", xmp=xmp.encode(), quality=95))
    assert difference(decode(encoded(gradient(), "PNG")), found) < 5


def test_heic_is_turned_once_and_not_twice(decode: Decode) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = decode(encoded(TURNS[6](gradient()), "HEIF", exif=exif.tobytes(), quality=95))
    assert (found.picture.width, found.picture.height) == (96, 64)
    assert difference(decode(encoded(gradient(), "PNG")), found) < 8


def test_absurd_orientation_is_passed_over(decode: Decode) -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    assert decode(encoded(gradient(), "JPEG", exif=exif)).picture.width == 96


def test_transparent_parts_lie_on_white(shared_data: Path, decode: Decode) -> None:
    assert decode(shared_data / "formats/full-transparent.png").pixels.min() == 255
    layered = gradient().convert("RGBA")
    layered.putalpha(0)
    for kind in ("PNG", "WEBP", "TIFF"):
        assert decode(encoded(layered, kind)).pixels.min() == 255


def test_half_transparent_black_is_middle_grey(decode: Decode) -> None:
    layered = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert set(np.unique(decode(encoded(layered, "PNG")).pixels)) == {127}
    grey = Image.new("LA", (8, 8), (0, 128))
    assert set(np.unique(decode(encoded(grey, "PNG")).pixels)) == {127}


def test_transparent_palette_entry_is_white(decode: Decode) -> None:
    image = Image.new("P", (8, 8), 3)
    image.putpalette([10, 20, 30] * 256)
    assert decode(encoded(image, "PNG", transparency=3)).pixels.min() == 255
    assert decode(encoded(image, "GIF", transparency=3)).pixels.min() == 255


def test_sixteen_bit_grey_is_scaled_and_not_clipped(decode: Decode) -> None:
    ramp = np.tile(np.linspace(0, 65_535, SIDE), (SIDE, 1)).astype(np.uint16)
    for kind in ("PNG", "TIFF", "JPEG2000"):
        found = decode(encoded(Image.fromarray(ramp), kind))
        expected = np.linspace(0, 255, SIDE)
        assert np.abs(found.pixels[SIDE // 2, :, 0] - expected).max() < 2


def test_sixteen_bit_colour_is_scaled_and_not_clipped(shared_data: Path, decode: Decode) -> None:
    pixels = decode(shared_data / "formats/Flag_of_the_Netherlands-16bit.png").pixels
    assert np.abs(pixels[8, 32].astype(int) - (174, 28, 40)).max() < 5
    assert pixels[32, 32].min() > 250
    assert np.abs(pixels[56, 32].astype(int) - (33, 70, 139)).max() < 5


def test_float_picture_keeps_its_range(decode: Decode) -> None:
    ramp = np.tile(np.linspace(0, 1, SIDE), (SIDE, 1)).astype(np.float32)
    found = decode(encoded(Image.fromarray(ramp), "TIFF"))
    assert np.abs(found.pixels[0, :, 0] - np.linspace(0, 255, SIDE)).max() < 2


def test_cmyk_with_and_without_profile_is_no_negative(shared_data: Path, decode: Decode) -> None:
    photo = decode(shared_data / "formats/Channel_digital_image_CMYK_color_no_profile.jpg")
    assert photo.pixels[:8].mean() > photo.pixels[24:40].mean()  # Sky above, trees below.
    white = decode(encoded(Image.new("CMYK", (32, 32), (0, 0, 0, 0)), "JPEG"))
    assert white.pixels.min() > 250
    cyan = decode(encoded(Image.new("CMYK", (32, 32), (255, 0, 0, 0)), "TIFF"))
    assert cyan.pixels[0, 0].tolist()[0] < 80
    assert cyan.pixels[0, 0].tolist()[2] > 150


def test_profile_is_converted_to_srgb(shared_data: Path, decode: Decode) -> None:
    lab = ImageCms.createProfile("LAB")
    image = Image.new("LAB", (16, 16), (255 * 53 // 100, 128 + 80, 128 + 67))
    profile = ImageCms.ImageCmsProfile(lab).tobytes()
    found = decode(encoded(image, "TIFF", icc_profile=profile)).pixels[0, 0]
    assert np.abs(found.astype(int) - (255, 0, 0)).max() < 12  # L*a*b* 53, 80, 67 is red.


def test_broken_profile_falls_back_to_the_plain_pixels(decode: Decode) -> None:
    plain = decode(encoded(gradient(), "PNG"))
    for profile in (b"rubbish", b"\x00" * 200):
        assert difference(plain, decode(encoded(gradient(), "PNG", icc_profile=profile))) == 0


def test_profile_of_another_colour_space_is_passed_over(decode: Decode) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = decode(encoded(gradient(), "PNG"))
    assert difference(plain, decode(encoded(gradient(), "PNG", icc_profile=profile))) == 0


def test_first_frame_of_an_animation_counts(shared_data: Path, decode: Decode) -> None:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        options = {"save_all": True, "append_images": frames[1:]}
        red = decode(encoded(frames[0], kind, **options)).pixels[0, 0]
        assert red[0] > 240
        assert red[1] < 16
    assert (
        difference(
            decode(shared_data / "formats/rotating-squares.gif"),
            decode(shared_data / "formats/rotating-squares.webp"),
        )
        < 6
    )


def test_large_pictures_of_all_modes_are_averaged_down_alike(decode: Decode) -> None:
    large = gradient().resize((1536, 1024), Image.Resampling.BICUBIC)
    expected = decode(encoded(gradient(), "PNG"))
    for mode in ("RGB", "RGBA", "P", "CMYK"):
        kind = "TIFF" if mode == "CMYK" else "PNG"
        found = decode(encoded(large.convert(mode), kind))
        assert difference(expected, found) < (12 if mode == "P" else 4), mode
    grey = decode(encoded(gradient().convert("L"), "PNG"))
    for mode in ("L", "1", "LA", "I", "F"):
        kind = "TIFF" if mode in ("I", "F") else "PNG"
        found = decode(encoded(large.convert("L").convert(mode), kind))
        assert difference(grey, found) < 6, mode
    deep = Image.fromarray(np.asarray(large.convert("L")).astype(np.uint16) * 257)
    assert difference(grey, decode(encoded(deep, "PNG"))) < 6


def test_averaging_in_bands_gives_what_averaging_at_once_gives(decode: Decode) -> None:
    tall = gradient().resize((1_000, 9_001), Image.Resampling.BILINEAR)
    at_once = decode(encoded(tall.reduce(8), "BMP"))
    for mode in ("RGB", "RGBA"):
        assert difference(decode(encoded(tall.convert(mode), "TGA")), at_once) < 1


def test_jpeg_at_reduced_scale_stays_like_the_whole(decode: Decode, shared_data: Path) -> None:
    photo = Image.open(shared_data / "formats/Landscape_1.jpg").resize((2400, 1800))
    reduced = decode(encoded(photo, "JPEG", quality=92))
    whole = decode(encoded(photo, "BMP"))
    assert (reduced.picture.width, reduced.picture.height) == (2400, 1800)
    assert difference(reduced, whole) < 2


def test_pixels_are_read_only_when_wanted(decode: Decode) -> None:
    found = decode(encoded(gradient(), "JPEG"), pixels_wanted=False)
    assert found.pixels is None
    assert (found.picture.width, found.picture.height) == (96, 64)


def test_header_with_too_many_pixels_is_refused_before_decoding(decode: Decode) -> None:
    from indexer.decoding.limits import DecodeLimits

    content = encoded(gradient(), "PNG")
    with pytest.raises(PictureTooLargeError, match="more than the 6,143 pixels"):
        decode(content, limits=DecodeLimits(n_pixels=96 * 64 - 1))
    assert decode(content, limits=DecodeLimits(n_pixels=96 * 64)).pixels is not None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF"])
def test_file_cut_short_is_refused(decode: Decode, kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    content = encoded(Image.fromarray(noise), kind)
    with pytest.raises(PictureError):
        decode(content[: len(content) * 2 // 3])


def test_what_is_no_picture_says_so(decode: Decode) -> None:
    with pytest.raises(PictureError, match="empty"):
        decode(b"")
    with pytest.raises(PictureError, match="not a picture"):
        decode(b"hello, world" * 100)
    with pytest.raises(PictureError, match="not a picture"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n" + b" " * 100)
