"""What costs a look at a whole gallery, kept until the gallery changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

from search.domain.gallery import Gallery

Made = TypeVar("Made")

MOST = 256

_Key = tuple[int, str, int, tuple[str, ...]]
"""Gallery, epoch, revision, and what the answer is about."""


class Remembered:
    """The newest answers about galleries; safe to use from several threads.

    What is kept is never changed by whoever gets it.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[_Key, object] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, gallery: Gallery, about: tuple[str, ...], make: Callable[[], Made]) -> Made:
        """What `make` gives for the gallery as it is now.

        Args:
            about: tells this answer from others.
        """
        key = (gallery.id, gallery.epoch, gallery.revision, about)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("Made", self._kept[key])
        made = make()
        with self._lock:
            self._forget_earlier(gallery)
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def _forget_earlier(self, gallery: Gallery) -> None:
        """Drop what was true before the gallery changed: nobody asks for it again, and all tags of
        a large gallery at each of many revisions would be much."""
        for key in list(self._kept):
            gallery_id, epoch, revision, _ = key
            is_earlier = epoch != gallery.epoch or revision < gallery.revision
            if gallery_id == gallery.id and is_earlier:
                del self._kept[key]
