"""A file's own facts to attributes, keywords and a title; nothing in them is trusted.

Keys: taken_at, make, camera, lens, exposure (seconds), aperture (f-number), iso, focal_length (mm),
latitude, longitude (degrees), altitude (m), rating (0 to 5, -1 rejected), description, author,
filename, ext. EXIF wins over XMP, XMP over IPTC, but for words, where what people typed with a
program (XMP, IPTC) wins over what a camera wrote, and keywords, which are gathered from all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from indexer.decoding import exif, iptc
from indexer.decoding.facts import FileFacts
from indexer.decoding.iptc import Records, parse_iptc
from indexer.decoding.taken_at import taken_at
from indexer.decoding.xmp import Properties, parse_xmp
from indexer.formats import ending_of
from search.domain.item import AttributeValue

_LONGEST_NAME = 200
_LONGEST_TITLE = 300
_MOST_KEYWORDS = 200
_BY_CAMERAS = re.compile(
    r".*DIGITAL CAMERA|SONY DSC|DCIM|SAMSUNG|EXIF_JPEG_\w+|EXIF IMAGE|JPEG IMAGE|DEFAULT|UNTITLED|"
    r"CREATED WITH (THE )?GIMP|<.*>",
    re.IGNORECASE,
)
"""What cameras and programs write into a description by themselves."""
_COMPANY_WORDS = frozenset(
    {"company", "corporation", "corp", "co", "ltd", "inc", "ag", "gmbh", "optical", "electric"}
    | {"imaging", "camera", "eastman", "techwin", "computer", "communications", "mobile"}
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself, ready to be stored."""

    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    title: str = ""


def read_metadata(facts: FileFacts, name: str) -> Metadata:
    """Facts as attributes. `name` is the file's path."""
    if facts.are_none:  # As of most pictures from the web.
        return Metadata(dict(_file_name(name)))
    xmp: Properties = parse_xmp(facts.xmp) if facts.xmp else {}
    news: Records = parse_iptc(facts.iptc) if facts.iptc else {}
    attributes: dict[str, AttributeValue] = {}
    moment = taken_at(facts, xmp, news)
    if moment is not None:
        attributes["taken_at"] = moment.as_attribute()
    attributes.update(_camera(facts, xmp))
    attributes.update(_shot(facts, xmp))
    attributes.update(_place(facts, xmp))
    attributes.update(_rating(facts, xmp))
    attributes.update(_words(facts, xmp, news))
    attributes.update(_file_name(name))
    return Metadata(attributes, _keywords(facts, xmp, news), _title(facts, xmp, news))


def _camera(facts: FileFacts, xmp: Properties) -> Iterator[tuple[str, AttributeValue]]:
    make = _first([exif.text_of(facts.main.get(0x010F)), *xmp.get("tiff:Make", ())])
    model = _first([exif.text_of(facts.main.get(0x0110)), *xmp.get("tiff:Model", ())])
    maker = exif.clean(maker_name(make), _LONGEST_NAME)
    if maker:
        yield "make", AttributeValue(maker)
    camera = exif.clean(" ".join(model.split()), _LONGEST_NAME) or maker
    if camera:
        yield "camera", AttributeValue(camera)
    lens = _first(
        [
            exif.text_of(facts.photo.get(0xA434)),
            *xmp.get("exifEX:LensModel", ()),
            *xmp.get("aux:Lens", ()),
        ]
    )
    if lens.strip(" -0."):
        yield "lens", AttributeValue(exif.clean(lens, _LONGEST_NAME))


def maker_name(make: str) -> str:
    """The maker as people say it: `NIKON CORPORATION` is `NIKON`."""
    words = [word for word in re.split(r"[\s,]+", make) if word]
    return " ".join(w for w in words if w.rstrip(".").casefold() not in _COMPANY_WORDS)


def _shot(facts: FileFacts, xmp: Properties) -> Iterator[tuple[str, AttributeValue]]:
    photo = facts.photo
    seconds = exif.positive(photo.get(0x829A), 86_400) or _fraction(xmp, "exif:ExposureTime")
    if seconds:
        yield "exposure", AttributeValue(exposure_text(seconds), seconds)
    aperture = exif.positive(photo.get(0x829D), 1_000) or _fraction(xmp, "exif:FNumber")
    if aperture:
        yield "aperture", AttributeValue(f"f/{aperture:.3g}", round(aperture, 2))
    iso = exif.positive(photo.get(0x8827), 10_000_000) or exif.positive(
        photo.get(0x8833), 10_000_000
    )
    iso = iso or _fraction(xmp, "exif:ISOSpeedRatings")
    if iso:
        yield "iso", AttributeValue(f"{iso:.0f}", iso)
    focal = exif.positive(photo.get(0x920A), 10_000) or _fraction(xmp, "exif:FocalLength")
    if focal:
        yield "focal_length", AttributeValue(f"{round(focal, 1):g} mm", round(focal, 2))


