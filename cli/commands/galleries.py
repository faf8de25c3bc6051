"""`sightline galleries`: create, rename, delete and list."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import HomeOption, JsonOption, UnusedGalleryOption, new_app
from cli.session import Session, open_session
from search.errors import ConfirmationNeededError

app = new_app("Create, rename, delete and list galleries.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The gallery's name.")]


@app.command("list")
def list_galleries(
    gallery: UnusedGalleryOption = "default", home: HomeOption = None, as_json: JsonOption = False
) -> int:
    """List all galleries with what they hold."""
    with open_session("", home, as_json) as session:
        with session.catalogue.reading() as snapshot:
            rows = [(gallery, snapshot.counts(gallery.id)) for gallery in snapshot.galleries()]
        if as_json:
            session.output.document(
                [
                    {
                        "gallery": gallery.name,
                        "space": gallery.active_space_id,
                        "revision": gallery.revision,
                        "items": counts.items,
                        "views": counts.views,
                    }
                    for gallery, counts in rows
                ]
            )
        elif not rows:
            session.output.text("No gallery yet; `sightline index PATH` makes the first one.")
        else:
            session.output.table(
                ["gallery", "items#", "views#", "space", "revision#"],
                [
                    (g.name, c.items, c.views, g.active_space_id or "none yet", g.revision)
                    for g, c in rows
                ],
            )
        return ExitCode.DONE


@app.command()
def create(
    name: NameArgument,
    gallery: UnusedGalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Make an empty gallery."""
    with open_session(name, home, as_json) as session:
        made = session.catalogue.create_gallery(name)
        return _done(session, made.name, f"Gallery {made.name!r} is made.")


@app.command()
def rename(
    name: NameArgument,
    new_name: Annotated[str, typer.Argument(metavar="NEW_NAME", help="What to call it from now.")],
    gallery: UnusedGalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Give a gallery another name."""
    with open_session(name, home, as_json) as session:
        session.catalogue.rename_gallery(session.gallery.id, new_name)
        return _done(session, new_name, f"Gallery {name!r} is now {new_name!r}.")


@app.command()
def delete(
    name: NameArgument,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Really forget all its items, tags and embeddings.")
    ] = False,
    gallery: UnusedGalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Forget a gallery with its items, tags and embeddings; picture files are not touched."""
    with open_session(name, home, as_json) as session:
        doomed = session.gallery
        with session.catalogue.reading() as snapshot:
            n_items = snapshot.counts(doomed.id).items
        if not confirm:
            raise ConfirmationNeededError(
                f"Deleting gallery {name!r} forgets {n_items} items with all their tags.",
                hint=f"To go ahead: sightline galleries delete {name} --confirm",
            )
        session.catalogue.delete_gallery(doomed.id)
        return _done(session, name, f"Gallery {name!r} is gone; its picture files are untouched.")


def _done(session: Session, name: str, sentence: str) -> int:
    if session.output.as_json:
        session.output.document({"gallery": name, "done": True})
    session.output.text(sentence)
    return ExitCode.DONE
