"""A reach that grows where exact searches keep finding more than the index did.

Reach is measured when an index is built, on texts and pictures of the build; what people ask for
may be harder.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from threading import Lock

import numpy as np

from search.adapters.faiss.reach import Reach

N_TOLD = 100
"""So many answers are judged together."""

_log = logging.getLogger(__name__)


class LiveReach:
    """How far queries reach now. Any number of threads may use it at once.

    Args:
        reach: where it begins.
        picture_recall, text_recall: index recall that is wanted of each sort of query.
    """

    def __init__(self, reach: Reach, picture_recall: float, text_recall: float) -> None:
        self.reach = reach
        self._wanted = {True: picture_recall, False: text_recall}
        self._told: dict[bool, list[float]] = {True: [], False: []}
        self._lock = Lock()

    def told(self, centre_cosine: float, share_found: float) -> None:
        """Of one answer, the share of the exact one that was in it; widens the sort's reach where
        the mean of many is below what is wanted by more than two standard errors."""
        is_picture = self.reach.is_picture(centre_cosine)
        with self._lock:
            shares = self._told[is_picture]
            shares.append(share_found)
            if len(shares) < N_TOLD:
                return
            mean, error = np.mean(shares), np.std(shares) / np.sqrt(len(shares))
            shares.clear()
            if mean + 2 * error >= self._wanted[is_picture]:
                return
            sort = "pictures" if is_picture else "texts"
            wider = getattr(self.reach, sort).widened()
            self.reach = replace(self.reach, **{sort: wider})
        _log.warning(
            "Searches by %s found %.3f of the exact answers where %.3f is wanted: they read %.1f%% "
            "of the rows from now on, and compare %d.",
            sort,
            mean,
            self._wanted[is_picture],
            100 * wider.share,
            wider.n_candidates,
        )
