"""One reading of a gallery, and what changed in it since something was kept."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property

import numpy as np

from search.domain.arrays import IdArray
from search.domain.gallery import Gallery
from search.ports.catalogue import Snapshot

_MOST_CHANGED = 20_000
"""Where more items were stamped, what is kept is asked about anew."""


class Reading:
    """A snapshot with its gallery; what was stamped is asked for once for all that is kept."""

    def __init__(self, snapshot: Snapshot, gallery: Gallery) -> None:
        self.snapshot = snapshot
        self.gallery = gallery
        self._since: dict[int, IdArray | None] = {}

    @cached_property
    def category_basis(self) -> Hashable:
        """What categories rest on besides stamped items."""
        return self.snapshot.category_basis(self.gallery.id)

    def stamped(self, since: int) -> IdArray | None:
        """The items stamped after a revision, ascending; None where they are too many, or not all
        of them are there to be told."""
        gallery = self.gallery
        if not gallery.pruned_below <= since <= gallery.revision:
            return None
        if since == gallery.revision:
            return np.empty(0, np.int64)
        if since not in self._since:
            found = self.snapshot.stamped_items(gallery.id, since, limit=_MOST_CHANGED + 1)
            self._since[since] = np.sort(found) if len(found) <= _MOST_CHANGED else None
        return self._since[since]
