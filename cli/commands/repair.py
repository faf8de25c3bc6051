"""`sightline repair`: make again what is derived and broken."""

from __future__ import annotations

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.session import open_session
from cli.sizes import size_text

app = new_app()


@app.command()
def repair(
    gallery: GalleryOption = "default", home: HomeOption = None, as_json: JsonOption = False
) -> int:
    """Rebuild generations that are missing or broken, and remove what crashes left behind.

    Items, tags and embeddings are never touched, and no picture is read. The exit code is 3 where
    another process is building an index, which is left alone.
    """
    from indexer.repair import repair as make_again
    from search.bootstrap import open_generation_store, open_index_builder

    with open_session(gallery, home, as_json) as session:
        report = make_again(
            session.catalogue,
            open_generation_store(session.settings),
            open_index_builder(session.settings),
            session.gallery.name,
        )
        output = session.output
        output.document_if_json(
            {
                "gallery": session.gallery.name,
                "rebuilt": list(report.rebuilt),
                "removed": report.n_removed,
                "bytes_freed": report.bytes_freed,
                "busy": list(report.busy),
                "unembedded": report.n_unembedded,
            }
        )
        for space_id in report.rebuilt:
            output.text(f"Rebuilt the index of {space_id}.")
        if report.n_removed or report.bytes_freed:
            output.text(
                f"Removed {report.n_removed} broken generations, {size_text(report.bytes_freed)}."
            )
        for space_id in report.busy:
            output.note(f"{space_id} is being built by another process and was left alone.")
        if report.n_unembedded:
            output.note(
                f"{report.n_unembedded} views have no embedding yet; run `sightline index`."
            )
        if not (report.rebuilt or report.n_removed or report.busy):
            output.text("Nothing was broken.")
        return ExitCode.SOME_SKIPPED if report.busy else ExitCode.DONE
