"""A set of rows of a generation: their numbers where they are few, a bit for each row where not.

What roaring bitmaps do for each 65,536 numbers is done for the whole set: FAISS takes bits as they
lie, and numbers are what rows are fetched by.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from search.domain.arrays import BoolArray, IdArray

Bits = npt.NDArray[np.uint8]
"""Row i is bit i % 8, the lowest first, of byte i // 8; whole words of 64, zeros at the end."""

_FEW = 64
"""Numbers take as much memory as bits where every 64th row is in the set."""


class RowSet:
    """Some of the rows 0 .. n_all - 1; immutable. Sets that are put together are of as many rows.

    Any number of threads may use one at once: what is made when first asked for is the same each
    time.
    """

    def __init__(
        self, n_all: int, n_rows: int, *, bits: Bits | None = None, numbers: IdArray | None = None
    ) -> None:
        """Exactly one of both forms; see the class methods."""
        self.n_all = n_all
        self.n_rows = n_rows
        if bits is not None:
            self.__dict__["bits"] = bits
        if numbers is not None:
            self.__dict__["numbers"] = numbers

    @classmethod
    def of_numbers(cls, numbers: IdArray, n_all: int) -> RowSet:
        """Of ascending row numbers, each once."""
        return cls(n_all, len(numbers), numbers=numbers.astype(np.int64, copy=False))

    @classmethod
    def of_mask(cls, mask: BoolArray) -> RowSet:
        """Of the rows that are True."""
        return cls(len(mask), int(np.count_nonzero(mask)), bits=_packed(mask))

    @classmethod
    def none_of(cls, n_all: int) -> RowSet:
        """No row."""
        return cls.of_numbers(np.empty(0, np.int64), n_all)

    @property
    def is_few(self) -> bool:
        """Whether numbers are the smaller form."""
        return self.n_rows * _FEW <= self.n_all

    @property
    def n_bytes(self) -> int:
        """Of `bits`."""
        return _n_bytes(self.n_all)

    @property
    def has_numbers(self) -> bool:
        """Whether `numbers` are there already: it takes some time to make them of bits."""
        return "numbers" in self.__dict__

    @cached_property
    def bits(self) -> Bits:
        """A bit for each row."""
        mask = np.zeros(self.n_all, bool)
        mask[self.numbers] = True
        return _packed(mask)

    @cached_property
    def numbers(self) -> IdArray:
        """The rows' numbers, int64, ascending."""
        used = np.flatnonzero(self.bits != 0)
        bits = np.unpackbits(self.bits[used], bitorder="little")
        found = np.flatnonzero(bits.view(bool))
        numbers: IdArray = 8 * used[found >> 3] + (found & 7)
        return numbers

    def compact(self) -> RowSet:
        """The same rows, in the smaller form alone."""
        if self.is_few:
            return RowSet(self.n_all, self.n_rows, numbers=self.numbers)
        return RowSet(self.n_all, self.n_rows, bits=self.bits)

    def has(self, rows: IdArray) -> BoolArray:
        """Whether each of these rows is in the set."""
        found: BoolArray = (self.bits[rows >> 3] >> (rows & 7).astype(np.uint8) & 1).astype(bool)
        return found

    def n_below(self, numbers: IdArray) -> IdArray:
        """How many rows of the set are below each of these numbers, in 0 .. n_all."""
        if self.is_few:
            return np.searchsorted(self.numbers, numbers)
        words = self.bits.view(np.uint64)
        before = np.zeros(len(words) + 1, np.int64)
        np.cumsum(np.bitwise_count(words), out=before[1:])
        # A number that ends a word asks for nothing of the next, which may not be there.
        at = numbers >> 6
        wanted = np.left_shift(np.uint64(1), (numbers & 63).astype(np.uint64)) - np.uint64(1)
        within = words[np.minimum(at, len(words) - 1)] & wanted
        below: IdArray = before[at] + np.bitwise_count(within)
        return below

    def __and__(self, other: RowSet) -> RowSet:
        small, large = (self, other) if self.n_rows <= other.n_rows else (other, self)
        if not small.is_few:
            return _of_bits(self.n_all, self.bits & other.bits)
        numbers = small.numbers
        found = _among(large.numbers, numbers) if large.is_few else large.has(numbers)
        return RowSet.of_numbers(numbers[found], self.n_all)

    def __or__(self, other: RowSet) -> RowSet:
        if (self.n_rows + other.n_rows) * _FEW <= self.n_all:
            return RowSet.of_numbers(np.union1d(self.numbers, other.numbers), self.n_all)
        return _of_bits(self.n_all, self.bits | other.bits)

    def __sub__(self, other: RowSet) -> RowSet:
        if self.is_few:
            numbers = self.numbers
            found = _among(other.numbers, numbers) if other.is_few else other.has(numbers)
            return RowSet.of_numbers(numbers[~found], self.n_all)
        return _of_bits(self.n_all, self.bits & ~other.bits)


def _n_bytes(n_all: int) -> int:
    """Of whole words of 64 bits."""
    return 8 * -(-n_all // 64)


def _packed(mask: BoolArray) -> Bits:
    bits = np.zeros(_n_bytes(len(mask)), np.uint8)
    packed = np.packbits(mask, bitorder="little")
    bits[: len(packed)] = packed
    return bits


def _of_bits(n_all: int, bits: Bits) -> RowSet:
    n_rows = int(np.bitwise_count(bits.view(np.uint64)).sum())
    return RowSet(n_all, n_rows, bits=bits)


def _among(ascending: IdArray, wanted: IdArray) -> BoolArray:
    """Whether each wanted number is one of the ascending ones."""
    if not len(ascending):
        return np.zeros(len(wanted), bool)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    found: BoolArray = ascending[at] == wanted
    return found
