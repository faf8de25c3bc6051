"""A linear head as a value: what it adds to the zero-shot scores, kept as bytes.

Where an item has one category, its scores join the softmax; where classes are judged each on its
own (`apart`), they join each class's logit, and classes without labels stay as they are.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from search.categories.asking import Asking
from search.categories.ridge import Ridge
from search.categories.scales import Logits, mixed, softmax
from search.categories.scoring import Correction, LinearScores
from search.domain.arrays import FloatMatrix

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class HeadReport:
    """What a head does on labels that were kept out while it was trained.

    Attributes:
        n_labels, n_classes: labelled items, and classes that have any.
        fewest: labels of the class with the fewest.
        n_checked: labels that were kept out in turn; those of classes with one label cannot be.
        zero_shot_accuracy, accuracy: in [0, 1], on those; None where there were too few.
        zero_shot_loss, loss: mean log loss on those, lower is better.
        calibration_error: of the head, see `reliability`.
        note: one sentence for people, empty where all is well.
        measure: what the accuracies are: `accuracy`, or where classes are judged each on its own
            `average_precision`, the mean over them.
    """

    n_labels: int
    n_classes: int
    fewest: int
    n_checked: int
    zero_shot_accuracy: float | None = None
    accuracy: float | None = None
    zero_shot_loss: float | None = None
    loss: float | None = None
    calibration_error: float | None = None
    note: str = ""
    measure: str = "accuracy"

    @property
    def is_better(self) -> bool:
        """Whether the head is known to be no worse than the zero-shot guesses."""
        if self.accuracy is None or self.zero_shot_accuracy is None:
            return False
        return self.accuracy >= self.zero_shot_accuracy

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> HeadReport:
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True, eq=False)
class LinearHead:
    """A trained head over one embedding space and one list of classes.

    Attributes:
        classes: names of the columns, in order.
        ridge: embeddings to scores.
        zero_shot_factor, head_factor: what both scores are multiplied by.
        offset: added to both; 0 before a softmax.
        apart: classes are judged each on its own.
    """

    classes: tuple[str, ...]
    ridge: Ridge
    zero_shot_factor: float
    head_factor: float
    offset: float = 0.0
    apart: bool = False

    def logits(
        self, embeddings: npt.NDArray[np.floating], zero_shot: Logits
    ) -> npt.NDArray[np.float64]:
        """Calibrated logits, shape (n, n_classes).

        Args:
            embeddings: shape (n, dim), unit rows, of the space it was trained in.
            zero_shot: shape (n, n_classes), the logits of the same class names.
        """
        scores = self.ridge.scores(embeddings)
        both = mixed([zero_shot, scores], [self.zero_shot_factor, self.head_factor]) + self.offset
        return np.where(self.taught, both, zero_shot) if self.apart else both

    def probabilities(
        self, embeddings: npt.NDArray[np.floating], zero_shot: Logits
    ) -> npt.NDArray[np.float64]:
        """Rows that sum to 1, shape (n, n_classes); not where classes are judged apart."""
        return softmax(self.logits(embeddings, zero_shot))

    @property
    def taught(self) -> npt.NDArray[np.bool_]:
        """Which classes had labels, shape (n_classes,)."""
        return np.asarray(self.ridge.weights.any(axis=0))

    def folded(self, asking: Asking, scores: LinearScores) -> LinearScores:
        """Linear scores that give `logits` for whatever is asked now: classes are found by name,
        those that the head does not know count as untaught."""
        n_wanted = asking.n_own if self.apart else asking.n_classes
        weights = self._weights(asking.class_names[:n_wanted])
        offsets = -weights @ self.ridge.centre
        if not self.apart:
            factor = np.float32(self.zero_shot_factor)
            return replace(
                scores,
                weights=factor * scores.weights + weights,
                bias=factor * scores.bias + offsets,
            )
        taught = weights.any(axis=1)
        factors = np.where(taught, self.zero_shot_factor, 1).astype(np.float32)
        offsets = (offsets + np.where(taught, self.offset, 0)).astype(np.float32)
        return replace(scores, correction=Correction(factors, offsets, weights))

    def _weights(self, names: tuple[str, ...]) -> FloatMatrix:
        """The head's share of the weights for these classes: float32, (n, dim)."""
        columns = {name: column for column, name in enumerate(self.classes)}
        weights = np.zeros((len(names), len(self.ridge.centre)), np.float32)
        for row, name in enumerate(names):
            if name in columns:
                weights[row] = self.head_factor * self.ridge.weights[:, columns[name]]
        return weights

    def to_bytes(self) -> bytes:
        """As numpy's .npz, without pickled objects; the same bytes for the same head."""
        about = {
            "format": _FORMAT,
            "classes": self.classes,
            "factors": [self.zero_shot_factor, self.head_factor],
            "offset": self.offset,
            "apart": self.apart,
        }
        target = io.BytesIO()
        np.savez(
            target,
            about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            centre=self.ridge.centre,
            weights=self.ridge.weights,
        )
        return target.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> LinearHead:
        """Raises ValueError for anything but what `to_bytes` made."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as found:
                about: dict[str, Any] = json.loads(found["about"].tobytes())
                ridge = Ridge(found["centre"], found["weights"])
        except (OSError, KeyError, EOFError, ValueError) as exc:
            raise ValueError("not a linear head") from exc
        except Exception as exc:  # zipfile's own, for a file that is cut off
            raise ValueError("a damaged linear head") from exc
        if about.get("format") != _FORMAT:
            raise ValueError(f"a linear head of format {about.get('format')!r}")
        zero_shot, head = about["factors"]
        return cls(tuple(about["classes"]), ridge, zero_shot, head, about["offset"], about["apart"])
