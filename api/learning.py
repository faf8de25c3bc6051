"""What taxonomies have learnt, as the service shows it."""

from __future__ import annotations

from collections.abc import Sequence

from api.representing import clean
from api.schemas.learning import (
    CalibrationBody,
    HeadBody,
    LearntBody,
    ReliabilityBinBody,
    ReliabilityBody,
    StoredCalibrationBody,
    StoredHeadBody,
    ThresholdBody,
)
from search.categories.calibration import Calibration
from search.categories.learnt import Learnt, learnt
from search.categories.linear_head import HeadReport
from search.categories.reliability import Reliability
from search.categories.stored import StoredTaxonomy
from search.categories.thresholds import Threshold
from search.domain.category import Verdict
from search.domain.gallery import Gallery
from search.ports.catalogue import Snapshot


def learnt_body(snapshot: Snapshot, gallery: Gallery, stored: StoredTaxonomy) -> LearntBody:
    decisions = snapshot.decisions(stored.id)
    known = _known(snapshot, gallery, stored)
    since = 0.0 if known.head is None else known.head.created_at
    calibration = known.fitted_calibration()
    n_accepted = sum(one.verdict is Verdict.ACCEPT for one in decisions)
    head: StoredHeadBody | None = None
    if known.head is not None:
        report = HeadReport.from_json(known.head.report)
        lines = calibration.thresholds if calibration is not None else ()
        head = StoredHeadBody(
            **head_body(report, lines).model_dump(), created_at=known.head.created_at
        )
    fitted: StoredCalibrationBody | None = None
    if calibration is not None and known.calibration is not None:
        fitted = StoredCalibrationBody(
            **calibration_body(calibration).model_dump(), created_at=known.calibration.created_at
        )
    return LearntBody(
        accepted=n_accepted,
        rejected=len(decisions) - n_accepted,
        new_decisions=sum(one.decided_at > since for one in decisions),
        head=head,
        calibration=fitted,
    )


def _known(snapshot: Snapshot, gallery: Gallery, stored: StoredTaxonomy) -> Learnt:
    for one in snapshot.spaces(gallery.id):
        if one.space.id == gallery.active_space_id:
            return learnt(snapshot, stored, one.space)
    return Learnt()


def head_body(report: HeadReport, lines: Sequence[Threshold] = ()) -> HeadBody:
    return HeadBody(
        labels=report.n_labels,
        classes=report.n_classes,
        fewest=report.fewest,
        checked=report.n_checked,
        measure=report.measure,
        accuracy_before=report.zero_shot_accuracy,
        accuracy=report.accuracy,
        loss_before=report.zero_shot_loss,
        loss=report.loss,
        calibration_error=report.calibration_error,
        is_better=report.is_better,
        note=report.note,
        thresholds=[_threshold(one) for one in lines],
    )


def calibration_body(found: Calibration) -> CalibrationBody:
    return CalibrationBody(
        labels=found.n_labels,
        temperature=found.temperature,
        before=_reliability(found.before),
        after=_reliability(found.after),
        thresholds=[_threshold(one) for one in found.thresholds],
        note=found.note,
    )


def _threshold(one: Threshold) -> ThresholdBody:
    return ThresholdBody(
        category=clean(one.category),
        value=one.value,
        positives=one.n_positive,
        negatives=one.n_negative,
        precision=one.precision,
        recall=one.recall,
        f1=one.f1,
        note=one.note,
    )


def _reliability(found: Reliability | None) -> ReliabilityBody | None:
    if found is None:
        return None
    return ReliabilityBody(
        n=found.n,
        accuracy=found.accuracy,
        confidence=found.confidence,
        error=found.error,
        floor=found.floor,
        bins=[
            ReliabilityBinBody(n=one.n, confidence=one.confidence, accuracy=one.accuracy)
            for one in found.bins
        ],
    )
