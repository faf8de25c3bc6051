"""How far a query has to reach: which share of the lists it reads, how many candidates it takes.

Pictures ask from within the cone of the gallery's own vectors, and a few lists hold their answers.
Words ask from outside, and their answers are spread over many. Which of both a query is, or that a
mixture is one of words, its direction tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import log
from typing import Any

N_CANDIDATES = (100, 200, 400, 800, 1_600, 3_200)
"""What tuning chooses from."""

_MOST_CANDIDATES = 12_800

_FILTERED = 4
"""Times the candidates under a filter: its best rows lie deeper, where codes tell less apart."""

PICTURE_DEVIATIONS, TEXT_DEVIATIONS, _FURTHER_DEVIATIONS = 3.0, 6.0, 0.5


@dataclass(frozen=True, slots=True)
class Setting:
    """How far one query reaches.

    Attributes:
        share: part of the allowed rows whose lists are read, in (0, 1].
        n_candidates: rows whose codes are best, to be compared exactly.
        deviations: where coarse codes are compared, how sure it has to be that nothing better
            follows: in a list, by deviations of its scores; in a code, by those of its error.
    """

    share: float
    n_candidates: int
    deviations: float


@dataclass(frozen=True, slots=True)
class SortReach:
    """What one sort of query needs.

    Attributes:
        share, share_of_tenth: among all rows, and where a filter leaves a tenth of them.
    """

    share: float
    share_of_tenth: float
    n_candidates: int
    deviations: float = PICTURE_DEVIATIONS

    def setting(self, allowed_share: float) -> Setting:
        """Between and beyond the two, shares grow by the same factor for each tenth."""
        if allowed_share >= 1:
            return Setting(self.share, self.n_candidates, self.deviations)
        tenths = -log(allowed_share) / log(10)
        grown = self.share * (self.share_of_tenth / self.share) ** tenths
        share = min(1.0, max(grown, self.share))
        return Setting(share, _FILTERED * self.n_candidates, self.deviations)

    def widened(self) -> SortReach:
        """Half as much again of the lists, and twice the candidates, up to a limit."""
        return SortReach(
            min(1.0, 1.5 * self.share),
            min(1.0, 1.5 * self.share_of_tenth),
            min(_MOST_CANDIDATES, 2 * self.n_candidates),
            self.deviations + _FURTHER_DEVIATIONS,
        )

    def to_fields(self) -> Mapping[str, float | int]:
        """As JSON takes it."""
        return asdict(self)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> SortReach:
        """Raises KeyError, TypeError or ValueError where the fields are not those of a reach."""
        shares = float(fields["share"]), float(fields["share_of_tenth"])
        n_candidates, deviations = int(fields["n_candidates"]), float(fields["deviations"])
        if not (0 < shares[0] <= shares[1] <= 1 and n_candidates > 0):
            raise ValueError("a share lies in (0, 1], and candidates are at least one")
        return cls(*shares, n_candidates, deviations)


EVERYTHING = SortReach(1.0, 1.0, N_CANDIDATES[-1], TEXT_DEVIATIONS)


@dataclass(frozen=True, slots=True)
class Reach:
    """What each sort of query needs in one index.

    Attributes:
        picture_cosine: a query whose cosine with the vectors' centre is at least this is one of
            pictures.
    """

    picture_cosine: float
    pictures: SortReach
    texts: SortReach

    def is_picture(self, centre_cosine: float) -> bool:
        """Whether a query so near the vectors' centre is one of pictures."""
        return centre_cosine >= self.picture_cosine

    def setting(self, centre_cosine: float, allowed_share: float) -> Setting:
        """What a query needs where a filter leaves this share of the rows."""
        sort = self.pictures if self.is_picture(centre_cosine) else self.texts
        return sort.setting(allowed_share)

    def to_fields(self) -> Mapping[str, Any]:
        """As JSON takes it."""
        return {
            "picture_cosine": self.picture_cosine,
            "pictures": self.pictures.to_fields(),
            "texts": self.texts.to_fields(),
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Reach:
        """Raises KeyError, TypeError or ValueError where the fields are not those of a reach."""
        cosine = float(fields["picture_cosine"])
        pictures, texts = (SortReach.from_fields(fields[name]) for name in ("pictures", "texts"))
        return cls(cosine, pictures, texts)


EVERYWHERE = Reach(0.0, EVERYTHING, EVERYTHING)
