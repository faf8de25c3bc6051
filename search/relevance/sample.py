"""A sample of the gallery's own views, the same for the same views wherever it is drawn."""

from __future__ import annotations

from threading import Lock

import numpy as np
import numpy.typing as npt

from search.domain.arrays import IdArray
from search.relevance.background import N_PICTURES, PictureSample
from search.state import SearchState

_REDRAWN_AT = 0.1  # as a share of the rows that there were


def draw(state: SearchState, n: int = N_PICTURES) -> PictureSample:
    """The n views of lowest hash: any view is as likely as any other, and few change with few."""
    item_ids, view_ids = state.rows()
    if len(view_ids) > n:
        lowest = np.argpartition(_hashed(view_ids), n - 1)[:n]
        item_ids, view_ids = item_ids[lowest], view_ids[lowest]
    order = np.argsort(_hashed(view_ids))
    item_ids, view_ids = item_ids[order], view_ids[order]
    return PictureSample(view_ids, state.vectors_of(item_ids, view_ids))


class SampleKeeper:
    """Keeps one gallery's sample, and draws it again once the gallery has changed by a tenth."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: tuple[int, str, str] | None = None
        self._n_rows = 0
        self._sample: PictureSample | None = None

    def of(self, state: SearchState) -> PictureSample:
        """The sample that goes with a state."""
        identity = (state.gallery_id, state.epoch, state.space_id)
        with self._lock:
            grown = abs(state.n_rows - self._n_rows) > _REDRAWN_AT * self._n_rows
            if self._sample is None or self._of != identity or grown:
                self._sample = draw(state)
                self._of, self._n_rows = identity, state.n_rows
            return self._sample


def _hashed(ids: IdArray) -> npt.NDArray[np.uint64]:
    """A well-mixed number per id. Source: splitmix64, Steele et al. 2014."""
    mixed = ids.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
