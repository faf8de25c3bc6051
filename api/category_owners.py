"""Which taxonomies have a category: paths alone do not say it."""

from __future__ import annotations

from collections.abc import Mapping

from api.remembered import Remembered
from search.domain.gallery import Gallery
from search.ports.catalogue import Snapshot

Owners = Mapping[str, tuple[str, ...]]
"""Names of the active taxonomies that have a category, by its path; paths in order."""


def category_owners(snapshot: Snapshot, gallery: Gallery, remembered: Remembered) -> Owners:
    """Kept until the gallery changes: taxonomies are texts, which take time to read."""
    return remembered.get(gallery, ("owners",), lambda: _owners(snapshot, gallery))


def _owners(snapshot: Snapshot, gallery: Gallery) -> Owners:
    owners: dict[str, tuple[str, ...]] = {}
    for one in snapshot.taxonomies(gallery.id):
        for path in one.category_ids:
            owners[path] = (*owners.get(path, ()), one.name)
    return {path: owners[path] for path in sorted(owners)}
