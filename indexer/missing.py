"""When files that a scan did not see may be marked missing, and when a person must say so; pure.

An unmounted disk, a failing one and a share that lost its login look like deleted photos. So a
scan that would hide much is refused unless it was confirmed; everything else goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

SHARE_WITHOUT_CONFIRMATION = 0.5


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """What one scan of one part of a root tells about its own trustworthiness.

    Attributes:
        n_seen: pictures that are there.
        n_known: pictures that earlier scans knew there and were not missing yet.
        n_vanished: those of them that would be marked missing now, moves taken out.
        n_hidden: those of them below something that could not be looked at.
        other_device: the root lies on another file system than it did.
    """

    place: str
    n_seen: int
    n_known: int
    n_vanished: int
    n_hidden: int = 0
    other_device: bool = False


def why_confirm(facts: ScanFacts) -> str | None:
    """Why marking must be confirmed, one sentence; None where it need not be."""
    n = facts.n_vanished
    if n == 0:
        return None
    lost = f"{n} known file{'s are' if n > 1 else ' is'} not there"
    if facts.n_seen == 0:
        return f"Nothing is left in {facts.place}, where {lost}: is it a disk that is not mounted?"
    if facts.other_device:
        return f"{facts.place} lies on another disk than before, and {lost}."
    if facts.n_hidden:
        return f"{facts.place} cannot be read in part, and {lost}."
    if n > facts.n_known * SHARE_WITHOUT_CONFIRMATION:
        return f"{lost[0].upper()}{lost[1:]} in {facts.place}, over half of {facts.n_known}."
    return None
