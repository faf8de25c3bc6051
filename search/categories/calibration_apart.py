"""Calibration of classes that are judged each on its own: every label is a yes or a no."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from search.categories.calibration import FEWEST_LABELS, Calibration
from search.categories.folds import N_FOLDS, folds_of
from search.categories.reliability import reliability
from search.categories.scales import Logits, apart, fit_factors, sigmoid
from search.categories.thresholds import fit_threshold


def calibrate_apart(
    logits: Logits,
    said: npt.NDArray[np.int8],
    categories: Sequence[str],
    *,
    wanted_precision: float | None = None,
) -> Calibration:
    """Temperature, offset and lines of a taxonomy whose classes are judged each on its own.

    Args:
        logits: shape (n, n_classes), of items about which something was said.
        said: shape (n, n_classes): 1 is of the category, -1 is not, 0 nobody has said.
        categories: names of the columns.
        wanted_precision: see `fit_threshold`.
    """
    rows, columns = np.nonzero(said)
    pairs, is_of = logits[rows, columns].astype(np.float64), said[rows, columns] == 1
    n_yes = int(is_of.sum())
    few = min(n_yes, len(pairs) - n_yes) < FEWEST_LABELS // 2
    note, before, after = "", None, None
    temperature, offset = 1.0, 0.0
    held_out = sigmoid(pairs)
    if few:
        note = f"Too few labels for a temperature: {n_yes} accepted and {len(pairs) - n_yes} "
        note += f"rejected, where {FEWEST_LABELS // 2} of each are needed."
    else:
        temperature, offset = _fit_apart(pairs, is_of)
        before = reliability(held_out, is_of)
        parts = folds_of(rows.astype(np.int64) * 0, rows.tolist())
        held_out = np.empty(len(pairs))
        for part in range(N_FOLDS):
            out = parts == part
            if out.any():
                heat, shift = _fit_apart(pairs[~out], is_of[~out])
                held_out[out] = sigmoid(pairs[out] / heat + shift)
        after = reliability(held_out, is_of)
    thresholds = tuple(
        fit_threshold(name, held_out[mine], is_of[mine], wanted_precision=wanted_precision)
        for at, name in enumerate(categories)
        if (mine := columns == at).any()
    )
    n_labels = len(np.unique(rows))
    return Calibration(
        temperature,
        thresholds,
        before,
        after,
        n_labels,
        note,
        offset=offset,
        wanted_precision=wanted_precision,
    )


def _fit_apart(
    logits: npt.NDArray[np.float64], is_of: npt.NDArray[np.bool_]
) -> tuple[float, float]:
    """Temperature and offset under which yes and no are likeliest."""
    one = np.ones(len(logits))
    sources = [apart(source) for source in (logits, one, -one)]
    truth = np.where(is_of, 0, 1).astype(np.int64)
    factor, up, down = fit_factors(sources, truth, expected=[1.0, 1.0, 1.0])
    return 1 / factor, up - down
