"""An evaluation as tables: a title, columns, rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from search.evaluation.judging import confused_pairs

if TYPE_CHECKING:
    from cli.evaluating import Evaluation
    from search.evaluation.judging import Judged

Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]

RETRIEVAL_WORDS = {
    "captions_to_photos": "captions to photos",
    "photos_to_captions": "photos to captions",
    "labels_to_photos": "labels to photos",
    "photos_to_photos": "photos to photos of the same label",
}
SUMMARY_WORDS = {
    "top_1": "right at first guess (top-1)",
    "top_5": "right among five guesses (top-5)",
    "answered": "answered",
    "right_of_answered": "right of those answered",
    "macro_precision": "precision, mean of classes",
    "macro_recall": "recall, mean of classes",
    "macro_f1": "F1, mean of classes",
    "micro_precision": "precision, over all guesses",
    "micro_recall": "recall, over all guesses",
    "micro_f1": "F1, over all guesses",
    "mean_average_precision": "mean average precision",
    "expected_calibration_error": "expected calibration error (lower is better)",
}


def tables(evaluation: Evaluation) -> Iterator[Table]:
    """What the terminal shows; the worst classes come first."""
    if (judged := evaluation.classification) is not None:
        title = f"Classification of {judged.n_pictures} pictures into {len(judged.classes)} classes"
        rows = list(summary_rows(judged))
        yield f"{title}, {evaluation.source}", ["figure", "value#"], rows
        yield "By class, lowest F1 first", CLASS_COLUMNS, class_rows(judged)
        if pairs := confused_pairs(judged):
            yield "Most often confused", ["label", "taken for", "times#"], pairs
    if evaluation.retrieval:
        yield "Retrieval", *retrieval_table(evaluation)
    if evaluation.index:
        yield f"Index against exact search ({evaluation.index_kind})", *index_table(evaluation)


def summary_rows(judged: Judged) -> Iterator[tuple[str, float]]:
    """The figures over all pictures in words; without a threshold every picture is answered, and
    all means over guesses are the top-1 accuracy, so that these are left out."""
    for name, value in judged.summary.items():
        if judged.threshold is not None or not name.startswith(("micro", "answered", "right_of")):
            yield SUMMARY_WORDS[name], value


CLASS_COLUMNS = ["class", "pictures#", "precision#", "recall#", "F1#", "AP#"]


def class_rows(judged: Judged) -> list[Sequence[object]]:
    """One row for each class that has a label or was guessed, lowest F1 first."""
    by = judged.by_class
    columns = (by.n_labelled, by.precision, by.recall, by.f1, judged.average_precision)
    rows = list(zip(judged.classes, *(column.tolist() for column in columns), strict=True))
    kept = [row for row, n in zip(rows, (by.n_labelled + by.n_guessed).tolist(), strict=True) if n]
    return sorted(kept, key=lambda row: (row[4], row[0]))


def retrieval_table(evaluation: Evaluation) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """One row for each kind of query."""
    names = list(next(iter(evaluation.retrieval.values())).summary)
    columns = ["kind", "queries#", *(f"{name}#" for name in names), "median rank#"]
    rows = [
        (
            RETRIEVAL_WORDS[kind],
            one.n_queries,
            *(one.summary[name] for name in names),
            f"{one.median_rank:g}",
        )
        for kind, one in evaluation.retrieval.items()
    ]
    return columns, rows


def index_table(evaluation: Evaluation) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """One row for text queries, one for pictures."""
    columns = ["queries", "n#", "recall@10#", "worst#", "complete#", "index ms#", "exact ms#"]
    rows = [
        (kind, one.n_queries, one.recall, one.worst, one.complete, one.index_ms, one.exact_ms)
        for kind, one in evaluation.index.items()
    ]
    return columns, rows
