"""Weighted terms as the command line writes them: `at night@0.5` is those words at half weight."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from search.errors import NotFoundError, UsageError

_WEIGHT = re.compile(r"^(?P<text>.*\S)\s*@(?P<weight>-?\d+(?:\.\d+)?|-?\.\d+)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Weighted:
    """What was typed without its weight, and the weight; None where none was typed."""

    text: str
    weight: float | None = None

    def weight_or(self, default: float) -> float:
        return default if self.weight is None else self.weight


def split_weight(typed: str) -> Weighted:
    """Read `TEXT@WEIGHT`; text without a number behind its last `@` has no weight.

    Raises:
        UsageError: nothing is left to look for, or the weight is zero or endless.
    """
    match = _WEIGHT.match(typed.strip())
    found = Weighted(typed.strip()) if match is None else _weighted(match)
    if not found.text:
        raise UsageError("An empty text was given to look for.", hint="Name what to look for.")
    return found


def split_file_weight(typed: str) -> tuple[Path, float | None]:
    """Read `FILE@WEIGHT`. A file of exactly the name typed wins, so no name is ever misread.

    Raises:
        NotFoundError: there is no such file, with or without the weight.
    """
    whole = Path(typed).expanduser()
    if whole.is_file():
        return whole, None
    match = _WEIGHT.match(typed)
    if match is not None:
        found = _weighted(match)
        path = Path(found.text).expanduser()
        if path.is_file():
            return path, found.weight
    if whole.is_dir():
        raise UsageError(
            f"{typed} is a folder, not a picture.", hint="Give the path of one picture file."
        )
    raise NotFoundError(f"There is no file {typed}.", hint="Check the path for typing errors.")


def _weighted(match: re.Match[str]) -> Weighted:
    weight = float(match["weight"])
    if weight == 0 or not math.isfinite(weight) or abs(weight) > 100:
        raise UsageError(
            f"The weight {match['weight']} is out of range.",
            hint="Weights lie between -100 and 100 and are not zero; 1 is the usual one.",
        )
    return Weighted(match["text"].strip(), weight)
