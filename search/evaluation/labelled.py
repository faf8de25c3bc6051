"""Pictures whose labels or captions are known, and their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from search.domain.arrays import FloatMatrix, IdArray
from search.domain.text import fold
from search.evaluation.ranking import Bools, Floats, Scores


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """A picture and what is true of it. `uri`: absolute path, `!/member` behind an archive."""

    uri: str
    labels: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Labelled pictures, or items of a gallery, with the vectors of their views.

    Attributes:
        vectors: float32, (n_views, dim), unit rows, those of one picture together.
        starts: int64, (n_pictures,): the first row of each picture; each has at least one.
    """

    pictures: tuple[LabelledPicture, ...]
    vectors: FloatMatrix
    starts: IdArray

    @classmethod
    def of(cls, pictures: Sequence[LabelledPicture], vectors: FloatMatrix) -> LabelledSet:
        """Pictures with one vector each."""
        return cls(tuple(pictures), vectors, np.arange(len(pictures), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.pictures)

    def scores(self, queries: FloatMatrix) -> Scores:
        """Cosine of each query with each picture's best view: float32, (n_queries, n_pictures)."""
        by_view = queries @ self.vectors.T
        if len(self.starts) == by_view.shape[1]:
            return by_view
        best: Scores = np.maximum.reduceat(by_view, self.starts, axis=1)
        return best

    def mean_vectors(self) -> FloatMatrix:
        """The mean of each picture's views, not of unit length, so that its logits are the mean
        logits of the views: float32, (n_pictures, dim)."""
        counts = np.diff(np.append(self.starts, len(self.vectors)))
        sums = np.add.reduceat(self.vectors.astype(np.float64), self.starts, axis=0)
        return (sums / counts[:, np.newaxis]).astype(np.float32)

    def directions(self) -> FloatMatrix:
        """The mean of each picture's views at length one: what it is as a query."""
        means: Floats = self.mean_vectors().astype(np.float64)
        means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
        return means.astype(np.float32)

    def only(self, kept: Sequence[int]) -> LabelledSet:
        """The pictures at these positions."""
        ends = np.append(self.starts, len(self.vectors))
        rows = [np.arange(ends[i], ends[i + 1]) for i in kept]
        lengths = np.array([len(part) for part in rows], np.int64)
        taken = np.concatenate(rows) if rows else np.empty(0, np.int64)
        return replace(
            self,
            pictures=tuple(self.pictures[i] for i in kept),
            vectors=self.vectors[taken],
            starts=np.cumsum(lengths) - lengths,
        )


def class_name(label: str) -> str:
    """A label as words: `sea_horse` is a sea horse."""
    return " ".join(label.replace("_", " ").split())


def class_names(pictures: Sequence[LabelledPicture]) -> list[str]:
    """Every label in words, each once whatever its case, in the order of the alphabet."""
    names = {fold(class_name(label)): class_name(label) for p in pictures for label in p.labels}
    return [names[key] for key in sorted(names)]


def truth_table(pictures: Sequence[LabelledPicture], classes: Sequence[str]) -> Bools:
    """Which classes are each picture's labels: bool, (n_pictures, n_classes)."""
    columns = {fold(class_name(name)): column for column, name in enumerate(classes)}
    table = np.zeros((len(pictures), len(classes)), bool)
    for row, picture in enumerate(pictures):
        for label in picture.labels:
            if (column := columns.get(fold(class_name(label)))) is not None:
                table[row, column] = True
    return table
