"""`sightline prune`: remove what is no longer needed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.session import open_session
from cli.sizes import size_text

app = new_app()

MissingOption = Annotated[
    bool,
    typer.Option("--missing", help="Also forget items whose files are gone, with their tags."),
]
UnusedOption = Annotated[
    bool,
    typer.Option(
        "--unused-models",
        help="Also drop the embeddings of models that are neither in use nor needed for rollback.",
    ),
]


@app.command()
def prune(
    missing: MissingOption = False,
    unused_models: UnusedOption = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Remove superseded generations, leftovers of crashes, and views that nothing needs any more.

    The active generation and the one before it stay, so searches and rollback go on.
    """
    from indexer.prune import prune as remove
    from search.bootstrap import open_generation_store

    with open_session(gallery, home, as_json) as session:
        report = remove(
            session.catalogue,
            open_generation_store(session.settings),
            session.gallery.name,
            missing_too=missing,
            unused_spaces=unused_models,
        )
        session.output.document_if_json(
            {
                "gallery": session.gallery.name,
                "bytes_freed": report.bytes_freed,
                "views": report.n_views,
                "removed_spaces": list(report.removed_spaces),
                "busy": list(report.busy),
            }
        )
        views = "1 view" if report.n_views == 1 else f"{report.n_views} views"
        session.output.text(f"Freed {size_text(report.bytes_freed)}, forgot {views}.")
        for space_id in report.removed_spaces:
            session.output.text(f"Dropped the embeddings of {space_id}.")
        for space_id in report.busy:
            session.output.note(f"{space_id} is being built by another process and was left alone.")
        return ExitCode.DONE
