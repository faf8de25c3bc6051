"""The seam to indexes made to be compared: the kinds there are, and how far each could reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from search.domain.arrays import FloatMatrix, HalfMatrix
from search.ports.vector_index import VectorIndex
from search.ranking import Scores


@dataclass(frozen=True, slots=True)
class Trial:
    """An index of one kind, reaching as far as it was told to.

    Attributes:
        tuned_to: the index recall at ten, of each sort of query, that its reach was chosen for;
            None where it compares everything, or reaches as far as the one in use.
        in_use: it is the one that searches use.
        n_read: how many rows are compared for a query, float32 (dim,), by code or exactly.
    """

    kind: str
    tuned_to: float | None
    in_use: bool
    index: VectorIndex
    n_read: Callable[[Scores], int]


@dataclass(frozen=True, slots=True)
class KindCost:
    """What a kind takes for the rows of one generation.

    Attributes:
        own_bytes: in the memory of each process that searches.
        mapped_bytes: of files that are mapped, and shared by these processes.
        build_s: seconds to build the index, its vectors being written; None where that is unknown.
    """

    kind: str
    own_bytes: int
    mapped_bytes: int
    build_s: float | None


@dataclass(frozen=True, slots=True)
class Trials:
    """All that is to be compared, and what each kind costs.

    Attributes:
        vectors: float16, (n_rows, dim), of the trials; in an order of their own where codes had to
            be made.
    """

    vectors: HalfMatrix
    trials: tuple[Trial, ...]
    costs: tuple[KindCost, ...]


class IndexTrials(Protocol):
    """Makes trials of an index."""

    @property
    def least_rows(self) -> int:
        """Up to so many rows every index compares everything, so that there is nothing to try."""

    @property
    def flat_rows(self) -> int:
        """Up to so many rows an index is built that compares everything."""

    def tried(
        self,
        index: VectorIndex,
        vectors: HalfMatrix,
        texts: FloatMatrix,
        recalls: Sequence[float],
    ) -> Trials:
        """The index as it is, an exact one, and one by codes that is tuned to each of the recalls.

        Where the index has no codes, they are made for this, which takes as long as a build.

        Args:
            vectors: those of the index.
            texts: float32, (n, dim), unit rows: what a build of these vectors would be fitted to.
        """

    def held_out(self, texts: FloatMatrix) -> FloatMatrix:
        """Those of the texts that a build only measures by: codes are not fitted to them."""
