"""RAW files by their preview. The containers are made here as cameras lay them out."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from indexer.decoding.raw import raw_previews
from search.errors import PictureError
from tests.decoding.conftest import Decode, difference, encoded, gradient

SMALL = encoded(gradient(48, 32), "JPEG", quality=95)
LARGE = encoded(gradient(480, 320), "JPEG", quality=95)
SENSOR = bytes(np.random.default_rng(1).integers(0, 255, 5_000, np.uint8))
LOSSLESS = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 14, 4000, 6000, 2) + bytes(200)
"""A lossless JPEG header: how CR2 and DNG store the sensor's own data."""


def tiff_raw(orientation: int = 1, mark: bytes = b"II*\x00", *, date: bool = True) -> bytes:
    """IFD0 with make, model, orientation and an EXIF directory; previews and data behind it."""
    entries = [
        (0x010F, 2, b"NIKON\x00"),
        (0x0110, 2, b"NIKON D850\x00"),
        (0x0112, 3, struct.pack("<H", orientation)),
    ]
    ifd_size = 2 + 12 * (len(entries) + 1) + 4
    data_at = 8 + ifd_size
    body, data = b"", b""
    for tag, kind, value in entries:
        count = len(value) if kind == 2 else 1
        if len(value) <= 4:
            field = value.ljust(4, b"\x00")
        else:
            field = struct.pack("<I", data_at + len(data))
            data += value + b"\x00" * (len(value) % 2)
        body += struct.pack("<HHI", tag, kind, count) + field
    exif_at = data_at + len(data)
    body += struct.pack("<HHII", 0x8769, 4, 1, exif_at)
    taken = b"2021:05:06 07:08:09\x00" if date else b"\x00" * 20
    exif = struct.pack("<HHHII", 1, 0x9003, 2, 20, exif_at + 18) + struct.pack("<I", 0) + taken
    head = mark + struct.pack("<I", 8) + struct.pack("<H", len(entries) + 1) + body
    return head + struct.pack("<I", 0) + data + exif + SMALL + SENSOR + LOSSLESS + LARGE + SENSOR


@pytest.mark.parametrize("ending", ["nef", "dng", "cr2", "arw", "PEF", "srw"])
def test_largest_preview_is_taken_with_the_containers_facts(decode: Decode, ending: str) -> None:
    found = decode(tiff_raw(), name=f"a/DSC_0001.{ending}")
    assert (found.picture.width, found.picture.height) == (480, 320)
    assert difference(decode(LARGE), found) == 0
    assert found.picture.attributes["camera"].text == "NIKON D850"
    assert found.picture.attributes["taken_at"].text == "2021-05-06T07:08:09"


@pytest.mark.parametrize("mark", [b"IIRO", b"IIRS", b"IIU\x00"])
def test_olympus_and_panasonic_marks_are_known(decode: Decode, mark: bytes) -> None:
    found = decode(tiff_raw(mark=mark), name="P1.orf")
    assert found.picture.attributes["camera"].text == "NIKON D850"


def test_preview_is_turned_as_the_container_says(decode: Decode) -> None:
    found = decode(tiff_raw(orientation=6), name="a.nef")
    assert (found.picture.width, found.picture.height) == (320, 480)
    turned = encoded(gradient(480, 320).transpose(Image.Transpose.ROTATE_270), "PNG")
    assert difference(decode(turned), found) < 3


def test_previews_own_orientation_wins(decode: Decode) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    preview = encoded(gradient(640, 320), "JPEG", exif=exif)
    found = decode(tiff_raw(orientation=6) + preview, name="a.nef")
    assert (found.picture.width, found.picture.height) == (640, 320)


def test_canon_cr3_keeps_its_facts_in_boxes(decode: Decode) -> None:
    def box(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + name + content

    ifd0 = tiff_raw()[:200]
    taken = b"II*\x00" + struct.pack("<IHHHII", 8, 1, 0x9003, 2, 20, 26) + struct.pack("<I", 0)
    exif = taken + b"2022:01:02 03:04:05\x00"
    content = (
        box(b"ftyp", b"crx " + bytes(8))
        + box(b"moov", box(b"uuid", bytes(16) + box(b"CMT1", ifd0) + box(b"CMT2", exif)))
        + box(b"uuid", bytes(16) + box(b"PRVW", bytes(16) + LARGE))
        + box(b"mdat", SENSOR)
    )
    found = decode(content, name="IMG_0001.CR3")
    assert (found.picture.width, found.picture.height) == (480, 320)
    assert found.picture.attributes["camera"].text == "NIKON D850"
    assert found.picture.attributes["taken_at"].text == "2022-01-02T03:04:05"


def test_fuji_raf_carries_its_facts_in_the_preview(decode: Decode) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "FUJIFILM", "X-T5", 3
    preview = encoded(gradient(480, 320), "JPEG", exif=exif)
    content = b"FUJIFILMCCD-RAW 0201" + bytes(100) + preview + SENSOR
    found = decode(content, name="DSCF1.RAF")
    assert found.picture.attributes["camera"].text == "X-T5"
    assert difference(decode(preview), found) == 0


def test_next_preview_is_taken_where_the_largest_is_damaged(decode: Decode) -> None:
    huge = encoded(gradient(960, 640), "JPEG", quality=95)
    found = decode(tiff_raw() + huge[: len(huge) // 2], name="a.nef")
    assert (found.picture.width, found.picture.height) == (480, 320)


def test_raw_without_preview_says_so(decode: Decode) -> None:
    assert list(raw_previews(SENSOR)) == []
    with pytest.raises(PictureError):
        decode(SENSOR, name="a.nef")


def test_ordinary_picture_with_a_raw_ending_is_read_as_what_it_is(decode: Decode) -> None:
    plain = encoded(gradient(), "PNG")
    assert difference(decode(plain), decode(plain, name="a.raw")) == 0
