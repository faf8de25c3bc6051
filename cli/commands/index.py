"""`sightline index`: add or refresh photos, folders, archives and catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, ModelOption, new_app
from cli.progress import listener
from cli.session import Session, open_session
from search.errors import ConfirmationNeededError

if TYPE_CHECKING:
    from indexer.report import IndexReport

app = new_app()

SHOWN_FAILURES = 20

PathsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="Folders, pictures, .zip and .tar archives, file lists, .csv and .jsonl catalogues.",
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Paths to leave out, as in a .gitignore."),
]
RehashOption = Annotated[
    bool, typer.Option("--rehash", help="Read every file again, whatever its time and size say.")
]
ConfirmMissingOption = Annotated[
    bool,
    typer.Option(
        "--confirm-missing",
        help="Hide what is gone even where that looks like a disk that is not mounted.",
    ),
]


@app.command()
def index(
    paths: PathsArgument,
    model: ModelOption = "",
    dry_run: DryRunOption = False,
    exclude: ExcludeOption = None,
    rehash: RehashOption = False,
    confirm_missing: ConfirmMissingOption = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Add or refresh photos, folders, archives, file lists and product catalogues.

    Unchanged files cost next to nothing, moved ones keep their tags, and what is gone is hidden but
    kept. Interrupt it at any time; the next run goes on from there. --model matters at a gallery's
    first run; `sightline reindex --model` changes it later.
    """
    from indexer.reconcile import IndexOptions
    from indexer.reconcile import index as bring_up_to_date

    options = IndexOptions(
        model=model or None,
        dry_run=dry_run,
        exclude=tuple(exclude or ()),
        rehash=rehash,
        confirm_missing=confirm_missing,
    )
    with open_session(gallery, home, as_json) as session:
        try:
            with session.output.progress("Looking for pictures") as advance:
                report = bring_up_to_date(
                    session.settings,
                    session.catalogue,
                    paths,
                    gallery_name=gallery,
                    options=options,
                    progress=listener(advance),
                )
        except ConfirmationNeededError as error:
            if done := getattr(error, "report", None):
                show_report(session, done)
            raise
        show_report(session, report)
        return ExitCode.SOME_SKIPPED if report.failed or report.skipped else ExitCode.DONE


def show_report(session: Session, report: IndexReport) -> None:
    """What a run did, as one sentence, and each file that failed with its reason."""
    output = session.output
    if output.as_json:
        output.document(report.to_dict())
        return
    counts = [
        (report.new, "new"),
        (report.changed, "changed"),
        (report.moved, "moved"),
        (report.returned, "back again"),
        (report.missing, "missing"),
        (report.unchanged, "unchanged"),
        (len(report.failed), "failed"),
        (report.skipped, "skipped"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in counts if count) or "no pictures found"
    output.text(f"{'Would be: ' if report.dry_run else ''}{said}.")
    if report.failed:
        rows = [(file.uri, file.reason) for file in report.failed[:SHOWN_FAILURES]]
        output.table(["file", "reason"], rows)
        if len(report.failed) > SHOWN_FAILURES:
            output.text(f"and {len(report.failed) - SHOWN_FAILURES} more; see `sightline status`.")
