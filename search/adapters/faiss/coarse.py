"""Coarse codes: a byte for each of the axes that tell most of a query's scores, a row at a time.

They find candidates among the rows that a filter leaves, where comparing float16 would take too
long and reading lists would read mostly rows that do not pass: a row is two lines of cache where
its float16 is sixteen. The axes are those that vary most among the pictures as queries see them,
one of each part that `projection.py` makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.lists import Lists, widest
from search.adapters.faiss.reach import Setting
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.rowset import RowSet
from search.ranking import Scores

_LISTS_NS, _COARSE_NS = 130_000, 20
"""To order lists; a code from anywhere in memory."""

_FEW_CANDIDATES = 128

_WIDE_PART = 4

_NARROW = (1.0, 0.35)
"""Times the deviations for sums of narrow codes alone, among the first rows and farther on: a row
is left out that needs more of them to become a candidate. Near a picture they add more than by
chance."""

_NEAR_ROWS, _FEW_MORE = 16_384, 4
"""What is near a query: the first rows that are compared, so many or those of the reach; what was
found is near it where no more than so many times these had to be compared."""

_WRITTEN_ROWS = 16_384
_GREATEST_CODE = 255
_MOST_ABOVE = 2**30
"""The sum of a list's centre is at most half of it, and int32 holds both."""

_NONE = np.zeros(1, np.int32)
_AS_ONE_LIST = np.zeros(1, np.int64), np.zeros(1, np.int64), _NONE, _NONE
_NO_NUMBERS, _NO_WORDS = np.empty(0, np.int64), np.empty(0, np.uint64)

Codes = npt.NDArray[np.uint8]
Weights = npt.NDArray[np.int16]
Sums = npt.NDArray[np.int32]


