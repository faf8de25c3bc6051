"""Camera RAW files by the largest JPEG preview that the camera put into them.

The sensor's own data is not developed: the preview is what the photographer saw on the camera,
and all that a model's input of a few hundred pixels needs. Previews are found by their own
headers, wherever the container hides them; so DNG, NEF, CR2, CR3, ARW, RAF, ORF, RW2 and their
kin are read alike.
"""

from __future__ import annotations

import heapq
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from indexer.decoding.facts import FileFacts

_START = b"\xff\xd8\xff"
_SIZED = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive JPEG; lossless ones (0xC3) are sensor data."""
_OTHER_FRAMES = frozenset({0xC3, *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)})
_MOST_CANDIDATES = 500
_MOST_SEGMENTS = 200
_MOST_PREVIEWS = 3

_TIFF_MARKS = (b"II*\x00", b"MM\x00*", b"IIRO", b"IIRS", b"MMOR", b"IIU\x00")
"""TIFF, and the marks that Olympus and Panasonic put in its place."""


@dataclass(frozen=True, slots=True)
class RawPreview:
    """The file from the preview's start on, and what the RAW file around it says."""

    content: bytes
    container: FileFacts | None


def raw_previews(content: bytes) -> Iterator[RawPreview]:
    """The JPEGs inside a RAW file, largest first: the next one serves where one is damaged."""
    found = heapq.nlargest(_MOST_PREVIEWS, _jpegs(content))
    container = container_facts(content) if found else None
    for _, start in found:
        yield RawPreview(content[start:], container)


def container_facts(content: bytes) -> FileFacts | None:
    """EXIF of the RAW file itself, where its container is known."""
    if content[:4] in _TIFF_MARKS:
        mark = b"MM\x00*" if content[:2] == b"MM" else b"II*\x00"
        return FileFacts.from_tiff(mark + content[4:])
    if content[4:12] == b"ftypcrx ":
        return _canon_facts(content)
    return None


def _canon_facts(content: bytes) -> FileFacts | None:
    """CR3 keeps IFD0, EXIF and GPS as TIFF blocks of their own in boxes CMT1, CMT2 and CMT4."""
    blocks = {name: _box(content, name) for name in (b"CMT1", b"CMT2", b"CMT4")}
    if blocks[b"CMT1"] is None:
        return None
    return FileFacts.from_blocks(blocks[b"CMT1"], blocks[b"CMT2"], blocks[b"CMT4"])


def _box(content: bytes, name: bytes) -> bytes | None:
    at = content.find(name, 0, 2**20)
    if at < 4:
        return None
    size = int.from_bytes(content[at - 4 : at], "big")
    return content[at + 4 : at - 4 + size]


def _jpegs(content: bytes) -> Iterator[tuple[int, int]]:
    """(pixels, start) of every JPEG with a readable header."""
    at = content.find(_START)
    for _ in range(_MOST_CANDIDATES):
        if at < 0:
            return
        n_pixels = _jpeg_pixels(content, at)
        if n_pixels:
            yield n_pixels, at
        at = content.find(_START, at + 3)


def _jpeg_pixels(content: bytes, start: int) -> int:
    """Width times height by the JPEG's header at `start`; 0 where it is none that decodes."""
    at = start + 2
    for _ in range(_MOST_SEGMENTS):
        if at + 9 > len(content) or content[at] != 0xFF:
            return 0
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _OTHER_FRAMES or marker == 0xDA or marker < 0xC0:
            return 0
        if marker in _SIZED:
            precision, height, width, n_parts = struct.unpack_from(">BHHB", content, at + 4)
            return width * height if precision == 8 and n_parts in (1, 3) else 0
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return 0
