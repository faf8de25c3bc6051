"""`sightline reindex`: build the index again, or switch the gallery's model, or switch back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, ModelOption, new_app
from cli.progress import listener
from cli.session import Session, open_session
from search.errors import UsageError

if TYPE_CHECKING:
    from indexer.reindex import ReindexReport

app = new_app()

FullOption = Annotated[
    bool, typer.Option("--full", help="Build the indexes of all of the gallery's models again.")
]
ActivateOption = Annotated[
    bool, typer.Option("--activate", help="Search with the new model from now on.")
]
RollbackOption = Annotated[
    bool, typer.Option("--rollback", help="Search with the model before again.")
]
AllowMissingOption = Annotated[
    int,
    typer.Option(
        "--allow-missing", metavar="N", min=0, help="How many views may become unfindable."
    ),
]


GoldenOption = Annotated[
    Path | None,
    typer.Option(
        "--golden", metavar="FILE", help="Activate only what finds all that these queries ask for."
    ),
]


@app.command()
def reindex(
    model: ModelOption = "",
    full: FullOption = False,
    activate: ActivateOption = False,
    rollback: RollbackOption = False,
    allow_missing: AllowMissingOption = 0,
    golden: GoldenOption = None,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Build the index again from the database, or switch the model, or switch back.

    Without options no picture is read and nothing embedded. --model embeds everything with another
    model while searches go on with the present one; --activate then switches over, and --rollback
    switches back without embedding anything. --golden asks its queries of the new model first.
    """
    _check(model, full, activate, rollback)
    if golden is not None:
        _check_golden(golden, activate)
    with open_session(gallery, home, as_json) as session:
        if rollback:
            report = _rollback(session)
        elif model or activate:
            report = _switch(session, model, activate, allow_missing, golden)
        else:
            report = _rebuild(session, full)
        session.output.document_if_json(report.to_dict())
        return ExitCode.SOME_SKIPPED if report.unreadable else ExitCode.DONE


def _check(model: str, full: bool, activate: bool, rollback: bool) -> None:
    if rollback and (model or activate or full):
        raise UsageError(
            "--rollback stands alone.", hint="Switch back first, then do the rest in another run."
        )
    if full and (model or activate):
        raise UsageError(
            "--full builds again what is there; it does not go with --model or --activate.",
            hint="Leave one of them out.",
        )


def _check_golden(golden: Path, activate: bool) -> None:
    from search.evaluation.golden_file import read_golden

    if not activate:
        raise UsageError(
            "--golden decides whether a model may serve, so it goes with --activate.",
            hint=f"`sightline evaluate --golden {golden}` asks the queries alone.",
        )
    read_golden(golden)  # A bad file is told before anything is embedded.


def _rebuild(session: Session, full: bool) -> ReindexReport:
    from indexer.reindex import rebuild

    report = rebuild(
        session.settings, session.catalogue, gallery_name=session.gallery.name, full=full
    )
    for built in report.generations:
        session.output.text(f"Built the index of {built.space_id}: {built.n_rows} views.")
    return report


def _switch(
    session: Session, model: str, activate: bool, allow_missing: int, golden: Path | None
) -> ReindexReport:
    from cli.evaluating import golden_gate
    from indexer.reindex import activate as switch_over
    from indexer.reindex import switch
    from indexer.workshop import opener_from

    name = session.gallery.name
    report: ReindexReport | None = None
    if model:
        with session.output.progress("Embedding") as advance:
            report = switch(
                session.settings,
                session.catalogue,
                model,
                gallery_name=name,
                progress=listener(advance),
            )
        _tell_coverage(session, report)
    if not activate and report is not None:
        target = f" --gallery {name}" if name != "default" else ""
        session.output.text(
            f"To search with it: sightline reindex --model {model} --activate{target}"
        )
        return report
    with session.output.progress("Assigning categories") as advance:
        active = switch_over(
            session.catalogue,
            gallery_name=name,
            model=model or None,
            allow_missing=allow_missing,
            gate=golden_gate(session, golden) if golden is not None else None,
            open_embedder=opener_from(session.settings),
            progress=listener(advance),
        )
    session.output.text(
        f"Searches use {active.spec} now; `sightline reindex --rollback` switches back."
    )
    return active if report is None else replace(active, unreadable=report.unreadable)


def _rollback(session: Session) -> ReindexReport:
    from indexer.reindex import rollback
    from indexer.workshop import opener_from

    report = rollback(
        session.catalogue,
        gallery_name=session.gallery.name,
        open_embedder=opener_from(session.settings),
    )
    session.output.text(f"Searches use {report.spec} again.")
    if report.n_unfindable:
        session.output.note(
            f"{report.n_unfindable} views added since have no embedding in it; "
            "`sightline index` makes them."
        )
    return report


def _tell_coverage(session: Session, report: ReindexReport) -> None:
    output = session.output
    output.text(
        f"{report.spec} covers {report.coverage:.1%} of {report.n_views} views "
        f"({report.embedded} embedded, {report.copied} reused)."
    )
    if report.overlap_at_10 is not None:
        output.text(
            f"Of the first ten hits, it shares {report.overlap_at_10:.0%} with the present model."
        )
    for file in report.unreadable:
        output.note(f"{file.uri}: {file.reason}")
