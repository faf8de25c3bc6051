"""Cursors: where a page ended, so that the next one goes on there whatever has changed since.

A cursor names the last hit by its score and item id, not by its place: items that come or go
meanwhile neither repeat nor hide others. It belongs to one query, one space and one epoch.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from dataclasses import dataclass

from search.domain.query import Hit
from search.errors import ConflictError, UsageError

VERSION = 1

Position = tuple[float, int]
"""Minus the score, and the item id: hits ascend by it. Without a score, 0 and the id."""


def position_of(hit: Hit) -> Position:
    return (0.0 if hit.score is None else -hit.score, hit.item.id)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The end of a page.

    Attributes:
        query: digest of the query that it belongs to.
        revision: the gallery's revision that the page was of.
        seen: how many hits came before, a guess at where to go on.
    """

    query: str
    epoch: str
    space: str
    revision: int
    position: Position
    seen: int

    def to_text(self) -> str:
        """An opaque text that is safe in an address."""
        fields = [
            VERSION,
            self.query,
            self.epoch,
            self.space,
            self.revision,
            self.position[0],
            self.position[1],
            self.seen,
        ]
        return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str) -> Cursor:
        """Raises UsageError where the text is not one that `to_text` made."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            fields = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            version, query, epoch, space, revision, score, item, seen = fields
            cursor = cls(query, epoch, space, revision, (score, item), seen)
            if version != VERSION or not cursor._is_sound():
                raise ValueError
        except (ValueError, TypeError, binascii.Error, RecursionError) as error:
            raise UsageError(
                "The cursor cannot be read.", hint="Use `next` of the page before, unchanged."
            ) from error
        return cursor

    def check(self, *, query: str, epoch: str, space: str) -> None:
        """Raise where the cursor belongs to another query, or to what is no more.

        Raises:
            UsageError: it came with another query.
            ConflictError: the gallery has been restored, or has switched its model.
        """
        if self.query != query:
            raise UsageError(
                "The cursor belongs to another query.",
                hint="Send it with the same query, or search without a cursor.",
            )
        if self.epoch != epoch or self.space != space:
            raise ConflictError(
                "The gallery has another model or content than when this search began.",
                hint="Search again without a cursor.",
            )

    def _is_sound(self) -> bool:
        score, item = self.position
        texts = (self.query, self.epoch, self.space)
        numbers = (self.revision, item, self.seen)
        return (
            all(isinstance(text, str) for text in texts)
            and all(type(number) is int and 0 <= number < 2**63 for number in numbers)
            and type(score) in (int, float)
            and math.isfinite(score)
            and abs(score) <= 1.0
        )


def digest_of(*parts: object) -> str:
    """A short digest of what makes a query itself."""
    written = json.dumps(parts, ensure_ascii=True, default=repr).encode()
    return hashlib.sha256(written).hexdigest()[:16]
