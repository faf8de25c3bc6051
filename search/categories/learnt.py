"""What a taxonomy has learnt in a space, and how it changes the scores."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from search.categories.asking import Asking
from search.categories.calibration import Calibration
from search.categories.linear_head import LinearHead
from search.categories.scoring import Correction, LinearScores
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Mode
from search.domain.category import CategoryModel, ModelKind
from search.domain.space import EmbeddingSpace
from search.errors import StoreError
from search.ports.categories import CategoryReading


@dataclass(frozen=True, slots=True)
class Learnt:
    """The calibration and the head that count now, each None where there is none."""

    calibration: CategoryModel | None = None
    head: CategoryModel | None = None

    def applied(self, asking: Asking, scores: LinearScores) -> tuple[Asking, LinearScores]:
        """Thresholds and scores with what was learnt.

        A calibration belongs to the scores that it was fitted to: with another head, or none, it
        does not count. Neither does a head that was taught in the other mode.

        Raises:
            StoreError: what is stored cannot be read.
        """
        multi = asking.mode is Mode.MULTI
        head = self.linear_head()
        if head is not None and head.apart == multi:
            scores = head.folded(asking, scores)
        found = self.fitted_calibration()
        if found is None:
            return asking, scores
        drawn = {one.category: one.value for one in found.thresholds if one.value is not None}
        return asking.with_thresholds(drawn), tempered(asking, scores, found)

    def linear_head(self) -> LinearHead | None:
        """The head; raises StoreError where it cannot be read."""
        if self.head is None:
            return None
        try:
            return LinearHead.from_bytes(self.head.payload)
        except ValueError as error:
            raise _unreadable("head", "teach", error) from error

    def fitted_calibration(self) -> Calibration | None:
        """The calibration, if it belongs to the head; raises StoreError if it cannot be read."""
        if self.calibration is None:
            return None
        try:
            found = Calibration.from_json(self.calibration.payload.decode())
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable("calibration", "calibrate", error) from error
        return found if found.head == self.head_digest else None

    @property
    def head_digest(self) -> str:
        """SHA-256 of the head in hex, empty where there is none."""
        return "" if self.head is None else digest_of_head(self.head.payload)


def digest_of_head(payload: bytes) -> str:
    return hashlib.sha256(payload).hexdigest()


def tempered(asking: Asking, scores: LinearScores, found: Calibration) -> LinearScores:
    """Scores whose logits are divided by the temperature, and in mode multi shifted."""
    if asking.mode is Mode.SINGLE:
        return scores.cooled(found.temperature)
    by = np.float32(1 / found.temperature)
    before = scores.correction or Correction(
        np.ones(asking.n_own, np.float32), np.zeros(asking.n_own, np.float32)
    )
    after = Correction(
        before.factors * by,
        before.offsets * by + np.float32(found.offset),
        None if before.weights is None else before.weights * by,
    )
    return replace(scores, correction=after)


def learnt(snapshot: CategoryReading, stored: StoredTaxonomy, space: EmbeddingSpace) -> Learnt:
    return Learnt(
        snapshot.category_model(stored.id, space.id, ModelKind.CALIBRATION),
        snapshot.category_model(stored.id, space.id, ModelKind.HEAD),
    )


def made_from(stored: StoredTaxonomy, known: Learnt) -> str:
    """Version and models as one text: guesses made from another are made again."""
    calibration = known.calibration.id if known.calibration else 0
    head = known.head.id if known.head else 0
    return f"version {stored.taxonomy.version}, calibration {calibration}, head {head}"


def _unreadable(what: str, command: str, error: Exception) -> StoreError:
    return StoreError(
        f"The {what} that is stored for the taxonomy cannot be read: {error}.",
        hint=f"Take it back with `sightline categories {command} NAME --undo`.",
    )
