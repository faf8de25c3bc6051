"""`ivf-pq4`: an inverted file of four-bit codes finds candidates, exact scores order them.

The lists part the vectors as they are, so that pictures like one another share a list. The codes
lie in the coordinates of `projection.py`, so that words lose little by them. A query reads the
lists nearest to it, until they hold the share of the allowed rows that its sort needs; FAISS's
fast scan compares 32 codes at a time and asks the filter only about those that are good enough.
Where a filter leaves so few rows that less would be read, or shuns what is asked for, coarse codes
of the rows that pass are compared instead.
"""

from __future__ import annotations

from copy import copy
from math import sqrt
from typing import Any

import numpy as np

from search.adapters.faiss.coarse import CoarseCodes
from search.adapters.faiss.exact import RowComparer
from search.adapters.faiss.library import faiss_library, one_thread
from search.adapters.faiss.lists import Counts, Lists, probes_for
from search.adapters.faiss.live_reach import LiveReach
from search.adapters.faiss.ranked import RankedIndex, selector
from search.adapters.faiss.reach import Reach, Setting
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

_CODE_NS, _LISTED_NS, _EXACT_NS = 10, 15, 200
"""A code of a list under a filter; a coarse code read list by list; a float16 from anywhere in
memory."""

_COARSE_SHARE = 4
"""Of the candidates that lists' codes need, coarse codes need so small a part: they err less."""

_FETCHED, _MOST_FURTHER = 8, 1_200
_SURE_DEVIATIONS = 3.0
"""Up to so many times these candidates are taken, step by step, until the k-th best score lies so
many deviations of the codes' error above the next candidate's code, or the fewer of the reach."""

_LEAST_NEAR, _NEAR = 16, 2
"""Lists whose order is made sure: so many, and for each that is likely to be read so many more."""

_NEAREST_SHARE = 0.05
_EVEN = 0.75
_CHANCE = 3.0
"""A filter shuns what a query asks for where it passes so small a part of the nearest rows as of
all, even if so many deviations more were counted."""


