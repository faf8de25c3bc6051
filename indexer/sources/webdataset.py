"""WebDataset tars: `0001.jpg` with `0001.txt`, `0001.json` and `0001.cls` beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from indexer.sources.cells import attribute_key, attribute_of, split_tags
from search.domain.item import Attributes, AttributeValue

LONGEST_SIDECAR = 64 * 2**10
SIDECAR_ENDINGS = (".txt", ".json", ".cls")
_LONGEST_TITLE = 500
_TITLE_KEYS = ("title", "caption", "text", "name")
_TAG_KEYS = ("tags", "keywords")
_MOST_ATTRIBUTES = 100


@dataclass(frozen=True, slots=True)
class Beside:
    """What lies beside a picture: a title, tags, attributes."""

    title: str = ""
    tags: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)


_NOTHING = Beside()


class Sidecars:
    """The small files of an archive by the key they share with their picture."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, bytes]] = {}

    def wants(self, name: str, size_bytes: int) -> bool:
        """Whether a member is such a file, short enough to be read while listing."""
        return name.lower().endswith(SIDECAR_ENDINGS) and size_bytes <= LONGEST_SIDECAR

    def add(self, name: str, content: bytes) -> None:
        ending = name[name.rfind(".") :].lower()
        self._found.setdefault(key_of(name), {})[ending] = content

    def of(self, name: str) -> Beside:
        """What lies beside the picture `name`."""
        files = self._found.get(key_of(name))
        return _NOTHING if files is None else _read(files)


def key_of(name: str) -> str:
    """A member's path up to the first dot of its file name: what the files of a sample share."""
    folder, slash, file = name.rpartition("/")
    return folder + slash + file.partition(".")[0]


def _read(files: dict[str, bytes]) -> Beside:
    title = _text(files.get(".txt", b""))
    tags: tuple[str, ...] = ()
    attributes: dict[str, AttributeValue] = {}
    facts = _json(files.get(".json", b""))
    for key, value in list(facts.items())[:_MOST_ATTRIBUTES]:
        lowered = key.strip().lower()
        if lowered in _TITLE_KEYS and isinstance(value, str):
            title = title or value.strip()
        elif lowered in _TAG_KEYS:
            tags = split_tags(value)
        elif (attribute := attribute_of(value)) is not None:
            attributes[attribute_key(key)] = attribute
    label = attribute_of(_text(files.get(".cls", b"")))
    if label is not None:
        attributes["class"] = label
    return Beside(title[:_LONGEST_TITLE], tags, attributes)


def _text(content: bytes) -> str:
    return " ".join(content.decode("utf-8-sig", "replace").replace("\x00", " ").split())


def _json(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content) if content else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
