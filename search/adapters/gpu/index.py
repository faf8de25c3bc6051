"""A `VectorIndex` on a GPU: what is asked at the same moment is answered by one reading.

Every allowed row is compared roughly and the best exactly: how far a rough score errs is known, and
more rows are fetched while the last is nearly as good.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch

from search.adapters.gpu.scan import best_of_all, best_of_few
from search.adapters.gpu.together import Together
from search.adapters.gpu.vectors import DeviceVectors, rounding_errors
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores, best_rows, check_queries

MARGIN_ROWS = 32
_MOST_QUERIES = 64
"""Answered by one reading; the scores of more take longer to sort than the vectors to read."""

_GATHERED = 8
"""To pick out one row of so many costs as much as to read them all."""

_log = logging.getLogger(__name__)

_Found = tuple[IdArray, Scores]


@dataclass(frozen=True, slots=True)
class _Question:
    """A query, float32 (dim,), and how many rows are wanted of those that are allowed."""

    query: Scores
    k: int
    allowed: RowSet | None
    n_all: int

    @property
    def n_allowed(self) -> int:
        return self.n_all if self.allowed is None else self.allowed.n_rows

    @property
    def is_of_few(self) -> bool:
        """Whether its rows are better picked out, for it alone."""
        return self.allowed is not None and self.n_allowed * _GATHERED <= self.n_all


class GpuIndex:
    """Any number of threads may search at once.

    Args:
        vectors: float16, (n, dim), at least one; the same as `on_device`.
        compared_rows: so few allowed rows are compared by the processor.
    """

    def __init__(self, vectors: HalfMatrix, on_device: DeviceVectors, compared_rows: int) -> None:
        self._vectors = np.asarray(vectors)
        self._on_device = on_device
        self._compared_rows = compared_rows
        self._together: Together[_Question, _Found] = Together(self._answers, _MOST_QUERIES)

    def compares_all(self, n_allowed: int) -> bool:
        return True

    def told(self, query: Scores, share_found: float) -> None:
        """It finds everything."""

    def search(
        self,
        queries: FloatMatrix,
        k: int,
        *,
        allowed: RowSet | None = None,
        exactly: bool = False,
    ) -> tuple[IdArray, FloatMatrix]:
        check_queries(queries, self._vectors.shape[1], k)
        n_all = len(self._vectors)
        if allowed is not None and allowed.n_all != n_all:
            raise ValueError(f"allowed is of {allowed.n_all} rows, not {n_all}")
        n_allowed = n_all if allowed is None else allowed.n_rows
        n_found = min(k, n_allowed)
        found: Sequence[_Found] = ()
        if n_found and n_allowed <= self._compared_rows:
            compared = _numbers(allowed)
            found = [best_rows(self._vectors, query, n_found, rows=compared) for query in queries]
        elif n_found:
            asked = [_Question(query, n_found, allowed, n_all) for query in queries]
            found = self._together.ask(asked)
        rows = np.empty((len(queries), n_found), np.int64)
        scores = np.empty((len(queries), n_found), np.float32)
        for i, (its_rows, its_scores) in enumerate(found):
            rows[i], scores[i] = its_rows, its_scores
        return rows, scores

    def _answers(self, questions: Sequence[_Question]) -> Sequence[_Found]:
        """By processors where others leave the device no room for scores."""
        try:
            return self._by_device(questions)
        except torch.OutOfMemoryError:
            _log.warning("The GPU has no room to search: processors compare all rows.")
            torch.cuda.empty_cache()
            return [
                best_rows(self._vectors, one.query, one.k, rows=_numbers(one.allowed))
                for one in questions
            ]

    def _by_device(self, questions: Sequence[_Question]) -> list[_Found]:
        """Together those that read everything; rows that are few are picked out for each."""
        alone = [[question] for question in questions if question.is_of_few]
        together = [question for question in questions if not question.is_of_few]
        with self._on_device.computing():
            found_alone = chain.from_iterable(map(self._compared, alone))
            found_together = iter(self._compared(together) if together else ())
            return [next(found_alone if one.is_of_few else found_together) for one in questions]

    def _compared(
        self, questions: Sequence[_Question], n_margin: int = MARGIN_ROWS
    ) -> list[_Found]:
        """Exact answers: candidates by rough scores, more where it is not certain that they are
        all that can be among the best."""
        asked = np.stack([question.query for question in questions])
        queries = self._on_device.moved(asked)
        n_fetched = np.array([min(one.k + n_margin, one.n_allowed) for one in questions])
        halves, most = queries.to(torch.float16), int(n_fetched.max())
        on_device = self._roughly_best(questions, halves, most)
        exact = self._on_device.exact_products(queries, on_device[1])
        rough, rows, scores = (part.cpu().numpy() for part in (*on_device, exact))
        scores[np.arange(scores.shape[1]) >= n_fetched[:, np.newaxis]] = -np.inf
        order = np.lexsort((rows, -scores))  # As `rank`, for all at once.
        least = 2 * rounding_errors(asked)
        found: list[_Found] = []
        for i, (one, n) in enumerate(zip(questions, n_fetched, strict=True)):
            if n == one.n_allowed or rough[i, one.k - 1] - rough[i, n - 1] > least[i]:
                best = order[i, : one.k]
                found.append((rows[i, best], scores[i, best]))
            else:
                found += self._compared([one], 4 * n_margin)
        return found

    def _roughly_best(
        self, questions: Sequence[_Question], queries: torch.Tensor, k: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Rough scores and rows, (q, k), best first."""
        first = questions[0]
        if first.allowed is not None and first.is_of_few:
            numbers = self._on_device.moved(first.allowed.numbers)
            return best_of_few(self._on_device, queries, k, numbers)
        passing = [self._bits(question) for question in questions]
        return best_of_all(self._on_device, queries, k, passing)

    def _bits(self, question: _Question) -> torch.Tensor | None:
        return None if question.allowed is None else self._on_device.moved(question.allowed.bits)


def _numbers(allowed: RowSet | None) -> IdArray | None:
    return None if allowed is None else allowed.numbers
