"""What models guess and people decide about an item's categories."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix, IdArray


class Verdict(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


class DecisionOrigin(StrEnum):
    """Who decided: a person here, or labels that were brought along."""

    PERSON = "person"
    IMPORT = "import"


class ModelKind(StrEnum):
    """What is learnt from labels: thresholds and a temperature, or a linear head."""

    CALIBRATION = "calibration"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class ItemCategory:
    """A category that an item is in.

    Attributes:
        probability: the model's, in [0, 1]; None where the present model has not guessed it.
        decided: a person put it there.
    """

    taxonomy: str
    path: str
    probability: float | None = None
    decided: bool = False


@dataclass(frozen=True, slots=True)
class ItemGuess:
    """One of the likeliest categories of an item in one taxonomy, or one that people spoke about.

    Attributes:
        probability: None where the present model has not guessed it.
        assigned: the model is sure enough.
        verdict: what a person said of it.
    """

    taxonomy: str
    path: str
    probability: float | None
    assigned: bool
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of one item and one category. `decided_at`: seconds since 1970 UTC."""

    item_id: int
    path: str
    verdict: Verdict
    origin: DecisionOrigin
    decided_at: float


@dataclass(frozen=True, slots=True)
class GuessRows:
    """Guesses as columns, ordered by item.

    Attributes:
        item_ids, category_ids: int64, (n,).
        probabilities: float32, (n,), in [0, 1].
        assigned: bool, (n,).
    """

    item_ids: IdArray
    category_ids: IdArray
    probabilities: npt.NDArray[np.float32]
    assigned: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.item_ids)

    def taken(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> GuessRows:
        """The rows that a mask or their numbers name."""
        return GuessRows(
            self.item_ids[rows],
            self.category_ids[rows],
            self.probabilities[rows],
            self.assigned[rows],
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """Up to where a taxonomy's guesses in a space are made.

    Attributes:
        made_from: version and models that they are made from, as one text; "" where none are.
        revision: they are up to date with what changed up to this revision.
    """

    id: int
    taxonomy_id: int
    space_id: str
    made_from: str
    revision: int


@dataclass(frozen=True, slots=True)
class Prototypes:
    """What a model makes of a taxonomy's class names, kept because some take minutes to make.

    Attributes:
        digest: of what they were made from.
        vectors: float32, (n_classes, dim), unit rows.
        logit_scale, logit_bias: the model's own; no bias for models trained with softmax.
    """

    digest: str
    vectors: FloatMatrix
    logit_scale: float
    logit_bias: float | None


@dataclass(frozen=True, slots=True)
class CategoryModel:
    """A calibration or a head: made in one space for one taxonomy.

    Attributes:
        payload: what its kind needs, as its own module writes it.
        report: JSON that says how good it was when it was made.
    """

    id: int
    taxonomy_id: int
    space_id: str
    kind: ModelKind
    payload: bytes
    report: str
    created_at: float
