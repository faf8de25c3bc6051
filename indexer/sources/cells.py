"""Cells of a catalogue row to tags, attributes, prices and lists of pictures."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from search.domain.item import AttributeValue

_LONGEST_TEXT = 5_000
_LONGEST_TAG = 200
_MOST_TAGS = 200
_NOT_A_WORD = re.compile(r"[^\w]+")
_RUBBISH = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")
_AMOUNT = re.compile(r"[-+]?\d[\d.,'\u2019 \u00a0\u202f]*")


def clean(text: str, longest: int = _LONGEST_TEXT) -> str:
    """Text without control characters and surrounding space, cut to `longest` characters."""
    return _RUBBISH.sub(" ", text).strip()[:longest]


def attribute_key(column: str) -> str:
    """A column's name as an attribute: lower case, anything but letters and digits as `_`."""
    return _NOT_A_WORD.sub("_", column.strip().lower()).strip("_")[:100] or "column"


def attribute_of(value: Any) -> AttributeValue | None:
    """A cell or JSON value as an attribute; None where it is empty."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, bool):
        return AttributeValue("true" if value else "false")
    if isinstance(value, int | float):
        number = _finite(value)
        return AttributeValue(f"{value}", number)
    if isinstance(value, list):
        text = clean("; ".join(_plain(part) for part in value))
        return AttributeValue(text) if text else None
    text = clean(_plain(value))
    return AttributeValue(text, _number(text)) if text else None


def price_of(value: Any) -> AttributeValue | None:
    """A price as written, and its number: `EUR 1.299,00`, `$1,299`, `49.90`; None where empty.

    Raises:
        ValueError: there is no number in it.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return AttributeValue(f"{value}", _finite(value))
    text = clean(_plain(value)) if value is not None else ""
    if not text:
        return None
    found = _AMOUNT.search(text)
    if found is None:
        raise ValueError(f"its price {text[:40]!r} is not a number")
    number = _finite(float(_with_point(found.group())))
    return AttributeValue(text, number)


def split_tags(value: Any) -> tuple[str, ...]:
    """Tags of a list, or of a text with `,`, `;` or `|` between them; each once."""
    parts = value if isinstance(value, list) else re.split(r"[,;|]", _plain(value or ""))
    tags = {clean(_plain(part), _LONGEST_TAG): None for part in parts[: 2 * _MOST_TAGS]}
    tags.pop("", None)
    return tuple(tags)[:_MOST_TAGS]


def split_pictures(value: Any) -> tuple[str, ...]:
    """Paths of a list, a JSON list, or a text with `;` or `|` between them; each once."""
    parts = value
    if isinstance(value, str):
        parts = _json_list(value) or re.split(r"[;|]", value)
    if not isinstance(parts, list):
        return ()
    paths = {part.strip(): None for part in parts if isinstance(part, str)}
    paths.pop("", None)
    return tuple(paths)


def _json_list(text: str) -> list[Any] | None:
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def _with_point(amount: str) -> str:
    """An amount with `.` before its decimals and nothing between thousands."""
    amount = re.sub(r"['\u2019 \u00a0\u202f]", "", amount).rstrip(".,")
    comma, point = amount.rfind(","), amount.rfind(".")
    if comma >= 0 and point >= 0:
        thousands = "," if point > comma else "."
        return amount.replace(thousands, "").replace(",", ".")
    mark = "," if comma >= 0 else "."
    decimals = amount.rpartition(mark)[2]
    if amount.count(mark) > 1 or (amount.count(mark) == 1 and len(decimals) == 3):
        return amount.replace(mark, "")
    return amount.replace(",", ".")


def _number(text: str) -> float | None:
    if len(text) > 40 or "_" in text:
        return None
    try:
        return _finite(float(text))
    except ValueError:
        return None


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
