"""Which kind of index suits how many rows. The kind is written into the generation's manifest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

from search.domain.gallery import WantedRecall

FLAT16 = "flat16"
IVF_PQ4 = "ivf-pq4"


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """Chooses an index kind; docs/adr/0021 has the figures.

    Attributes:
        flat_rows: up to so many rows the index is exact.
        compared_rows: so many rows that a filter leaves are compared one by one, whatever the
            kind and the query: a quarter of a millisecond at 512 dimensions.
        picture_recall, text_recall: index recall at ten that `ivf-pq4` is tuned to.
    """

    flat_rows: int = 150_000
    compared_rows: int = 1_000
    picture_recall: float = 0.99
    text_recall: float = 0.985

    def kind_for(self, n_rows: int) -> str:
        return FLAT16 if n_rows <= self.flat_rows else IVF_PQ4

    def wanting(self, wanted: WantedRecall) -> KindPolicy:
        """The same with the recalls that a gallery wants, where it wants any."""
        return replace(
            self,
            text_recall=self.text_recall if wanted.texts is None else wanted.texts,
            picture_recall=self.picture_recall if wanted.pictures is None else wanted.pictures,
        )

    def n_lists(self, n_rows: int) -> int:
        """Lists of an inverted file: about two square roots of its rows."""
        return max(1, min(16_384, 2 * isqrt(n_rows)))
