"""`sightline items`: show, delete and restore."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.references import resolve_items
from cli.session import Session, open_session
from search.domain.item import ItemRecord, ViewState

app = new_app("Show, delete and restore items.")

ItemsArgument = Annotated[
    list[str], typer.Argument(metavar="ITEM...", help="Ids, paths, skus, or unique ends of paths.")
]


@app.command()
def show(
    items: ItemsArgument,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Show all that is known about items."""
    with open_session(gallery, home, as_json) as session:
        ids = resolve_items(session, items)
        with session.catalogue.reading() as snapshot:
            records = snapshot.items(session.gallery.id, ids)
        for record in records:
            if as_json:
                session.output.line(item_document(record))
            else:
                session.output.table(["item", str(record.id)], _facts(record))
        return ExitCode.DONE


@app.command()
def delete(
    items: ItemsArgument,
    verify: Annotated[
        bool, typer.Option("--verify", help="Search again and show that they are not found.")
    ] = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Delete items from the gallery; files stay, and `items restore` brings items back."""
    with open_session(gallery, home, as_json) as session:
        ids = resolve_items(session, items)
        with session.catalogue.writing(session.gallery.id) as work:
            n_deleted = work.delete_items(ids)
            work.commit()
        still_found = _still_found(session, ids) if verify else []
        if as_json:
            session.output.document(
                {"deleted": n_deleted, "verified": verify, "still_found": still_found}
            )
        session.output.text(
            f"Deleted {_items(n_deleted)}; `sightline items restore` brings them back."
        )
        if verify and not still_found:
            session.output.text("Verified: no search finds them any more.")
        elif still_found:
            found = ", ".join(map(str, still_found))
            session.output.note(f"Still found: {found}; run `sightline repair`.")
            return ExitCode.FAILED
        return ExitCode.DONE


@app.command()
def restore(
    items: ItemsArgument,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Bring deleted items back, with their tags and embeddings."""
    with open_session(gallery, home, as_json) as session:
        ids = resolve_items(session, items)
        with session.catalogue.writing(session.gallery.id) as work:
            n_restored = work.restore_items(ids)
            work.commit()
        if as_json:
            session.output.document({"restored": n_restored})
        session.output.text(f"Restored {_items(n_restored)}.")
        return ExitCode.DONE


def item_document(record: ItemRecord) -> dict[str, object]:
    """An item as JSON shows it."""
    return {
        "item": record.id,
        "kind": record.kind.value,
        "state": record.state.value,
        "title": record.title,
        "uri": record.uri,
        "tags": list(record.tags),
        "attributes": {key: value.text for key, value in record.attributes.items()},
        "views": [
            {
                "view": view.id,
                "uri": view.uri,
                "width": view.width,
                "height": view.height,
                "sha256": view.content_hash,
                "state": view.state.value,
            }
            for view in record.views
        ],
    }


def _facts(record: ItemRecord) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = [
        ("title", record.title),
        ("kind", record.kind.value),
        ("state", record.state.value),
        ("tags", ", ".join(record.tags)),
    ]
    facts += [(key, value.text) for key, value in sorted(record.attributes.items())]
    facts += [
        (
            "picture",
            f"{view.uri}  {view.width} x {view.height}"
            + ("" if view.state is ViewState.LIVE else f"  {view.state.value}"),
        )
        for view in record.views
    ]
    return facts


def _still_found(session: Session, ids: list[int]) -> list[int]:
    """Which of the items a search over the whole gallery still returns."""
    from search.domain.query import Query
    from search.filters.ast import ItemIs, Or

    searcher = session.open_searcher()
    where = Or(tuple(ItemIs(item_id) for item_id in ids))
    answer = searcher.answer(Query(where=where, limit=len(ids)))
    return [hit.item.id for hit in answer.hits]


def _items(n_items: int) -> str:
    return "1 item" if n_items == 1 else f"{n_items} items"
