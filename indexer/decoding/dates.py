"""When a picture was taken, from whatever the file says; nonsense is no date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from search.domain.item import AttributeValue

_MOMENT = re.compile(
    r"\s*(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?\s*\Z"
)
_OFFSET = re.compile(r"\s*(?:Z|([+-])(\d{1,2}):?(\d{2}))\s*\Z")
_FIRST_YEAR = 1826
"""The year of the oldest photograph that survives."""
_LAST_YEAR = 2100
_WIDEST_OFFSET = timedelta(hours=14)
_OFFSET_STEP_S = 900
_CLOCK_ERROR_S = 300


@dataclass(frozen=True, slots=True)
class Moment:
    """A local time; `offset` from UTC where known, `has_time` False for a bare date."""

    local: datetime
    offset: timedelta | None = None
    has_time: bool = True

    def as_attribute(self) -> AttributeValue:
        """ISO 8601, and seconds since 1970-01-01 UTC; without an offset taken as UTC."""
        if not self.has_time:
            number = self.local.replace(tzinfo=UTC).timestamp()
            return AttributeValue(self.local.date().isoformat(), number)
        zone = timezone(self.offset) if self.offset is not None else UTC
        moment = self.local.replace(tzinfo=zone)
        text = (moment if self.offset is not None else self.local).isoformat()
        return AttributeValue(text, moment.timestamp())


def parse_moment(text: str, offset: str = "", fraction: str = "") -> Moment | None:
    """A date as EXIF (`2008:05:30 15:56:01`) or ISO 8601 writes it, None where it is neither."""
    found = _MOMENT.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, part, zone = found.groups()
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        return None
    digits = (part or fraction.strip() or "0")[:3]
    micro = int(digits.ljust(6, "0")) if digits.isdigit() else 0
    clock = (int(hour or 0), int(minute or 0), min(59, int(second or 0)))
    try:
        local = datetime(int(year), int(month), int(day), *clock, micro)
    except ValueError:
        return None
    return Moment(local, parse_offset(zone or offset), hour is not None)


def parse_offset(text: str) -> timedelta | None:
    """`+02:00` or `Z` as a time difference, None where it is neither or too wide."""
    found = _OFFSET.match(text)
    if found is None:
        return None
    sign, hours, minutes = found.groups()
    if sign is None:
        return timedelta(0)
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset > _WIDEST_OFFSET:
        return None
    return -offset if sign == "-" else offset


def with_satellite_time(moment: Moment, satellite_utc: datetime | None) -> Moment:
    """The offset that the difference to the GPS clock shows, where the file names none.

    Offsets are multiples of 15 minutes; a difference that is not, but for a camera's clock being
    some minutes wrong, shows a stale GPS time and tells nothing.
    """
    if moment.offset is not None or satellite_utc is None or not moment.has_time:
        return moment
    difference_s = (moment.local - satellite_utc).total_seconds()
    steps = round(difference_s / _OFFSET_STEP_S)
    offset = timedelta(seconds=steps * _OFFSET_STEP_S)
    error_s = abs(difference_s - steps * _OFFSET_STEP_S)
    if abs(offset) > _WIDEST_OFFSET or error_s > _CLOCK_ERROR_S:
        return moment
    return Moment(moment.local, offset)
