"""`ivf-pq4`: an inverted file of four-bit codes finds candidates, exact scores order them.

The lists part the vectors as they are, so that pictures like one another share a list. The codes
lie in the coordinates of `projection.py`, so that words lose little by them. A query reads the
lists nearest to it, until they hold the share of the allowed rows that its sort needs; FAISS's
fast scan compares 32 codes at a time and asks the filter only about those that are good enough.
Where a filter leaves fewer rows than could be read in that time, their coarse codes are compared.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.coarse import CoarseCodes
from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.ranked import RankedIndex, selector
from search.adapters.faiss.reach import Reach, Setting
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

_SAMPLED_ALLOWED = 4_096
"""So many of a filter's rows tell how they are spread over the lists."""

_CODES_PER_COARSE = 6
_CODES_PER_EXACT = 32
"""Codes of a list that are compared in the time of one row anywhere in memory: its coarse code, its
float16."""

_CODES_PER_ASKED = 2
"""The same for a code of a list where each good one is looked up in a filter."""

_COARSE_SHARE = 4
"""Of the candidates that lists' codes need, coarse codes need so small a part: they err less."""

_SURE_DEVIATIONS = 5.0
_NEAREST_SHARE = 0.05
_EVEN = 0.75


class CodedIndex(RankedIndex):
    """Candidates from some of the lists, ordered exactly.

    Args:
        index: FAISS's inverted file; codes are those of `Projection.vectors`.
        of_queries, centre: the projection's.
        lists: float32, (n_lists, dim): the lists' centres among the vectors as they are.
        coarse: of the same rows.
    """

    def __init__(
        self,
        index: Any,
        of_queries: FloatMatrix,
        centre: Scores,
        lists: FloatMatrix,
        coarse: CoarseCodes,
        reach: Reach,
        vectors: HalfMatrix,
        compared_rows: int,
    ) -> None:
        super().__init__(vectors, compared_rows)
        self._index = index
        self._of_queries = of_queries
        self._centre = centre
        self._lists = lists
        self._coarse = coarse
        self._reach = reach
        self._list_of_row = _list_of_row(index, len(vectors))
        self._list_sizes = np.bincount(self._list_of_row, minlength=len(lists))

    @property
    def reach(self) -> Reach:
        """How far queries reach."""
        return self._reach

    def reaching(self, reach: Reach) -> CodedIndex:
        """The same index with another reach; nothing is copied."""
        other = copy(self)
        other._reach = reach
        return other

    def mapped(self, query: Scores) -> Scores:
        """A query, float32 (dim,), in the coordinates of codes."""
        return self._of_queries @ query

    def centre_cosine(self, query: Scores) -> float:
        """How near a query, float32 (dim,), lies to what all vectors have in common."""
        return float(query @ self._centre) / max(float(np.linalg.norm(self._centre)), 1e-12)

    def lists_of(self, rows: IdArray) -> npt.NDArray[np.int32]:
        return self._list_of_row[rows]

    def list_order(self, query: Scores) -> IdArray:
        """The lists, nearest first."""
        return np.argsort(-(self._lists @ query))

    def rows_before(self, order: IdArray, allowed: RowSet | None) -> npt.NDArray[np.float64]:
        """The share of the allowed rows in the first 1, 2, ... lists of an order."""
        sizes = self._list_sizes
        if allowed is not None:
            sizes = np.bincount(self._list_of_row[_sampled(allowed)], minlength=len(order))
        held = np.cumsum(sizes[order], dtype=np.float64)
        held /= held[-1]
        return held

    def _best(self, query: Scores, k: int, allowed: RowSet | None) -> tuple[IdArray, Scores]:
        mapped = self.mapped(query)
        n_allowed = len(self._vectors) if allowed is None else allowed.n_rows
        setting = self._reach.setting(self.centre_cosine(query), n_allowed / len(self._vectors))
        if allowed is not None and self._is_coarse_cheaper(n_allowed, setting.share, setting):
            return self._best_by_coarse(query, mapped, k, allowed, setting)
        order = self.list_order(query)
        n_probes = self._n_probes(order, setting.share, allowed)
        if allowed is not None:
            read = float(self.rows_before(order, None)[n_probes - 1])
            if self._is_coarse_cheaper(n_allowed, read, setting):
                return self._best_by_coarse(query, mapped, k, allowed, setting)
        n_wanted = min(max(setting.n_candidates, 4 * k), n_allowed)
        while True:
            found = self.scan(mapped, order[:n_probes], n_wanted, allowed)
            if len(found) >= k or n_probes == len(order):
                return self._comparer.best(found, query, k)
            n_probes = min(2 * n_probes, len(order))

    def _best_by_coarse(
        self, query: Scores, mapped: Scores, k: int, allowed: RowSet, setting: Setting
    ) -> tuple[IdArray, Scores]:
        """More candidates are taken while the last is so good that better ones may follow."""
        rows = allowed.numbers
        n = max(setting.n_candidates // _COARSE_SHARE, 4 * k)
        while True:
            found, last = self._coarse.candidates(rows, mapped, n)
            best = self._comparer.best(found, query, k)
            margin = best[1][-1] - self._centre @ query - last
            if margin >= _SURE_DEVIATIONS * self._coarse.deviation(mapped):
                return best
            n *= 4

    def _is_coarse_cheaper(self, n_allowed: int, read: float, setting: Setting) -> bool:
        """Whether the coarse codes of all allowed rows take less time than the lists' codes.

        Args:
            read: the share of all rows whose lists would be read.
        """
        n_exact = setting.n_candidates // _COARSE_SHARE
        coarse = _CODES_PER_COARSE * n_allowed + _CODES_PER_EXACT * n_exact
        codes = _CODES_PER_ASKED * read * len(self._vectors)
        return coarse <= codes + _CODES_PER_EXACT * setting.n_candidates

    def _n_probes(self, order: IdArray, share: float, allowed: RowSet | None) -> int:
        """How many of the lists in this order hold a share of all rows and of the allowed ones.

        All, where the rows nearest to the query are passed by the filter more rarely than others:
        then its best rows lie at the lists' edges, of which the lists' centres tell nothing.
        """
        held = self.rows_before(order, None)
        n_probes = 1 + int(np.searchsorted(held, share))
        if allowed is None:
            return min(n_probes, len(order))
        passing = self.rows_before(order, allowed)
        nearest = int(np.searchsorted(held, _NEAREST_SHARE))
        if passing[nearest] < _EVEN * held[nearest]:
            return len(order)
        n_probes = max(n_probes, 1 + int(np.searchsorted(passing, share)))
        return min(n_probes, len(order))

    def scan(
        self, mapped: Scores, lists: IdArray, n_wanted: int, allowed: RowSet | None
    ) -> IdArray:
        """The rows of these lists whose codes score highest, best first.

        Args:
            mapped: a query in the coordinates of codes, float32, (dim,).
        """
        faiss = faiss_library()
        chosen = np.ascontiguousarray(lists, np.int64)
        unused = np.zeros(len(chosen), np.float32)
        scores = np.empty(n_wanted, np.float32)
        rows = np.empty(n_wanted, np.int64)
        parameters = faiss.SearchParametersIVF(
            nprobe=len(chosen), sel=None if allowed is None else selector(allowed)
        )
        pointer = faiss.swig_ptr
        self._index.search_preassigned_c(
            1,
            pointer(mapped),
            n_wanted,
            pointer(chosen),
            pointer(unused),
            pointer(scores),
            pointer(rows),
            False,
            parameters,
            None,
        )
        return rows[rows >= 0]


def _sampled(allowed: RowSet) -> IdArray:
    """Some of the rows, spread evenly; all, where they are few."""
    if allowed.is_few:
        return allowed.numbers
    step = max(1, allowed.n_rows // _SAMPLED_ALLOWED)
    rows = np.arange(0, allowed.n_all, step)
    return rows[allowed.has(rows)]


def _list_of_row(index: Any, n_rows: int) -> npt.NDArray[np.int32]:
    faiss = faiss_library()
    lists = np.empty(n_rows, np.int32)
    for number in range(index.nlist):
        size = index.invlists.list_size(number)
        if size:
            lists[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number
    return lists
