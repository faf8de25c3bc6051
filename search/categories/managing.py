"""Looking taxonomies up where it is no fault that there is none."""

from __future__ import annotations

from search.categories.stored import StoredTaxonomy
from search.errors import NotFoundError
from search.ports.catalogue import Catalogue


def known_taxonomy(
    catalogue: Catalogue, gallery_name: str, taxonomy_name: str
) -> StoredTaxonomy | None:
    """The gallery's taxonomy of this name, in whatever state; None where there is none."""
    with catalogue.reading() as snapshot:
        try:
            gallery = snapshot.gallery(gallery_name)
            return snapshot.taxonomy(gallery.id, taxonomy_name)
        except NotFoundError:
            return None
