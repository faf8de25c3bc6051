"""`sightline tags`: add, remove and list."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.references import resolve_items
from cli.session import Session, open_session
from search.domain.item import TagOrigin
from search.errors import UsageError

app = new_app("Add, remove and list tags.")

TagsArgument = Annotated[
    str, typer.Argument(metavar="TAGS", help="One tag, or several with commas: beach,holiday")
]
ItemsArgument = Annotated[
    list[str], typer.Argument(metavar="ITEM", help="Ids, paths, skus, or unique ends of paths.")
]


@app.command("list")
def list_tags(
    gallery: GalleryOption = "default", home: HomeOption = None, as_json: JsonOption = False
) -> int:
    """List all tags and how many items carry each, most frequent first."""
    with open_session(gallery, home, as_json) as session:
        with session.catalogue.reading() as snapshot:
            tags = snapshot.tags(session.gallery.id)
        if as_json:
            session.output.document([{"tag": name, "items": n_items} for name, n_items in tags])
        else:
            session.output.table(["tag", "items#"], tags)
        return ExitCode.DONE


@app.command()
def add(
    tags: TagsArgument,
    items: ItemsArgument,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Add tags to items."""
    with open_session(gallery, home, as_json) as session:
        names, ids = _names(tags), resolve_items(session, items)
        with session.catalogue.writing(session.gallery.id) as work:
            n_changed = work.add_tags(ids, names, origin=TagOrigin.PERSON)
            work.commit()
        return _done(session, "added", n_changed, len(ids))


@app.command()
def remove(
    tags: TagsArgument,
    items: ItemsArgument,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Remove tags from items; a file's own keywords do not come back with the next index."""
    with open_session(gallery, home, as_json) as session:
        names, ids = _names(tags), resolve_items(session, items)
        with session.catalogue.writing(session.gallery.id) as work:
            n_changed = work.remove_tags(ids, names)
            work.commit()
        return _done(session, "removed", n_changed, len(ids))


def _names(tags: str) -> list[str]:
    names = [name.strip() for name in tags.split(",") if name.strip()]
    if not names:
        raise UsageError("No tag was given.", hint="For example: sightline tags add beach,sea 7")
    return names


def _done(session: Session, what: str, n_changed: int, n_items: int) -> int:
    if session.output.as_json:
        session.output.document({what: n_changed, "items": n_items})
    tags = "1 tag" if n_changed == 1 else f"{n_changed} tags"
    items = "1 item" if n_items == 1 else f"{n_items} items"
    session.output.text(f"{what.capitalize()} {tags} on {items}.")
    return ExitCode.DONE
