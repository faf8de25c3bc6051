"""What a taxonomy has learnt in a space, and how it changes the scores."""

from __future__ import annotations

from dataclasses import dataclass

from search.categories.asking import Asking
from search.categories.scoring import LinearScores
from search.categories.stored import StoredTaxonomy
from search.domain.category import CategoryModel, ModelKind
from search.domain.space import EmbeddingSpace
from search.ports.categories import CategoryReading


@dataclass(frozen=True, slots=True)
class Learnt:
    """The calibration and the head that count now, each None where there is none."""

    calibration: CategoryModel | None = None
    head: CategoryModel | None = None

    def applied(self, asking: Asking, scores: LinearScores) -> tuple[Asking, LinearScores]:
        """Thresholds and scores with what was learnt."""
        return asking, scores


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