def exposure_text(seconds: float) -> str:
    """`1/250 s`, `0.6 s`, `30 s`."""
    if seconds >= 0.3:
        return f"{round(seconds, 1):g} s"
    return f"1/{round(1 / seconds)} s"


def _place(facts: FileFacts, xmp: Properties) -> Iterator[tuple[str, AttributeValue]]:
    place = exif.latitude_longitude(facts.gps) or _xmp_place(xmp)
    if place is None:
        return
    yield "latitude", AttributeValue(f"{place[0]:.6f}", place[0])
    yield "longitude", AttributeValue(f"{place[1]:.6f}", place[1])
    altitude = exif.altitude_m(facts.gps)
    if altitude is not None:
        yield "altitude", AttributeValue(f"{altitude:g} m", altitude)


def _xmp_place(xmp: Properties) -> tuple[float, float] | None:
    """`51,30.3456N` or `51,30,20N`: degrees, minutes, seconds, hemisphere."""
    degrees: list[float] = []
    for name, limit in (("exif:GPSLatitude", 90.0), ("exif:GPSLongitude", 180.0)):
        text = _first(xmp.get(name, ())).strip().upper()
        if text[-1:] not in ("N", "S", "E", "W"):
            return None
        numbers = [exif.number_of(part) for part in text[:-1].split(",")]
        if not 1 <= len(numbers) <= 3 or any(n is None or n < 0 for n in numbers):
            return None
        value = sum((number or 0.0) / 60**power for power, number in enumerate(numbers))
        if value > limit:
            return None
        degrees.append(round(-value if text[-1] in "SW" else value, 6))
    return (degrees[0], degrees[1]) if any(degrees) else None


def _rating(facts: FileFacts, xmp: Properties) -> Iterator[tuple[str, AttributeValue]]:
    for value in (*xmp.get("xmp:Rating", ()), facts.main.get(0x4746)):
        stars = exif.number_of(value)
        if stars is not None and -1 <= stars <= 5:
            yield "rating", AttributeValue(f"{stars:g}", stars)
            return


def _words(
    facts: FileFacts, xmp: Properties, news: Records
) -> Iterator[tuple[str, AttributeValue]]:
    description = _first(
        text
        for text in (
            *xmp.get("dc:description", ()),
            *news.get(iptc.CAPTION, ()),
            exif.text_of(facts.main.get(0x010E)),
            exif.comment_of(facts.photo.get(0x9286)),
            exif.wide_text_of(facts.main.get(0x9C9C)),
        )
        if not _BY_CAMERAS.fullmatch(exif.clean(text))
    )
    author = _first([exif.text_of(facts.main.get(0x013B)), *xmp.get("dc:creator", ())])
    for key, text in (("description", description), ("author", author[:_LONGEST_NAME])):
        if cleaned := exif.clean(text):
            yield key, AttributeValue(cleaned)


def _file_name(name: str) -> Iterator[tuple[str, AttributeValue]]:
    for key, text in (
        ("filename", name.rpartition("/")[2]),
        ("ext", ending_of(name).removeprefix(".")),
    ):
        if cleaned := exif.clean(text):
            yield key, AttributeValue(cleaned)


def _title(facts: FileFacts, xmp: Properties, news: Records) -> str:
    texts = (
        *xmp.get("dc:title", ()),
        *news.get(iptc.TITLE, ()),
        *xmp.get("photoshop:Headline", ()),
        *news.get(iptc.HEADLINE, ()),
        exif.wide_text_of(facts.main.get(0x9C9B)),
    )
    kept = (text for text in texts if not _BY_CAMERAS.fullmatch(exif.clean(text)))
    return exif.clean(_first(kept), _LONGEST_TITLE)


def _keywords(facts: FileFacts, xmp: Properties, news: Records) -> tuple[str, ...]:
    """All keywords once, in the order of the file, however they are written in capitals."""
    typed_in_windows = exif.wide_text_of(facts.main.get(0x9C9E)).split(";")
    found: dict[str, str] = {}
    for word in (
        *xmp.get("dc:subject", ()),
        *news.get(iptc.KEYWORDS, ()),
        *xmp.get("microsoft:LastKeywordXMP", ()),
        *typed_in_windows,
    ):
        keyword = " ".join(unicodedata.normalize("NFC", exif.clean(word, _LONGEST_NAME)).split())
        if keyword:
            found.setdefault(keyword.casefold(), keyword)
    return tuple(found.values())[:_MOST_KEYWORDS]


def _fraction(xmp: Properties, name: str) -> float | None:
    """An XMP number, `1/250` or `4`, above zero."""
    above, _, below = _first(xmp.get(name, ())).partition("/")
    numerator, denominator = exif.number_of(above), exif.number_of(below or 1)
    if not numerator or not denominator:
        return None
    return exif.positive(numerator / denominator, 10_000_000)


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text.strip()), "")
