"""What people decided, learnt from: calibrate, teach, health."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.categories.fitting import show_calibration, show_lesson
from cli.categories.health import health_document, show_health
from cli.categories.managing import NameArgument, assign_taxonomies
from cli.categories.showing import changes_document, show_changes
from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, ModelOption
from cli.progress import listener
from cli.session import Session, open_session
from search.categories.learning import Learning
from search.categories.stored import StoredTaxonomy
from search.errors import ConfirmationNeededError, UsageError

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show what it would do; use nothing.")
]
UndoOption = Annotated[bool, typer.Option("--undo", help="Take back what counts now.")]


def calibrate(
    name: NameArgument,
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision",
            metavar="P",
            help="Draw each line for this precision; without, for the highest F1.",
        ),
    ] = None,
    dry_run: DryRunOption = False,
    undo: UndoOption = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Fit a taxonomy's probabilities and thresholds to what people accepted and rejected.

    One temperature makes probabilities mean what they say; a line for each category says from
    which on it is assigned. Both are judged on labels that were kept out. Items are assigned anew.
    """
    _check_alone(undo, dry_run or precision is not None)
    with open_session(gallery, home, as_json) as session:
        stored = _stored(session, name)
        learning = open_learning(session)
        learnt: dict[str, object] = {}
        if undo:
            learning.undo_calibration(stored)
            session.output.text(f"{stored.name} is as it was before the last calibration.")
        else:
            found = learning.calibrate(stored, wanted_precision=precision)
            learnt = show_calibration(session.output, stored, found)
            if not dry_run:
                learning.keep_calibration(stored, found)
        _finish(session, stored, learnt, undo=undo, dry_run=dry_run)
        return ExitCode.DONE


def teach(
    name: NameArgument,
    from_folders: Annotated[
        Path | None,
        typer.Option(
            "--from-folders",
            metavar="DIR",
            help="First index DIR, which has a folder of pictures for each category, and label "
            "them so.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Use it without asking, if it is no worse.")
    ] = False,
    dry_run: DryRunOption = False,
    undo: UndoOption = False,
    model: ModelOption = "",
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Train a taxonomy on what people accepted and rejected.

    Shows the accuracy on labels that were kept out, before and after, and asks whether to use it.
    --undo goes back to the one before. With --from-folders a new taxonomy is made of the folders.
    """
    _check_alone(undo, dry_run or yes or from_folders is not None)
    if model and from_folders is None:
        raise UsageError("--model goes with --from-folders.", hint="Leave it out.")
    with open_session(gallery, home, as_json) as session:
        skipped = 0
        if from_folders is None:
            stored = _stored(session, name)
        else:
            stored, skipped = _from_folders(session, name, from_folders, model)
        learning = open_learning(session)
        learnt: dict[str, object] = {}
        if undo:
            learning.undo_head(stored)
            session.output.text(f"{stored.name} is as it was before it was last taught.")
        else:
            lesson = learning.teach(stored)
            learnt = show_lesson(session.output, stored, lesson)
            if not dry_run:
                _confirm(session, stored, yes, is_better=lesson.report.is_better)
                learning.keep(stored, lesson)
        _finish(session, stored, learnt, undo=undo, dry_run=dry_run)
        return ExitCode.SOME_SKIPPED if skipped else ExitCode.DONE


def health(
    name: NameArgument,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Say what of a taxonomy does not fit the gallery.

    Categories that the model cannot tell apart, categories without items, and items without a
    category in groups that may want one, with words for each.
    """
    from search.bootstrap import open_embedder_of
    from search.categories.health import examine

    with open_session(gallery, home, as_json) as session:
        stored = _stored(session, name)
        space = session.active_space()
        found = examine(
            session.catalogue,
            session.gallery.id,
            stored,
            space,
            lambda: open_embedder_of(space, session.settings),
        )
        show_health(session, stored, found)
        session.output.document_if_json(health_document(session, stored, found))
        return ExitCode.DONE


def open_learning(session: Session) -> Learning:
    """Learning in the space that the gallery's searches use."""
    from search.bootstrap import open_embedder_of

    space = session.active_space()
    return Learning(
        session.catalogue,
        session.gallery.id,
        space,
        lambda: open_embedder_of(space, session.settings),
    )


def _stored(session: Session, name: str) -> StoredTaxonomy:
    with session.catalogue.reading() as snapshot:
        return snapshot.taxonomy(session.gallery.id, name)


def _check_alone(undo: bool, others: bool) -> None:
    if undo and others:
        raise UsageError("--undo goes with no other option.", hint="Leave the others out.")


def _from_folders(
    session: Session, name: str, folder: Path, model: str
) -> tuple[StoredTaxonomy, int]:
    from indexer.teaching import labels_from_folders

    with session.output.progress("Looking for pictures") as advance:
        found = labels_from_folders(
            session.settings,
            session.catalogue,
            folder,
            gallery_name=session.gallery_name,
            taxonomy_name=name,
            model=model,
            progress=listener(advance),
        )
    session.output.text(f"{found.n_labels} pictures have a label, {found.n_new} of them new.")
    for file in found.skipped:
        session.output.note(f"{file.uri}: {file.reason}")
    return found.taxonomy, len(found.skipped)


def _confirm(session: Session, stored: StoredTaxonomy, yes: bool, *, is_better: bool) -> None:
    """Raises ConfirmationNeededError unless it is to be used."""
    if yes and is_better:
        return
    target = [] if session.gallery_name == "default" else ["--gallery", session.gallery_name]
    command = shlex.join(["sightline", "categories", "teach", stored.name, *target, "--yes"])
    if yes or session.output.as_json or not sys.stdin.isatty():
        raise ConfirmationNeededError(
            f"{stored.name} is left as it is: the head is not known to be better."
            if yes
            else f"{stored.name} has not been taught: nobody has said whether to use the head.",
            hint="Label more items." if yes else f"To use it: {command}",
        )
    if not typer.confirm("Use it?"):
        raise ConfirmationNeededError(
            f"{stored.name} is left as it is.", hint=f"To use it: {command}"
        )


def _finish(
    session: Session,
    stored: StoredTaxonomy,
    learnt: dict[str, object],
    *,
    undo: bool,
    dry_run: bool,
) -> None:
    """Assign items anew, unless nothing was kept, and print the document."""
    document = {"taxonomy": stored.name, "undone": undo, "dry_run": dry_run} | learnt
    if not dry_run:
        (report,) = assign_taxonomies(session, [stored.name])
        show_changes(session, report, dry_run=False)
        document |= changes_document(session, report, dry_run=False)
    session.output.document_if_json(document)
