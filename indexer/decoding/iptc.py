"""IPTC-IIM records: what news desks and older photo programs write into JPEG and TIFF files."""

from __future__ import annotations

from collections.abc import Mapping

Records = Mapping[int, list[str]]
"""Values by record number, in the order of the file."""

_UTF8 = b"\x1b%G"
_CHARACTER_SET = (1, 90)
_MOST_RECORDS = 5_000

TITLE, KEYWORDS, DATE_CREATED, TIME_CREATED, HEADLINE, CAPTION = 5, 25, 55, 60, 105, 120


def parse_iptc(block: bytes) -> Records:
    """Values of the application record (2:xx) by number; what can be read of a damaged block."""
    found: dict[int, list[bytes]] = {}
    utf8 = False
    at = 0
    for _ in range(_MOST_RECORDS):
        if at + 5 > len(block) or block[at] != 0x1C:
            break
        record, number = block[at + 1], block[at + 2]
        size = int.from_bytes(block[at + 3 : at + 5], "big")
        if size & 0x8000:  # An extended record: longer than anything wanted here.
            break
        value = block[at + 5 : at + 5 + size]
        at += 5 + size
        if (record, number) == _CHARACTER_SET:
            utf8 = value.startswith(_UTF8)
        elif record == 2:
            found.setdefault(number, []).append(value)
    return {number: [_decoded(value, utf8) for value in values] for number, values in found.items()}


def _decoded(value: bytes, utf8: bool) -> str:
    """UTF-8 where declared or where it is valid, else what Western programs wrote."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8" if utf8 else "cp1252", "replace")
