"""The categories that a gallery has, for people to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from api.remembered import Remembered
from search.domain.gallery import Gallery
from search.ports.catalogue import Snapshot

Known = Sequence[tuple[str, str]]
"""Path and taxonomy of each category of the active taxonomies, in order."""


def known_categories(snapshot: Snapshot, gallery: Gallery, remembered: Remembered) -> Known:
    """Kept until the gallery changes: taxonomies are texts, which take time to read."""
    return remembered.get(gallery, ("categories",), lambda: _read(snapshot, gallery))


def _read(snapshot: Snapshot, gallery: Gallery) -> Known:
    found = snapshot.taxonomies(gallery.id)
    return sorted((path, one.name) for one in found for path in one.category_ids)
