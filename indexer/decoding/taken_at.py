"""Which of a file's many dates says when the picture was taken."""

from __future__ import annotations

from indexer.decoding import exif, iptc
from indexer.decoding.dates import Moment, parse_moment, with_satellite_time
from indexer.decoding.facts import FileFacts
from indexer.decoding.iptc import Records
from indexer.decoding.xmp import Properties

_EXIF_DATES = (
    (0x9003, 0x9011, 0x9291),  # DateTimeOriginal, OffsetTimeOriginal, SubSecTimeOriginal
    (0x9004, 0x9012, 0x9292),  # DateTimeDigitized and its own
)
_XMP_DATES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
_FILE_DATE = (0x0132, 0x9010)  # DateTime, OffsetTime: when the file was last written


def taken_at(facts: FileFacts, xmp: Properties, news: Records) -> Moment | None:
    """The shutter's time in EXIF, else in XMP, else in IPTC, else the satellites', else the
    file's; an offset from UTC that one source has serves the same local time in another."""
    moment = _from_exif(facts)
    from_xmp = _from_xmp(xmp)
    satellite = exif.satellite_utc(facts.gps)
    if moment is None:
        moment = from_xmp or _from_iptc(news)
    elif moment.offset is None and from_xmp is not None and from_xmp.offset is not None:
        same = moment.local.replace(microsecond=0) == from_xmp.local.replace(microsecond=0)
        moment = Moment(moment.local, from_xmp.offset) if same else moment
    if moment is None and satellite is not None:
        moment = parse_moment(f"{satellite.isoformat()}Z")
    if moment is None:
        date, offset = _FILE_DATE
        moment = parse_moment(
            exif.text_of(facts.main.get(date)), exif.text_of(facts.photo.get(offset))
        )
    return with_satellite_time(moment, satellite) if moment is not None else None


def _from_exif(facts: FileFacts) -> Moment | None:
    for date, offset, fraction in _EXIF_DATES:
        values = (facts.photo.get(tag) or facts.main.get(tag) for tag in (date, offset, fraction))
        moment = parse_moment(*(exif.text_of(value) for value in values))
        if moment is not None:
            return moment
    return None


def _from_xmp(xmp: Properties) -> Moment | None:
    for name in _XMP_DATES:
        for value in xmp.get(name, ()):
            moment = parse_moment(value)
            if moment is not None:
                return moment
    return None


def _from_iptc(news: Records) -> Moment | None:
    """`20080530` and `155601+0200`."""
    day = "".join(news.get(iptc.DATE_CREATED, [])[:1]).strip()
    clock = "".join(news.get(iptc.TIME_CREATED, [])[:1]).strip()
    if len(day) != 8 or not day.isdigit():
        return None
    text = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if len(clock) >= 6 and clock[:6].isdigit():
        text += f"T{clock[:2]}:{clock[2:4]}:{clock[4:6]}{clock[6:]}"
    return parse_moment(text) or parse_moment(text[:10])
