"""What other people might have asked for: names of things from all over, none of them special.

A photo shows none or few of them, so together they tell what it scores with words that do not
describe it. Changing the list changes what relevance means: fit the constants again
(`python -m benchmarks.relevance --fit`).
"""

from __future__ import annotations

import hashlib
from importlib.resources import files

BACKGROUND_TEXTS: tuple[str, ...] = tuple(
    files(__package__).joinpath("texts.txt").read_text(encoding="utf-8").splitlines()
)


def texts_digest() -> str:
    """A short name for this list, which changes with it."""
    return hashlib.sha256("\n".join(BACKGROUND_TEXTS).encode()).hexdigest()[:12]