def trained_coarse(mapped: FloatMatrix, n_parts: int) -> Any:
    """FAISS's quantizer of a byte for each coordinate, for codes of these vectors.

    Args:
        mapped: float32, (n, dim): some `Projection.vectors`.
        n_parts: the projection's; a code is as long.
    """
    faiss = faiss_library()
    quantizer = faiss.IndexScalarQuantizer(
        n_parts, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    quantizer.train(widest(mapped, n_parts))
    return quantizer


def coarse_codes(quantizer: Any, mapped: FloatMatrix) -> Codes:
    """The codes of vectors in the coordinates of codes: uint8, (n, quantizer.d)."""
    return np.asarray(quantizer.sa_encode(widest(mapped, quantizer.d)), np.uint8)


@dataclass(frozen=True, slots=True)
class StoredCodes:
    """All codes, those of the widest quarter of axes apart: of most rows that is all that is read.

    Attributes:
        wide, narrow: uint8, (n_rows, n_wide) and (n_rows, n_parts - n_wide).
    """

    wide: Codes
    narrow: Codes

    @classmethod
    def none(cls, n_parts: int) -> StoredCodes:
        """Of an index in the making, which is asked for none."""
        return cls(*(np.empty((0, width), np.uint8) for width in _widths(n_parts)))

    @classmethod
    def mapped(cls, path: Path, offset: int, n_rows: int, n_parts: int) -> StoredCodes:
        """As `write` puts them to the end of a file, from an offset on; mapped.

        Raises:
            ValueError: the file is cut short, or has something more.
        """
        if path.stat().st_size != offset + n_rows * n_parts:
            raise ValueError("the file is cut short, or has something more")
        found = []
        for width in _widths(n_parts):
            codes = np.memmap(path, np.uint8, "r", offset, (n_rows, width)) if width else None
            found.append(np.empty((n_rows, 0), np.uint8) if codes is None else np.asarray(codes))
            offset += n_rows * width
        return cls(*found)

    @staticmethod
    def write(file: BinaryIO, codes: Codes, order: IdArray) -> None:
        """Append the codes of rows, uint8 (n_rows, n_parts), in another order to a file."""
        n_wide, _ = _widths(codes.shape[1])
        for axes in (slice(None, n_wide), slice(n_wide, None)):
            for start in range(0, len(order), _WRITTEN_ROWS):
                file.write(codes[order[start : start + _WRITTEN_ROWS], axes].tobytes())


def _widths(n_parts: int) -> tuple[int, int]:
    n_wide = -(-n_parts // _WIDE_PART)
    return n_wide, n_parts - n_wide


@dataclass(frozen=True, slots=True)
class Weighed:
    """A query as whole numbers: `size` times the sum of weights times codes, plus `zero`.

    Attributes:
        weights: int16, (n_parts,).
    """

    weights: Weights
    size: float
    zero: float


@dataclass(frozen=True, slots=True)
class NearLists:
    """How near the lists are to a query, in sums of codes.

    Attributes:
        order: int64, (n_lists,), nearest first.
        sums: int32, (n_lists,), of the centres.
        more: int32, (n_lists,), how much of these the axes that codes leave out add.
    """

    order: IdArray
    sums: Sums
    more: Sums


class CoarseCodes:
    """Finds candidates by code. Any number of threads may ask at once.

    Args:
        quantizer: as `trained_coarse` makes it.
        codes: those of all rows.
        error: as `Lists.error_of_widest` tells it.
        axes: float32, (quantizer.d, dim): a query's products with them are its coarse coordinates.
        lists: of the same rows.
        variances: float32, (quantizer.d,), as `Lists.coarse_variances` tells them.
    """

    def __init__(
        self,
        quantizer: Any,
        codes: StoredCodes,
        error: float,
        axes: FloatMatrix,
        lists: Lists,
        variances: Scores,
    ) -> None:
        self.error = error
        self._codes = codes
        self._axes = axes
        self._lists = lists
        self._codes_of_centres = coarse_codes(quantizer, lists.coarse_centres)
        # FAISS decodes a code c as minimum + step (c + 1/2).
        trained = faiss_library().vector_to_array(quantizer.sq.trained)
        minima, widths = trained[: quantizer.d], trained[quantizer.d :]
        self._steps = widths / _GREATEST_CODE
        self._zeros = minima + self._steps / 2
        # Constant coordinates have a step, and so a weight, of zero.
        steps = np.where(self._steps > 0, self._steps, np.inf)
        self._code_of_mean = -self._zeros / steps  # Mapped vectors' mean is zero.
        self._variances_in_lists = np.asarray(variances / steps**2, np.float32)
        of_all = variances + lists.variances_of_centres
        self._variances = np.asarray(of_all / steps**2, np.float32)

    @property
    def own_bytes(self) -> int:
        """Of the codes of lists' centres, in each process's own memory."""
        return self._codes_of_centres.nbytes

    @property
    def mapped_bytes(self) -> int:
        """Of the rows' codes, which are mapped."""
        return self._codes.wide.nbytes + self._codes.narrow.nbytes

    def weighed(self, query: Scores) -> Weighed:
        """A query, float32 (dim,), as codes are compared with it."""
        from search.adapters.faiss.compiled import weigh

        return Weighed(*weigh(self._axes, self._steps, self._zeros, query))

    def near_lists(self, query: Scores, weighed: Weighed, own: float) -> NearLists:
        """The lists, nearest to a query first.

        Args:
            own: the query's product with the mean of all vectors, which codes leave out.
        """
        from search.adapters.faiss.compiled import exact_sums

        scores = self._lists.products(query)
        whole = weighed.weights, weighed.size, weighed.zero + own
        sums, more = exact_sums(self._codes_of_centres, *whole, scores)
        return NearLists(np.argsort(-sums), sums, more)

    def are_sooner_compared(self, allowed: RowSet, n: int) -> bool:
        """Whether comparing all of these rows, for n of them, takes less time than to find the
        nearest lists.

        Where many candidates are wanted that matters less than what centres add to them.
        """
        quick = _COARSE_NS * allowed.n_rows <= _LISTS_NS
        return quick and allowed.is_few and n <= _FEW_CANDIDATES

    def best(
        self,
        query: Weighed,
        near: NearLists | None,
        allowed: RowSet,
        n: int,
        k: int,
        setting: Setting,
        unfiltered_share: float,
    ) -> tuple[IdArray, Scores, bool]:
        """The n of these rows with the highest scores by code, and these, in any order.

        Lists are read nearest first: the setting's share of the rows is compared at least, and no
        fewer lists are read than without a filter, for a share of all rows. From there on they are
        read until the next one's centre lies the setting's deviations below the k-th best score.

        Args:
            near: None compares all rows.

        Returns:
            rows, scores, and whether not many more had to be compared than that share.
        """
        from search.adapters.faiss.compiled import best_of_lists, deviation

        weights, wide, narrow = query.weights, self._codes.wide, self._codes.narrow
        narrow_weights, first = weights[wide.shape[1] :], wide.shape[1]
        mean = float(narrow_weights @ self._code_of_mean[first:])
        apart = setting.deviations * deviation(narrow_weights, self._variances[first:])
        slacks = tuple(int(mean + part * apart) for part in _NARROW)
        n_least = int(setting.share * allowed.n_rows)
        lists = _AS_ONE_LIST
        if near is None:
            lists = lists[0] + allowed.n_all, *lists[1:]
        else:
            above = setting.deviations * deviation(weights, self._variances_in_lists)
            bounds = near.sums + np.int32(min(above, _MOST_ABOVE))
            lists = self._lists.ends, near.order, near.more, bounds
        by_number = allowed.is_few and allowed.has_numbers
        rows, scores, n_compared = best_of_lists(
            wide,
            narrow,
            weights,
            query.size,
            query.zero,
            slacks,
            allowed.numbers if by_number else _NO_NUMBERS,
            _NO_WORDS if by_number else allowed.bits.view(np.uint64),
            n,
            k,
            (n_least, int(unfiltered_share * allowed.n_all)),
            max(n_least, _NEAR_ROWS),
            lists,
        )
        are_near = near is not None and n_compared <= max(_FEW_MORE * n_least, _NEAR_ROWS)
        return rows, scores, are_near
