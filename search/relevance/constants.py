"""The constants of relevance for a model, fitted by `python -m benchmarks.relevance --fit`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files

_FILE = "constants.json"
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Constants:
    """A logistic model of how far a score stands above its background.

    log-odds = slope * standing - crowd * sqrt(2 ln n) + offset, where n is how many were
    searched: the best of many reaches higher by chance (the extreme value of n normal draws).

    Attributes:
        slope: positive, so that within one answer relevance never rises as the score falls.
        near: in [0, 1]: how much what the background gets from the query's best hits counts
            against what it gets from the gallery at large.
    """

    near: float
    slope: float
    crowd: float
    offset: float

    def mixed(self, other: Constants, share: float) -> Constants:
        """These, with a share in [0, 1] of the other's."""
        kept = 1.0 - share
        return Constants(
            kept * self.near + share * other.near,
            kept * self.slope + share * other.slope,
            kept * self.crowd + share * other.crowd,
            kept * self.offset + share * other.offset,
        )


@dataclass(frozen=True, slots=True)
class ModelConstants:
    """What holds for queries of words, and for queries of pictures."""

    text: Constants
    picture: Constants

    def of(self, picture_share: float) -> Constants:
        """For a query whose terms weigh so much on the side of pictures, in [0, 1]."""
        return self.text.mixed(self.picture, picture_share)


def constants_of(architecture: str) -> ModelConstants:
    """A model's own constants, or those that stand for all models without their own."""
    fitted = _read()
    return fitted.get(architecture.lower(), fitted[DEFAULT])


def forget() -> None:
    """Read the file again at the next call: it has been written."""
    _read.cache_clear()


@cache
def _read() -> dict[str, ModelConstants]:
    text = files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    return {
        name: ModelConstants(Constants(**kinds["text"]), Constants(**kinds["picture"]))
        for name, kinds in json.loads(text)["models"].items()
    }


def as_json(models: dict[str, ModelConstants], source: str) -> str:
    """The content of the file of constants."""
    rounded = {
        name: {
            kind: {key: round(value, 4) for key, value in asdict(constants).items()}
            for kind, constants in (("text", fitted.text), ("picture", fitted.picture))
        }
        for name, fitted in sorted(models.items())
    }
    return json.dumps({"source": source, "models": rounded}, indent=2) + "\n"
