"""Reads a filter's values: numbers, dates, comparisons and ranges.

Dates are half-open stretches of time in UTC: `2024` is the whole year, `2024-03` the month,
`2024-03-05` the day, `2024-03-05T10:30` the minute. For an attribute a bare `2024` is a number.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from search.errors import FilterSyntaxError
from search.filters.ast import NumberWithin
from search.filters.lexer import Value

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2}):(\d{2})(?::(\d{2}))?Z?)?)?)?", re.ASCII
)
_COMPARISON = re.compile(r"(<=|>=|<|>)(.*)", re.DOTALL)
_RANGE = re.compile(r"(?:(>=?)?(.+?))?\.\.(?:(<=?)?(.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What an operand covers: one number, or the seconds from `low` up to, not with, `high`."""

    low: float
    high: float
    is_date: bool


def operand(text: str, *, years: bool = False) -> Stretch | None:
    """The number or date written in `text`, None where it is neither.

    Args:
        years: read four digits as a year instead of a number.
    """
    if not (years and _DATE.fullmatch(text)) and _NUMBER.fullmatch(text):
        number = float(text)
        return Stretch(number, number, False) if math.isfinite(number) and not years else None
    date = _DATE.fullmatch(text)
    return _stretch_of(date) if date else None


def _stretch_of(date: re.Match[str]) -> Stretch | None:
    year, month, day, hour, minute, second = (int(part) if part else None for part in date.groups())
    try:
        start = datetime(
            year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=UTC
        )
        if month is None:
            end = start.replace(year=start.year + 1)
        elif day is None:
            end = (start + timedelta(days=31)).replace(day=1)
        elif hour is None:
            end = start + timedelta(days=1)
        else:
            end = start + (timedelta(minutes=1) if second is None else timedelta(seconds=1))
        return Stretch(start.timestamp(), end.timestamp(), True)
    except (ValueError, OverflowError):
        return None


def within(key: str, value: Value, *, years: bool = False) -> NumberWithin | None:
    """The numbers that a comparison or a range such as `<5`, `5..10` or `>5..` allows.

    None where the value is neither.

    Raises:
        FilterSyntaxError: a comparison with something that is neither a number nor a date.
    """
    comparison = _COMPARISON.fullmatch(value.text)
    if ".." in value.text:
        bounds = _range(key, value.text, years)
        if bounds is not None or not comparison:
            return bounds
    if not comparison:
        return None
    sign, operand_text = comparison[1], comparison[2]
    limit = operand(operand_text, years=years)
    if limit is None:
        raise not_a_number(operand_text, value.position + len(sign), years=years)
    if sign[0] == ">":
        return _bounded(key, low=(sign, limit))
    return _bounded(key, high=(sign, limit))


def not_a_number(text: str, position: int, *, years: bool) -> FilterSyntaxError:
    if years:
        return FilterSyntaxError(
            f"“{text}” is not a date.",
            position=position,
            hint="Write a date as 2024, 2024-03 or 2024-03-05.",
        )
    return FilterSyntaxError(
        f"“{text}” is neither a number nor a date.",
        position=position,
        hint="Compare with a number such as <50, or a date such as >=2024-03-05.",
    )


def stretch(key: str, covered: Stretch) -> NumberWithin:
    """The numbers inside one operand."""
    return NumberWithin(key, covered.low, covered.high, True, not covered.is_date)


def _range(key: str, text: str, years: bool) -> NumberWithin | None:
    parts = _RANGE.fullmatch(text)
    if parts is None:
        return None
    low_sign, low_text, high_sign, high_text = parts.groups()
    low = operand(low_text, years=years) if low_text else None
    high = operand(high_text, years=years) if high_text else None
    if (low_text and low is None) or (high_text and high is None):
        return None
    return _bounded(
        key,
        low=(low_sign or ">=", low) if low else None,
        high=(high_sign or "<=", high) if high else None,
    )


def _bounded(
    key: str, low: tuple[str, Stretch] | None = None, high: tuple[str, Stretch] | None = None
) -> NumberWithin:
    """Bounds as numbers: after a date is from its end on, up to a date is up to its end."""
    lowest = highest = None
    include_low = include_high = True
    if low:
        sign, at = low
        after_date = sign == ">" and at.is_date
        lowest = at.high if after_date else at.low
        include_low = sign == ">=" or after_date
    if high:
        sign, at = high
        highest = at.high if sign == "<=" else at.low
        include_high = sign == "<=" and not at.is_date
    return NumberWithin(key, lowest, highest, include_low, include_high)
