"""`sightline evaluate`: how good the answers are, against labels, captions and golden queries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.classify import (
    ClassifierOption,
    LabelsOption,
    NamesOption,
    TaxonomyOption,
    TemplateOption,
    open_model,
)
from cli.evaluating import (
    Evaluation,
    ask_golden,
    labelled_files,
    labelled_gallery,
    measure_captions,
    measure_index,
    measure_labels,
    open_classifier_scorer,
    open_taxonomy_scorer,
    space_to_measure,
)
from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, ModelOption, new_app
from cli.session import Session, open_session
from search.classification import DEFAULT_TEMPLATES, checked_labels
from search.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from search.evaluation.scorers import Scorer
    from search.ports.embedder import Embedder

app = new_app()

PathArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="PATH",
        help="A folder with a sub-folder per class, or a .csv or .jsonl with image and label or "
        "caption.",
    ),
]
AttributeOption = Annotated[
    str,
    typer.Option(
        "--label-attribute", metavar="KEY", help="Measure by the gallery's items and this value."
    ),
]
TagsOption = Annotated[
    bool, typer.Option("--label-tags", help="Measure by the gallery's items and their tags.")
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold", metavar="P", min=0, max=1, help="Below this probability, guess nothing."
    ),
]
GoldenOption = Annotated[
    Path | None,
    typer.Option("--golden", metavar="FILE", help="Ask these queries; fail if one misses."),
]
IndexOption = Annotated[
    bool, typer.Option("--index", help="Compare the gallery's index with exact search.")
]
HtmlOption = Annotated[
    Path | None,
    typer.Option("--html", metavar="OUT.html", help="Write a report with plots and mistakes."),
]


@app.command()
def evaluate(
    path: PathArgument = None,
    label_attribute: AttributeOption = "",
    label_tags: TagsOption = False,
    labels: LabelsOption = None,
    template: TemplateOption = None,
    taxonomy: TaxonomyOption = "",
    classifier: ClassifierOption = "",
    names: NamesOption = None,
    threshold: ThresholdOption = None,
    golden: GoldenOption = None,
    index: IndexOption = False,
    html: HtmlOption = None,
    model: ModelOption = "",
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Measure classification and retrieval against labels, an index against exact search, and
    golden queries against the answers that they must find.

    Labels and captions come from PATH, or from the gallery's own items. The classes are the
    labels themselves unless --labels offers others, --taxonomy asks for its categories with what
    they have learnt, or --classifier asks a model of timm for its own classes.

    --model measures another model: for PATH any, for the gallery's own items, --golden and --index
    one that `reindex --model` has embedded.
    """
    _check(path, label_attribute, label_tags, golden, index, labels, (taxonomy, classifier))
    from search.bootstrap import open_embedder_of

    with open_session(gallery, home, as_json) as session:
        evaluation = Evaluation(gallery)

        def open_scorer(embedder: Embedder, own: Sequence[str]) -> Scorer:
            from search.evaluation.scorers import ZeroShotScorer

            if taxonomy:
                return open_taxonomy_scorer(session, embedder, taxonomy, own)
            if classifier:
                return open_classifier_scorer(session, classifier, names, own)
            offered = checked_labels([n for part in labels or own for n in part.split(",")])
            return ZeroShotScorer(embedder, offered, template or DEFAULT_TEMPLATES)

        if path is not None:
            embedder = open_model(session, model)
            photos = labelled_files(session, path, embedder, evaluation)
            _note_space(evaluation, embedder)
            measure_labels(session, photos, embedder, open_scorer, threshold, evaluation)
            measure_captions(photos, embedder, evaluation)
        if label_attribute or label_tags or index or golden is not None:
            space = space_to_measure(session, model)
            evaluation.space, evaluation.model = space.space.id, space.space.spec
        if label_attribute or label_tags or index:
            embedder = open_embedder_of(space.space, session.settings)
            if label_attribute or label_tags:
                photos = labelled_gallery(session, space.space, label_attribute, evaluation)
                measure_labels(session, photos, embedder, open_scorer, threshold, evaluation)
            if index:
                measure_index(session, space, embedder, evaluation)
        if golden is not None:
            evaluation.golden = ask_golden(session, space.space, golden)
        _show(session, evaluation)
        if html is not None:
            _write_report(session, html, evaluation)
        session.output.document_if_json(evaluation.to_dict())
        if evaluation.n_failed:
            return ExitCode.FAILED
        return ExitCode.SOME_SKIPPED if evaluation.skipped else ExitCode.DONE


def _check(
    path: Path | None,
    label_attribute: str,
    label_tags: bool,
    golden: Path | None,
    index: bool,
    labels: list[str] | None,
    others: tuple[str, str],
) -> None:
    sources = sum([path is not None, bool(label_attribute), label_tags])
    if sources > 1:
        raise UsageError(
            "Labels come from one place: PATH, --label-attribute or --label-tags.",
            hint="Leave the others out.",
        )
    if not sources and golden is None and not index:
        raise UsageError(
            "There is nothing to measure by.",
            hint="Name a labelled folder or table, --label-attribute KEY, --label-tags, "
            "--golden FILE or --index.",
        )
    ways = sum(map(bool, (labels, *others)))
    if ways and not sources:
        raise UsageError(
            "--labels, --taxonomy and --classifier go with labelled pictures.",
            hint="Name a folder or a table.",
        )
    if ways > 1:
        raise UsageError(
            "--labels, --taxonomy and --classifier exclude each other.", hint="Give one of them."
        )


def _note_space(evaluation: Evaluation, embedder: Embedder) -> None:
    evaluation.space, evaluation.model = embedder.space.id, embedder.space.spec


def _write_report(session: Session, html: Path, evaluation: Evaluation) -> None:
    from cli.pictures import thumbnail_opener
    from cli.report.page import THUMBNAIL, write_report

    write_report(html, evaluation, thumbnail_opener(session.settings, THUMBNAIL))
    session.output.text(f"Report: {html}")


def _show(session: Session, evaluation: Evaluation) -> None:
    from cli.report.tables import tables

    for title, columns, rows in tables(evaluation):
        session.output.table(columns, rows, title=title)
        session.output.text()
    if evaluation.n_unknown:
        session.output.note(
            f"{evaluation.n_unknown} pictures carry none of the labels offered and were left out."
        )
    for file in evaluation.skipped:
        session.output.note(f"{file.uri}: {file.reason}")
    for result in evaluation.golden:
        if not result.passed:
            session.output.text(f"not found: {result.query.title}: {result.problem}")
    if evaluation.golden:
        n = len(evaluation.golden)
        session.output.text(f"{n - evaluation.n_failed} of {n} golden queries found their answers.")
