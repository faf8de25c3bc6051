"""Asks some queries again, exactly, and tells how much of the answer the index had found.

Recall is measured when an index is built, on the gallery's pictures and on texts of its own; this
measures it on what people ask for, while they do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Lock, Thread

from search.evaluation.index_recall import share_found
from search.ranking import Scores
from search.state import Among, Candidates, SearchState

K = 10


class Shadow:
    """At most one exact search at a time, in a thread of its own; what comes meanwhile is let go.

    Args:
        share: of the queries that an index answered without comparing everything, in [0, 1].
        told: gets the sort of query and the share found of the exact first ten, in [0, 1].
    """

    def __init__(self, share: float, told: Callable[[str, float], None]) -> None:
        self._share = share
        self._told = told
        self._at_work = Lock()

    def offer(
        self,
        sort: str,
        state: SearchState,
        query: Scores,
        among: Among | None,
        found: Candidates,
    ) -> None:
        """Measure an answer, perhaps; returns at once.

        Args:
            among, found: as `state.nearest` took and gave them.
        """
        if found.exact or random.random() >= self._share:
            return
        if self._at_work.acquire(blocking=False):
            arguments = (sort, state, query, among, found)
            Thread(target=self._measure, args=arguments, name="shadow", daemon=True).start()

    def wait(self) -> None:
        """Return once no measuring goes on."""
        with self._at_work:
            pass

    def _measure(
        self,
        sort: str,
        state: SearchState,
        query: Scores,
        among: Among | None,
        found: Candidates,
    ) -> None:
        try:
            exact = state.nearest(query, min(K, len(found)), among, exactly=True)
            share = share_found(found.scores[:K], exact.scores)
            self._told(sort, share)
            if state.index is not None:
                state.index.told(query, share)
        finally:
            self._at_work.release()
