"""XMP packets to plain properties; entities and document types are refused, never expanded."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from xml.parsers import expat

_PREFIXES = {
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://ns.microsoft.com/photo/1.0/": "microsoft",
    "http://www.digikam.org/ns/1.0/": "digikam",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
}
_CONTAINERS = frozenset({"rdf:Seq", "rdf:Bag", "rdf:Alt", "rdf:li", "rdf:Description"})
_MOST_VALUES = 5_000
_LONGEST_VALUE = 10_000

Properties = Mapping[str, list[str]]
"""`prefix:Name` of a top-level property to its values, in the order of the packet."""


class _RefusedError(Exception):
    pass


def parse_xmp(packet: bytes) -> Properties:
    """Top-level properties of a packet; what can be read of a damaged one."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    # What came before a damaged place is kept.
    with contextlib.suppress(expat.ExpatError, _RefusedError, ValueError, LookupError):
        parser.Parse(_cut_to_packet(packet), True)
    return reader.properties


def _refuse(*_: object) -> None:
    raise _RefusedError


def _cut_to_packet(packet: bytes) -> bytes:
    """Without the padding and rubbish that files carry around the packet."""
    found = re.search(rb"<(x:xmpmeta|rdf:RDF)\b", packet)
    if found is None:
        return packet.strip(b"\x00 \r\n\t")
    closing = b"</" + found.group(1) + b">"
    end = packet.rfind(closing)
    return packet[found.start() : end + len(closing) if end >= 0 else len(packet)]


class _Reader:
    """Gathers each property's text from wherever the packet puts it: attribute, element, list."""

    def __init__(self) -> None:
        self.properties: dict[str, list[str]] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._n_values = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(_short(name))
        self._text = []
        if self._path[-1] == "rdf:Description" and self._property() is None:
            for key, value in attributes.items():
                self._add(_short(key), value)

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        name = self._property() or ""
        if name and self._path[-1] in (name, "rdf:li"):
            self._add(name, "".join(self._text))
        self._text = []
        self._path.pop()

    def _property(self) -> str | None:
        """The one property that the present element belongs to; None outside or in a structure."""
        if "rdf:Description" not in self._path:
            return None
        first = self._path.index("rdf:Description")
        own = [name for name in self._path[first:] if name not in _CONTAINERS]
        return own[0] if len(own) == 1 else (None if not own else "")

    def _add(self, name: str, value: str) -> None:
        value = value.strip()
        if value and self._n_values < _MOST_VALUES:
            self._n_values += 1
            self.properties.setdefault(name, []).append(value[:_LONGEST_VALUE])


def _short(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{_PREFIXES.get(namespace, namespace)}:{local}"
