"""How a decoding process answers: a line of JSON, then the pixels.

A decoder that a picture has taken over could send anything, so answers are read as data and
checked; nothing in them is ever run, as unpickling would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from search.domain.indexing import DecodedPicture
from search.domain.item import AttributeValue

_MOST_ATTRIBUTES = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: `reason` set, or `picture` set, or only the hash (known content).

    Attributes:
        pixels, shape: uint8 bytes, row by row, and (height, width, 3).
        last: the process ends after this outcome and wants to be replaced.
    """

    content_hash: str | None = None
    reason: str | None = None
    picture: DecodedPicture | None = None
    pixels: bytes | memoryview = b""
    shape: tuple[int, int, int] = (0, 0, 3)
    last: bool = False


def pack(outcome: Outcome, *, last: bool = False) -> bytes:
    """An outcome as bytes."""
    picture = outcome.picture
    head: dict[str, Any] = {
        "hash": outcome.content_hash,
        "reason": outcome.reason,
        "shape": outcome.shape,
        "last": last or outcome.last,
    }
    if picture is not None:
        head["picture"] = {
            "size": (picture.width, picture.height),
            "title": picture.title,
            "keywords": picture.keywords,
            "attributes": {k: (v.text, v.number) for k, v in picture.attributes.items()},
        }
    return b"\n".join((json.dumps(head, allow_nan=False).encode("ascii"), outcome.pixels))


def unpack(message: bytes | bytearray) -> Outcome:
    """The outcome again; its pixels are a view of the message.

    Raises:
        ValueError: not what `pack` makes.
    """
    end = message.index(b"\n")
    try:
        head = json.loads(message[:end])
        height, width, channels = (int(side) for side in head["shape"])
        content_hash, reason = _text(head["hash"]), _text(head["reason"])
        picture = _picture(head.get("picture"), content_hash)
        last = bool(head["last"])
    except (TypeError, KeyError, AttributeError, RecursionError) as exc:
        raise ValueError("not an outcome") from exc
    pixels = memoryview(message)[end + 1 :]
    if min(height, width, channels) < 0 or len(pixels) != height * width * channels:
        raise ValueError("pixels that do not fit their shape")
    return Outcome(content_hash, reason, picture, pixels, (height, width, channels), last)


def _picture(fields: Any, content_hash: str | None) -> DecodedPicture | None:
    if fields is None or content_hash is None:
        return None
    width, height = (int(side) for side in fields["size"])
    attributes = {
        str(key): AttributeValue(str(text), None if number is None else float(number))
        for key, (text, number) in list(fields["attributes"].items())[:_MOST_ATTRIBUTES]
    }
    keywords = tuple(str(word) for word in fields["keywords"])
    return DecodedPicture(content_hash, width, height, attributes, keywords, str(fields["title"]))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
