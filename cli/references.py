"""From what a person types for an item (an id, a path, a sku, the end of a path) to its id."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.session import Session
from search.errors import ConflictError, NotFoundError


def resolve_items(session: Session, references: Sequence[str]) -> list[int]:
    """Item ids in the order given, each once.

    Raises:
        NotFoundError: nothing in the gallery is meant by one of them.
        ConflictError: one of them could mean several items.
    """
    ids: list[int] = []
    with session.catalogue.reading() as snapshot:
        for reference in references:
            found = snapshot.find_items(session.gallery.id, reference)
            if not found and Path(reference).exists():
                path = str(Path(reference).resolve())
                found = snapshot.find_items(session.gallery.id, path)
            if not found:
                raise NotFoundError(
                    f"Gallery {session.gallery.name!r} has no item {reference!r}.",
                    hint="Name an item by its id, its path, or the end of its path.",
                )
            if len(found) > 1:
                some = ", ".join(str(item_id) for item_id in found[:5])
                raise ConflictError(
                    f"{reference!r} could be any of {len(found)} items: {some}"
                    + (", ..." if len(found) > 5 else "."),
                    hint="Give more of the path, or the item's id.",
                )
            ids.append(found[0])
    return list(dict.fromkeys(ids))
