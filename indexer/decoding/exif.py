"""EXIF values made safe: text without rubbish, finite numbers, positions on the globe."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from indexer.decoding.facts import Tags

LONGEST_TEXT = 2_000
_RUBBISH = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_USER_COMMENT_CODES = {
    b"ASCII\x00\x00\x00": "utf-8",
    b"UNICODE\x00": "utf-16",
    b"JIS\x00\x00\x00\x00\x00": "shift_jis",
    b"\x00" * 8: "utf-8",
}


def clean(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text without control characters and surrounding space, cut to `longest` characters."""
    if not text:
        return ""
    head = text[: 4 * longest].partition("\x00")[0]
    return _RUBBISH.sub(" ", head).strip()[:longest].rstrip()


def text_of(value: Any) -> str:
    """A tag's text; empty where it has none."""
    if isinstance(value, tuple) and value:
        value = value[0]
    if isinstance(value, bytes):
        return clean(_decoded(value))
    if isinstance(value, str):
        return clean(_repaired(value))
    if isinstance(value, int):
        return str(value)
    return ""


def wide_text_of(value: Any) -> str:
    """Text of the tags that Windows writes (XPTitle, XPKeywords): UTF-16, little-endian."""
    if isinstance(value, tuple) and all(isinstance(n, int) and 0 <= n < 256 for n in value):
        value = bytes(value)
    if not isinstance(value, bytes):
        return text_of(value)
    return clean(value.decode("utf-16-le", "ignore"))


def comment_of(value: Any) -> str:
    """UserComment: eight bytes name the character code, the text follows."""
    if isinstance(value, str):
        value = value.encode("latin-1", "ignore")
    if not isinstance(value, bytes):
        return ""
    code = _USER_COMMENT_CODES.get(value[:8])
    return clean(value[8:].decode(code, "ignore")) if code else clean(_decoded(value))


def number_of(value: Any) -> float | None:
    """A tag's number; None where it is none, not finite, or a fraction over zero."""
    if value is None:
        return None
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def positive(value: Any, most: float) -> float | None:
    """A number in (0, most], else None."""
    number = number_of(value)
    return number if number is not None and 0 < number <= most else None


def latitude_longitude(gps: Tags) -> tuple[float, float] | None:
    """Degrees north and east; None where either is missing, off the globe, or both are zero."""
    latitude = _degrees(gps.get(2), gps.get(1), "S")
    longitude = _degrees(gps.get(4), gps.get(3), "W")
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return round(latitude, 6), round(longitude, 6)


def altitude_m(gps: Tags) -> float | None:
    """Metres above the sea; negative below it."""
    height = number_of(gps.get(6))
    if height is None or not 0 <= height <= 100_000:
        return None
    below = gps.get(5) in (1, b"\x01", 3, b"\x03")
    return round(-height if below else height, 2)


def satellite_utc(gps: Tags) -> datetime | None:
    """The GPS clock's own date and time in UTC."""
    day = text_of(gps.get(29))
    clock = gps.get(7)
    found = re.fullmatch(r"(\d{4})[:\-](\d{1,2})[:\-](\d{1,2})", day)
    if found is None or not isinstance(clock, tuple) or len(clock) != 3:
        return None
    parts = [number_of(part) for part in clock]
    if any(part is None for part in parts):
        return None
    try:
        year, month, day_of_month = (int(n) for n in found.groups())
        hour, minute, second = (int(p or 0) for p in parts)
        return datetime(year, month, day_of_month, hour, minute, second)
    except (ValueError, OverflowError):
        return None


def _degrees(parts: Any, reference: Any, negative: str) -> float | None:
    if not isinstance(parts, tuple) or not 1 <= len(parts) <= 3:
        return None
    numbers = [number_of(part) for part in parts]
    if any(number is None or number < 0 for number in numbers):
        return None
    degrees = sum((number or 0.0) / 60.0**power for power, number in enumerate(numbers))
    return -degrees if text_of(reference).upper().startswith(negative) else degrees


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _repaired(value: str) -> str:
    """Pillow reads EXIF text as Latin-1; many programs write UTF-8."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value
