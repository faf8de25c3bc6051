"""`sightline watch`: keep folders indexed while they change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.commands.index import ExcludeOption, PathsArgument, show_report
from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, ModelOption, new_app
from cli.session import Session, open_session

if TYPE_CHECKING:
    from indexer.watch import WatchEvent

app = new_app()


@app.command()
def watch(
    paths: PathsArgument,
    model: ModelOption = "",
    exclude: ExcludeOption = None,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Index folders, then keep them indexed by the operating system's own notices.

    Bursts of changes are gathered, and half-written files waited for. It ends with Ctrl-C and loses
    nothing. --json prints one line for each run.
    """
    from indexer.reconcile import IndexOptions
    from indexer.watch import watch as keep_indexed

    with open_session(gallery, home, as_json) as session:
        keep_indexed(
            session.settings,
            session.catalogue,
            paths,
            tell=lambda event: _tell(session, event),
            gallery_name=gallery,
            index_options=IndexOptions(model=model or None, exclude=tuple(exclude or ())),
        )
        return ExitCode.INTERRUPTED


def _tell(session: Session, event: WatchEvent) -> None:
    output = session.output
    if output.as_json:
        report = event.report.to_dict() if event.report else None
        output.line({"report": report, "problem": event.problem})
    else:
        if event.report is not None:
            show_report(session, event.report)
        if event.problem:
            output.note(event.problem)
    output.flush()
