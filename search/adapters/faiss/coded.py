"""`ivf-pq4`: an inverted file of four-bit codes finds candidates, exact scores order them.

The lists part the vectors as they are, so that pictures like one another share a list. The codes
lie in the coordinates of `projection.py`, so that words lose little by them. A query reads the
lists nearest to it, until they hold the share of the allowed rows that its sort needs; FAISS's
fast scan compares 32 codes at a time and asks the filter only about those that are good enough.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.ranked import Allowed, RankedIndex
from search.adapters.faiss.reach import Reach, Setting
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.ranking import Scores

_SAMPLED_ROWS = 65_536
_LEAST_SAMPLED = 500
_CODES_PER_ROW = 32
"""Codes that are compared in the time of one row of float16 from anywhere in memory."""

_SURE_DEVIATIONS = 4.0
_NEAREST_SHARE = 0.05
_EVEN = 0.75
_MOST_CANDIDATES = 65_536


class CodedIndex(RankedIndex):
    """Candidates from some of the lists, ordered exactly.

    Args:
        index: FAISS's inverted file; codes are those of `Projection.vectors`.
        of_queries, centre: the projection's.
        lists: float32, (n_lists, dim): the lists' centres among the vectors as they are.
    """

    def __init__(
        self,
        index: Any,
        of_queries: FloatMatrix,
        centre: Scores,
        lists: FloatMatrix,
        reach: Reach,
        vectors: HalfMatrix,
        compared_rows: int,
    ) -> None:
        super().__init__(vectors, compared_rows)
        self._index = index
        self._of_queries = of_queries
        self._centre = centre
        self._lists = lists
        self._reach = reach
        self._list_of_row = _list_of_row(index, len(vectors))
        self._list_sizes = np.bincount(self._list_of_row, minlength=len(lists))
        self._sampled = np.arange(0, len(vectors), max(1, len(vectors) // _SAMPLED_ROWS))

    @property
    def reach(self) -> Reach:
        """How far queries reach."""
        return self._reach

    def reaching(self, reach: Reach) -> CodedIndex:
        """The same index with another reach; nothing is copied."""
        other = copy(self)
        other._reach = reach
        return other

    def centre_cosines(self, queries: FloatMatrix) -> Scores:
        """How near queries, float32 (n, dim), lie to what all vectors have in common."""
        length = float(np.linalg.norm(self._centre))
        return np.asarray(queries @ self._centre / max(length, 1e-12), np.float32)

    def lists_of(self, rows: IdArray) -> npt.NDArray[np.int32]:
        return self._list_of_row[rows]

    def list_order(self, query: Scores) -> IdArray:
        """The lists, nearest first."""
        return np.argsort(-(self._lists @ query), kind="stable")

    def rows_before(self, order: IdArray, allowed: Allowed | None) -> npt.NDArray[np.float64]:
        """The share of the allowed rows in the first 1, 2, ... lists of an order."""
        sizes = self._list_sizes
        if allowed is not None:
            passing = self._sampled[allowed.mask[self._sampled]]
            if len(passing) < _LEAST_SAMPLED:
                passing = allowed.rows
            sizes = np.bincount(self._list_of_row[passing], minlength=len(order))
        held = np.cumsum(sizes[order], dtype=np.float64)
        held /= held[-1]
        return held

    def _candidates(self, query: FloatMatrix, k: int, allowed: Allowed | None) -> IdArray:
        """At least k rows: more lists are read while there are fewer, and more candidates are
        taken while the last is so good that better ones may follow."""
        n_allowed = len(self._vectors) if allowed is None else allowed.n_rows
        cosine = float(self.centre_cosines(query)[0])
        setting = self._reach.setting(cosine, n_allowed / len(self._vectors))
        if allowed is not None and n_allowed <= self._n_rows_as_cheap(setting):
            return allowed.rows
        order = self.list_order(query[0])
        n_probes = self._n_probes(order, setting.share, allowed)
        n_wanted = min(max(setting.n_candidates, 4 * k), n_allowed)
        while True:
            n_probes = min(n_probes, len(order))
            found, codes_scores = self.scan(query[0], order[:n_probes], n_wanted, allowed)
            if len(found) < k and n_probes < len(order):
                n_probes *= 2
            elif n_wanted < min(n_allowed, _MOST_CANDIDATES) and not self._is_sure(
                found, codes_scores, query[0], k, n_wanted
            ):
                n_wanted = min(4 * n_wanted, n_allowed)
            else:
                return found

    def _n_rows_as_cheap(self, setting: Setting) -> float:
        """How many rows can be compared one by one in the time that the codes would take."""
        return setting.n_candidates + setting.share * len(self._vectors) / _CODES_PER_ROW

    def _n_probes(self, order: IdArray, share: float, allowed: Allowed | None) -> int:
        """How many of the lists in this order hold a share of all rows and of the allowed ones.

        All, where the rows nearest to the query are passed by the filter more rarely than others:
        then its best rows lie at the lists' edges, of which the lists' centres tell nothing.
        """
        held = self.rows_before(order, None)
        n_probes = 1 + int(np.searchsorted(held, share))
        if allowed is None:
            return n_probes
        passing = self.rows_before(order, allowed)
        nearest = int(np.searchsorted(held, _NEAREST_SHARE))
        if passing[nearest] < _EVEN * held[nearest]:
            return len(order)
        return max(n_probes, 1 + int(np.searchsorted(passing, share)))

    def scan(
        self, query: Scores, lists: IdArray, n_wanted: int, allowed: Allowed | None
    ) -> tuple[IdArray, Scores]:
        """The rows of these lists whose codes score highest, and these scores, best first."""
        faiss = faiss_library()
        mapped = self._of_queries @ query
        chosen = np.ascontiguousarray(lists, np.int64)
        unused = np.zeros(len(chosen), np.float32)
        scores = np.empty(n_wanted, np.float32)
        rows = np.empty(n_wanted, np.int64)
        parameters = faiss.SearchParametersIVF(
            nprobe=len(chosen), sel=None if allowed is None else allowed.selector
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
        filled = rows >= 0
        return rows[filled], scores[filled]

    def _is_sure(
        self, found: IdArray, code_scores: Scores, query: Scores, k: int, n_wanted: int
    ) -> bool:
        """Whether no row whose code scores below the last candidate's is likely among the k best:
        the k-th best lies so many deviations of the codes' error above it."""
        if len(found) < n_wanted:
            return True
        scores = self._comparer.scores(found, query)
        errors = scores - code_scores
        kth = np.partition(scores, len(scores) - k)[len(scores) - k]
        last = code_scores[-1] + float(self._centre @ query)
        return bool(kth - last >= _SURE_DEVIATIONS * errors.std())


def _list_of_row(index: Any, n_rows: int) -> npt.NDArray[np.int32]:
    faiss = faiss_library()
    lists = np.empty(n_rows, np.int32)
    for number in range(index.nlist):
        size = index.invlists.list_size(number)
        if size:
            lists[faiss.rev_swig_ptr(index.invlists.get_ids(number), size)] = number
    return lists
