"""A search's hint, looked up only where there may be one."""

from __future__ import annotations

from functools import partial

from api.remembered import Remembered
from api.representing import clean
from search.domain.query import Query
from search.hints import asked_attributes, hint_for
from search.ports.catalogue import Catalogue


def hint_of(
    catalogue: Catalogue, remembered: Remembered, gallery_name: str, query: Query, n_hits: int
) -> str:
    """What to tell beside the first page of a query's answer; empty where nothing."""
    if n_hits and not asked_attributes(query.where):
        return ""
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        keys = partial(
            remembered.get, gallery, ("keys",), lambda: snapshot.attribute_keys(gallery.id)
        )
        return clean(hint_for(snapshot, gallery, query, n_hits, keys))
