"""What a calibration or a head does, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from cli.output import Output
from search.categories.calibration import Calibration
from search.categories.learning import Lesson
from search.categories.reliability import Reliability
from search.categories.stored import StoredTaxonomy
from search.categories.thresholds import Threshold

_BAR = 20
_NAMED = 12


def show_calibration(
    output: Output, stored: StoredTaxonomy, found: Calibration
) -> dict[str, object]:
    """Sentences and tables; returns the document."""
    output.text(f"{stored.name}: {found.n_labels} items with a label.")
    if found.note:
        output.text(found.note)
    if found.before is not None and found.after is not None:
        output.text(
            f"Temperature {found.temperature:.2f}. On labels that were kept out, the expected "
            f"calibration error is {found.after.error:.3f}, before it was "
            f"{found.before.error:.3f} (by chance alone {found.after.floor:.3f})."
        )
        _show_bins(output, found.after)
    _show_lines(output, found.thresholds)
    return {
        "labels": found.n_labels,
        "temperature": found.temperature,
        "before": None if found.before is None else found.before.document(),
        "after": None if found.after is None else found.after.document(),
        "thresholds": [one.document() for one in found.thresholds],
        "note": found.note,
    }


def show_lesson(output: Output, stored: StoredTaxonomy, lesson: Lesson) -> dict[str, object]:
    """Sentences and tables; returns the document."""
    report = lesson.report
    output.text(
        f"{stored.name}: {report.n_labels} items with a label, of {report.n_classes} categories; "
        f"the fewest are {report.fewest}."
    )
    if report.accuracy is not None and report.zero_shot_accuracy is not None:
        measure = report.measure.replace("_", " ")
        output.text(
            f"On {report.n_checked} labels that were kept out, the {measure} is "
            f"{report.accuracy:.3f}, before it was {report.zero_shot_accuracy:.3f}."
        )
    if report.note:
        output.text(report.note)
    lines: Sequence[Threshold] = ()
    if lesson.calibration is not None:
        lines = lesson.calibration.thresholds
    _show_lines(output, lines)
    return {
        **asdict(report),
        "is_better": report.is_better,
        "thresholds": [one.document() for one in lines],
    }


def _show_bins(output: Output, found: Reliability) -> None:
    """A reliability diagram of text: a bar for what was right, a mark for what was promised."""
    rows = []
    for one in found.bins:
        bar = list("█" * round(_BAR * one.accuracy) + " " * (_BAR - round(_BAR * one.accuracy)))
        bar[min(_BAR - 1, int(_BAR * one.confidence))] = "|"
        rows.append((one.n, f"{one.confidence:.2f}", f"{one.accuracy:.2f}", "".join(bar)))
    output.table(["items#", "promised#", "right#", "right, with | for promised"], rows)


def _show_lines(output: Output, lines: Sequence[Threshold]) -> None:
    drawn = [one for one in lines if one.value is not None]
    if drawn:
        rows = [
            (
                one.category,
                f"{one.value:.2f}",
                f"{one.precision:.2f}",
                f"{one.recall:.2f}",
                one.n_positive,
                one.n_negative,
            )
            for one in drawn
        ]
        output.table(["category", "from#", "precision#", "recall#", "of it#", "not#"], rows)
    missing = [one for one in lines if one.value is None]
    for one in missing[:_NAMED]:
        output.text(f"No line for {one.category}. {one.note}")
    if len(missing) > _NAMED:
        output.text(f"No line for {len(missing) - _NAMED} more, for want of labels.")
