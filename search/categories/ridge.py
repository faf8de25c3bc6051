"""Ridge regression onto classes, in closed form, with every part kept out for free.

The sums that the solution needs are made once for each part of the labels. Leaving a part out is
then a subtraction, so five-fold cross-validation costs hardly more than one fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PENALTIES = (0.1, 0.5, 2.0, 8.0)
"""Tried on kept-out labels; in units of one label whose embedding has the mean length."""


@dataclass(frozen=True, slots=True, eq=False)
class Ridge:
    """Scores are linear in the embedding.

    Attributes:
        centre: float32, shape (dim,), subtracted first.
        weights: float32, shape (dim, n_classes); 0 for a class without labels.
    """

    centre: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]

    def scores(self, embeddings: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """float32, shape (n, n_classes): near 1 for the class, near 0 or below for others."""
        centred = np.asarray(embeddings, np.float32) - self.centre
        return np.asarray(centred @ self.weights, np.float32)


class Sums:
    """What the regression needs to know of labelled embeddings, for each part of them apart.

    Args:
        embeddings: shape (n, dim), n at least 1.
        is_of: bool, shape (n, n_classes): the classes of each row.
        parts: int64, shape (n,), in [0, n_parts).
    """

    def __init__(
        self,
        embeddings: npt.NDArray[np.floating],
        is_of: npt.NDArray[np.bool_],
        parts: npt.NDArray[np.int64],
        n_parts: int,
    ) -> None:
        n_classes = is_of.shape[1]
        self._centre = embeddings.mean(axis=0, dtype=np.float64).astype(np.float32)
        self._rows = embeddings.astype(np.float32) - self._centre
        size = float(np.sqrt(np.square(self._rows, dtype=np.float64).sum(axis=1).mean()))
        self._unit = max(size, 1e-6) ** 2
        self._parts, self._n_parts = parts, n_parts
        dim = self._rows.shape[1]
        self._squares = np.empty((n_parts, dim, dim), np.float32)
        self._totals = np.empty((n_parts, dim), np.float64)
        self._by_class = np.empty((n_parts, dim, n_classes), np.float32)
        self._counts = np.empty((n_parts, n_classes), np.float64)
        self._sizes = np.bincount(parts, minlength=n_parts)
        for part in range(n_parts):
            mine = parts == part
            rows = self._rows[mine]
            chosen = is_of[mine].astype(np.float32)
            self._squares[part] = rows.T @ rows
            self._totals[part] = rows.sum(axis=0, dtype=np.float64)
            self._by_class[part] = rows.T @ chosen
            self._counts[part] = chosen.sum(axis=0)

    def ridge(self, penalty: float) -> Ridge:
        """The regression on all labels."""
        return Ridge(self._centre, self._solve(range(self._n_parts), penalty))

    def kept_out_scores(self, penalty: float) -> npt.NDArray[np.float32]:
        """Each row's scores by the regression on the other parts: float32, (n, n_classes).

        A class that has two labels has only one of them left where it is judged, while the other
        classes keep both; so each class counts among the other parts as much as among all.
        """
        scores = np.empty((len(self._rows), self._counts.shape[1]), np.float32)
        for part in range(self._n_parts):
            mine = self._parts == part
            others = [other for other in range(self._n_parts) if other != part]
            scores[mine] = self._rows[mine] @ self._solve(others, penalty)
        return scores

    def _solve(self, parts: range | list[int], penalty: float) -> npt.NDArray[np.float32]:
        """argmin over W of |Y - mean(Y) - X W|^2 + penalty |W|^2, with 0 in Y where a row is not of
        a class, and where it is 1, times what brings the class to its share among all parts."""
        some = list(parts)
        shares = self._counts.sum(axis=0) / max(1, int(self._sizes.sum()))
        here = self._counts[some].sum(axis=0) / max(1, int(self._sizes[some].sum()))
        weights = np.divide(shares, here, out=np.zeros_like(here), where=here > 0)
        totals = np.outer(self._totals[some].sum(axis=0), shares * (here > 0))
        wanted = self._by_class[some].sum(axis=0) * weights - totals
        squares = self._squares[some].sum(axis=0).astype(np.float64)
        squares[np.diag_indices_from(squares)] += penalty * self._unit
        return np.asarray(np.linalg.solve(squares, wanted), np.float32)
