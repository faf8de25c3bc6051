"""How well a taxonomy fits, for people and for programs."""

from __future__ import annotations

from cli.session import Session
from search.categories.health import Health
from search.categories.stored import StoredTaxonomy

_NAMED = 30
_SHOWN_EXAMPLES = 3


def show_health(session: Session, stored: StoredTaxonomy, found: Health) -> None:
    """What does not fit, in three parts; what does is one sentence."""
    from cli.commands.search import nearby

    output = session.output
    output.text(
        f"{stored.name}: {found.n_items - found.n_without} of {found.n_items} items have a "
        "category."
    )
    if found.not_told_apart:
        pairs = [
            (*one.paths, f"{one.similarity:.2f}", f"{one.n_items} of {one.n_of}")
            for one in found.not_told_apart
        ]
        columns = ["", "", "words alike#", "items that are both#"]
        output.table(columns, pairs, title="Not told apart:")
    if found.without_items:
        names = ", ".join(found.without_items[:_NAMED])
        more = len(found.without_items) - _NAMED
        output.text(f"Without items: {names}{f', and {more} more' if more > 0 else ''}.")
    if found.groups:
        uris = _uris(session, found)
        rows = [
            (
                one.n_items,
                ", ".join(one.words),
                ", ".join(nearby(uris.get(item, "")) for item in one.examples[:_SHOWN_EXAMPLES]),
            )
            for one in found.groups
        ]
        output.table(["items#", "perhaps", "such as"], rows, title="Alike, without a category:")


def health_document(session: Session, stored: StoredTaxonomy, found: Health) -> dict[str, object]:
    """As JSON shows it."""
    uris = _uris(session, found)
    return {
        "taxonomy": stored.name,
        "items": found.n_items,
        "with_category": found.n_items - found.n_without,
        "without_category": found.n_without,
        "not_told_apart": [
            {
                "categories": list(one.paths),
                "similarity": one.similarity,
                "items": one.n_items,
                "of": one.n_of,
            }
            for one in found.not_told_apart
        ],
        "without_items": list(found.without_items),
        "clusters": [
            {
                "items": one.n_items,
                "words": list(one.words),
                "examples": [{"item": item, "uri": uris.get(item, "")} for item in one.examples],
            }
            for one in found.groups
        ],
    }


def _uris(session: Session, found: Health) -> dict[int, str]:
    ids = [item for one in found.groups for item in one.examples]
    with session.catalogue.reading() as snapshot:
        return {one.id: one.uri for one in snapshot.items(session.gallery.id, ids)}
