"""Which kind of index suits how many rows. The kind is written into the generation's manifest."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

FLAT16 = "flat16"
IVF_SQ8 = "ivf-sq8"


@dataclass(frozen=True, slots=True)
class KindPolicy:
    """Chooses an index kind; docs/adr/0011 has the figures.

    Attributes:
        flat_rows: up to so many rows the index is exact.
        probe_share: part of an inverted file's lists that a query reads.
        candidates: rows re-ranked exactly, at least; four times k where that is more.
    """

    flat_rows: int = 300_000
    probe_share: float = 0.5
    candidates: int = 200

    def kind_for(self, n_rows: int) -> str:
        return FLAT16 if n_rows <= self.flat_rows else IVF_SQ8

    def n_lists(self, n_rows: int) -> int:
        """Lists of an inverted file: about two square roots of its rows."""
        return max(1, min(65_536, 2 * isqrt(n_rows)))

    def n_probes(self, n_lists: int) -> int:
        return max(1, min(n_lists, round(n_lists * self.probe_share)))

    def n_candidates(self, k: int) -> int:
        return max(self.candidates, 4 * k)
