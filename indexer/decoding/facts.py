"""What a picture file says of itself, as found: EXIF tags, XMP and IPTC blocks, not yet trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, TiffImagePlugin

_EXIF_IFD = 0x8769
_GPS_IFD = 0x8825
_ORIENTATION = 0x0112
_TIFF_XMP = 700
_TIFF_IPTC = 33723
_PHOTOSHOP_IPTC = 0x0404
_LONGEST_BLOCK = 4 * 2**20

Tags = Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Tags by number, values as Pillow reads them; `xmp` and `iptc` as raw bytes."""

    main: Tags = field(default_factory=dict)
    photo: Tags = field(default_factory=dict)
    gps: Tags = field(default_factory=dict)
    xmp: bytes = b""
    iptc: bytes = b""

    @property
    def orientation(self) -> int:
        """EXIF orientation, 1 to 8; 1 where none or nonsense is given."""
        value = self.main.get(_ORIENTATION, 1)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    @property
    def are_none(self) -> bool:
        """Whether the file says nothing of itself."""
        return self == FileFacts()

    def completed_by(self, other: FileFacts) -> FileFacts:
        """These facts, and the other's where these say nothing."""
        return FileFacts(
            {**other.main, **self.main},
            {**other.photo, **self.photo},
            {**other.gps, **self.gps},
            self.xmp or other.xmp,
            self.iptc or other.iptc,
        )

    @classmethod
    def from_tiff(cls, content: bytes) -> FileFacts:
        """From the bytes of a TIFF container."""
        exif = Image.Exif()
        try:
            exif.load(b"Exif\x00\x00" + content)
        except Exception:  # Damaged tags raise anything; the picture itself may be fine.
            return cls()
        return _from_exif(exif)

    @classmethod
    def from_blocks(cls, main: bytes | None, photo: bytes | None, gps: bytes | None) -> FileFacts:
        """From separate TIFF blocks for IFD0, EXIF and GPS."""
        parts = [cls.from_tiff(block).main if block else {} for block in (main, photo, gps)]
        return cls(parts[0], parts[1], parts[2])


def facts_of(image: Image.Image) -> FileFacts:
    """Facts of an opened picture; a damaged part counts as not there."""
    try:
        facts = _from_exif(image.getexif())
    except Exception:  # Damaged tags raise anything; the picture itself may be fine.
        facts = FileFacts()
    return FileFacts(facts.main, facts.photo, facts.gps, _xmp(image), _iptc(image))


def _from_exif(exif: Image.Exif) -> FileFacts:
    return FileFacts(_tags(exif), _sub_tags(exif, _EXIF_IFD), _sub_tags(exif, _GPS_IFD))


def _sub_tags(exif: Image.Exif, ifd: int) -> Tags:
    try:
        return _tags(exif.get_ifd(ifd))
    except Exception:  # As above.
        return {}


def _tags(tags: Any) -> Tags:
    """A plain dictionary; one damaged value does not take the others along."""
    plain: dict[int, Any] = {}
    for key in list(tags):
        try:
            plain[key] = tags[key]
        except Exception:  # As above.
            continue
    return plain


def _xmp(image: Image.Image) -> bytes:
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    if not found and isinstance(image, TiffImagePlugin.TiffImageFile):
        found = image.tag_v2.get(_TIFF_XMP)
    if isinstance(found, str):
        found = found.encode("utf-8", "replace")
    return found if isinstance(found, bytes) and len(found) <= _LONGEST_BLOCK else b""


def _iptc(image: Image.Image) -> bytes:
    found: Any = None
    photoshop = image.info.get("photoshop")
    if isinstance(photoshop, dict):
        found = photoshop.get(_PHOTOSHOP_IPTC)
    elif isinstance(image, TiffImagePlugin.TiffImageFile):
        try:
            found = image.tag_v2.get(_TIFF_IPTC)
        except Exception:  # As above.
            return b""
    if isinstance(found, tuple):
        return b""
    return found if isinstance(found, bytes) and len(found) <= _LONGEST_BLOCK else b""
