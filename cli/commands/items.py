"""`sightline items`: show, delete and restore."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.references import resolve_items
from cli.session import open_session
from search.domain.category import ItemCategory
from search.domain.item import ItemRecord, ViewState

app = new_app("Show, delete and restore items.")

ItemsArgument = Annotated[
    list[str], typer.Argument(metavar="ITEM", help="Ids, paths, skus, or unique ends of paths.")
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
    from indexer.deleting import delete_and_verify, delete_items

    with open_session(gallery, home, as_json) as session:
        ids = resolve_items(session, items)
        name = session.gallery.name
        if verify:
            report = delete_and_verify(session.catalogue, session.open_searcher(), name, ids)
        else:
            report = delete_items(session.catalogue, name, ids)
        session.output.document_if_json(
            {
                "deleted": report.n_deleted,
                "verified": verify,
                "still_found": list(report.still_found),
            }
        )
        session.output.text(
            f"Deleted {_items(report.n_deleted)}; `sightline items restore` undoes it."
        )
        if report.still_found:
            found = ", ".join(map(str, report.still_found))
            session.output.note(f"Still found: {found}; run `sightline repair`.")
            return ExitCode.FAILED
        if verify:
            session.output.text("Verified: no search finds what was deleted.")
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
        "categories": [
            {
                "taxonomy": one.taxonomy,
                "category": one.path,
                "probability": one.probability,
                "decided": one.decided,
            }
            for one in record.categories
        ],
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
    facts += [("category", _category(one)) for one in record.categories]
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


def _category(one: ItemCategory) -> str:
    said = "decided by a person" if one.decided else f"{one.probability or 0:.3f}"
    return f"{one.path}  {said}  ({one.taxonomy})"


def _items(n_items: int) -> str:
    return "1 item" if n_items == 1 else f"{n_items} items"
