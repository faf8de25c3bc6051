"""`sightline status`: what a gallery holds, and what failed."""

from __future__ import annotations

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.session import open_session
from search.domain.gallery import Gallery, GallerySpace
from search.ports.catalogue import Snapshot

app = new_app()

SHOWN_FAILURES = 20


@app.command()
def status(
    gallery: GalleryOption = "default", home: HomeOption = None, as_json: JsonOption = False
) -> int:
    """Show what a gallery holds, which model searches it, and which files failed and why."""
    with open_session(gallery, home, as_json) as session:
        with session.catalogue.reading() as snapshot:
            document = status_document(snapshot, snapshot.gallery(session.gallery.name))
        if as_json:
            session.output.document(document)
            return ExitCode.DONE
        failed = document.pop("failed")
        generations = document.pop("generations")
        session.output.table(["", ""], [(name, value) for name, value in document.items()])
        if isinstance(generations, list) and generations:
            columns = ["folder", "space", "revision", "rows", "active"]
            rows = [[row[column] for column in columns] for row in generations]
            session.output.table(columns, rows, title="\nGenerations")
        if isinstance(failed, list) and failed:
            files = [(entry["uri"], entry["reason"]) for entry in failed[:SHOWN_FAILURES]]
            session.output.table(["file", "reason"], files, title=f"\n{len(failed)} files failed")
            if len(failed) > SHOWN_FAILURES:
                session.output.text("`sightline status --json` lists them all.")
        return ExitCode.DONE


def status_document(snapshot: Snapshot, gallery: Gallery) -> dict[str, object]:
    """The gallery's status, in the shape that programs rely on.

    `tail` counts the findable views that the active generation does not hold as they are now.
    """
    counts = snapshot.counts(gallery.id)
    spaces = snapshot.spaces(gallery.id)
    active = next((s for s in spaces if s.space.id == gallery.active_space_id), None)
    used = {space.generation_id for space in spaces}
    return {
        "gallery": gallery.name,
        "space": gallery.active_space_id,
        "model": active.space.spec if active else None,
        "revision": gallery.revision,
        "items": counts.items,
        "views": counts.views,
        "embedded": counts.embedded,
        "missing": counts.missing,
        "tail": _tail(snapshot, gallery, active),
        "generations": [
            {
                "folder": row.folder,
                "space": row.space_id,
                "revision": row.revision,
                "rows": row.n_rows,
                "active": row.id in used,
            }
            for row in snapshot.generations(gallery.id)
        ],
        "failed": [
            {"uri": file.uri, "reason": file.reason} for file in snapshot.failed_files(gallery.id)
        ],
    }


def _tail(snapshot: Snapshot, gallery: Gallery, active: GallerySpace | None) -> int:
    if active is None:
        return 0
    if active.generation_id is None:
        return snapshot.counts(gallery.id).embedded
    since = snapshot.generation(active.generation_id).revision
    return len(snapshot.changes(gallery.id, active.space.id, since).rows)