class CodedIndex(RankedIndex):
    """Candidates from some of the lists, ordered exactly.

    Args:
        index: FAISS's inverted file; codes are those of `Projection.vectors`.
        of_queries, centre: the projection's.
        lists, coarse: of the same rows.
        build_s: seconds that its build took, where that is known.
    """

    def __init__(
        self,
        index: Any,
        of_queries: FloatMatrix,
        centre: Scores,
        lists: Lists,
        coarse: CoarseCodes,
        reach: LiveReach,
        vectors: HalfMatrix,
        compared_rows: int,
        build_s: float | None = None,
    ) -> None:
        super().__init__(vectors, compared_rows)
        self._comparer = RowComparer(self._vectors)
        self.build_s = build_s
        self._index = index
        self._of_queries = of_queries
        self._centre = centre
        self._centre_norm = max(float(np.linalg.norm(centre)), 1e-12)
        self.lists = lists
        self._coarse = coarse
        self._reach = reach

    @property
    def reach(self) -> Reach:
        """How far queries reach."""
        return self._reach.reach

    def reaching(self, reach: Reach, compared_rows: int) -> CodedIndex:
        """The same index with another reach, where a filter leaves more than so many rows;
        nothing is copied."""
        other = copy(self)
        other._reach = LiveReach(reach, 0.0, 0.0)
        other._compared_rows = compared_rows
        return other

    def n_read(self, query: Scores) -> int:
        """How many rows' codes are read for a query, float32 (dim,), without a filter."""
        setting = self.reach.setting(self.centre_cosine(query), 1.0)
        order = self.lists.order(query, self._n_near(setting))
        held = self.lists.rows_before(order, None)
        return int(held[probes_for(held, setting.share) - 1])

    @property
    def own_bytes(self) -> int:
        """Of each process's own memory: codes, their rows, and the lists' centres."""
        n_rows, dim = self._vectors.shape
        of_lists = 2 * 4 * dim * len(self.lists) + self._coarse.own_bytes
        return int(n_rows * (self._index.pq.code_size + 8) + of_lists)

    @property
    def mapped_bytes(self) -> int:
        """Of the index file, which is mapped."""
        return self._coarse.mapped_bytes

    def told(self, query: Scores, share_found: float) -> None:
        self._reach.told(self.centre_cosine(query), share_found)

    def mapped(self, query: Scores) -> Scores:
        """A query, float32 (dim,), in the coordinates of codes."""
        from search.adapters.faiss.compiled import products

        mapped: Scores = products(self._of_queries, query)
        return mapped

    def centre_cosine(self, query: Scores) -> float:
        """How near a query, float32 (dim,), lies to what all vectors have in common."""
        return float(query @ self._centre) / self._centre_norm

    def _compare(self, rows: IdArray, query: Scores, k: int) -> tuple[IdArray, Scores]:
        return self._comparer.best(rows, query, k)

    def _best(self, query: Scores, k: int, allowed: RowSet | None) -> tuple[IdArray, Scores]:
        n_allowed = len(self._vectors) if allowed is None else allowed.n_rows
        centre_cosine = self.centre_cosine(query)
        setting = self.reach.setting(centre_cosine, n_allowed / len(self._vectors))
        # Where pictures' best rows are, lists' centres tell, whatever passes.
        if allowed is not None and (allowed.is_few or self.reach.is_picture(centre_cosine)):
            return self._best_by_coarse(query, k, allowed, setting)
        order = self.lists.order(query, self._n_near(setting))
        held = self.lists.rows_before(order, None)
        n_probes = probes_for(held, setting.share)
        if allowed is not None:
            passing = self.lists.rows_before(order, allowed)
            if self._is_shunned(held, passing):
                return self._best_by_coarse(query, k, allowed, setting)
            n_probes = max(n_probes, probes_for(passing, setting.share))
            read = int(held[n_probes - 1])
            if self._is_coarse_cheaper(n_allowed, read, setting.n_candidates):
                return self._best_by_coarse(query, k, allowed, setting)
        n_wanted = min(max(setting.n_candidates, 4 * k), n_allowed)
        mapped = self.mapped(query)
        while True:
            found = self.scan(mapped, order[:n_probes], n_wanted, allowed)
            if len(found) >= k or n_probes == len(order):
                return self._compare(found, query, k)
            n_probes = min(2 * n_probes, len(order))

    def _n_near(self, setting: Setting) -> int:
        """How many lists are put in an order that is sure."""
        return min(len(self.lists), _LEAST_NEAR + int(_NEAR * setting.share * len(self.lists)))

    def _is_shunned(self, held: Counts, passing: Counts) -> bool:
        """Whether the rows nearest to a query pass the filter more rarely than others do.

        Then its best rows lie at lists' edges, of which their centres tell nothing.

        Args:
            held, passing: the rows, and those that pass, in the nearest 1, 2, ... lists.
        """
        nearest = probes_for(held, _NEAREST_SHARE) - 1
        near, expected = passing[nearest], passing[-1] * held[nearest] / held[-1]
        return bool(near + _CHANCE * sqrt(max(1, near)) < _EVEN * expected)

    def _best_by_coarse(
        self, query: Scores, k: int, allowed: RowSet, setting: Setting
    ) -> tuple[IdArray, Scores]:
        """More candidates are taken while the next is so good that better ones may follow."""
        n = max(setting.n_candidates // _COARSE_SHARE, 2 * k)
        n_fetched = min(_FETCHED * n, n + _MOST_FURTHER)
        centre_cosine = self.centre_cosine(query)
        unfiltered = self.reach.setting(centre_cosine, 1.0)
        own = float(self._centre @ query)
        weighed, near = self._coarse.weighed(query), None
        if not self._coarse.are_sooner_compared(allowed, n):
            near = self._coarse.near_lists(query, weighed, own)
        found, scores, are_near = self._coarse.best(
            weighed, near, allowed, n_fetched, k, setting, unfiltered.share
        )
        # A picture's nearest rows are those of which coarse codes tell the least.
        if are_near and self.reach.is_picture(centre_cosine):
            n *= _COARSE_SHARE
        sure = min(setting.deviations, _SURE_DEVIATIONS) * self._coarse.error + own
        return self._comparer.best_candidates(found, scores, query, k, n, sure)

    def _is_coarse_cheaper(self, n_allowed: int, read: int, n_candidates: int) -> bool:
        """Whether the coarse codes of all allowed rows take less time than codes of lists.

        Coarse codes are hardly ever all read: where they are slower by this, they may not be.

        Args:
            read: the rows of lists that would be read.
        """
        coarse = _LISTED_NS * n_allowed
        codes = _CODE_NS * read + _EXACT_NS * (n_candidates - n_candidates // _COARSE_SHARE)
        return coarse <= codes

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
        with one_thread():
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
