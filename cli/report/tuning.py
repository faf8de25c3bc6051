"""What `sightline tune` found out, as people read it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.sizes import size_text
from cli.tuning import SORTS, Tuning
from search.evaluation.reaches import K

if TYPE_CHECKING:
    from cli.session import Session

_WORDS = {"texts": "texts", "captions": "its own captions", "pictures": "its own pictures"}
_SOURCES = {"option": "as asked", "settings": "the settings"}


def show(session: Session, tuning: Tuning) -> None:
    """Print a table for each sort of query, one of what the kinds take, and what follows."""
    output = session.output
    for sort, n in tuning.n_queries.items():
        rows = [
            (
                one.kind,
                "in use" if one.in_use else "" if one.tuned_to is None else f"{one.tuned_to:g}",
                one.recall,
                f"{one.median_ms:.2f}",
                f"{one.rows_read:,}",
            )
            for one in tuning.measured
            if one.queries == sort
        ]
        columns = ["kind", "tuned to", f"recall@{K}#", "median ms#", "rows read#"]
        output.table(columns, rows, title=f"{n} queries: {_WORDS[sort]}")
        output.text()
    costs = [
        (
            cost.kind,
            size_text(cost.own_bytes),
            size_text(cost.mapped_bytes),
            "not known" if cost.build_s is None else f"{cost.build_s:.1f}",
        )
        for cost in tuning.costs
    ]
    columns = ["kind", "memory of each process#", "mapped files#", "build s#"]
    output.table(columns, costs, title=f"What {tuning.n_views:,} views take")
    output.text()
    for sentence in advice(tuning):
        output.text(sentence)


def advice(tuning: Tuning) -> Sequence[str]:
    """What follows from the figures, in sentences."""
    text, picture = tuning.wanted["text"], tuning.wanted["picture"]
    said = [
        f"Wanted: {text.recall:g} of the exact first {K} for words ({_SOURCES[text.source]}), "
        f"{picture.recall:g} for pictures ({_SOURCES[picture.source]})."
    ]
    if any(one.source == "gallery" for one in tuning.tuned_to.values()):
        said.append(
            f"Builds of this gallery are tuned to {tuning.tuned_to['text'].recall:g} for words and "
            f"{tuning.tuned_to['picture'].recall:g} for pictures, as was applied; `sightline tune "
            "--reset` takes that back."
        )
    if tuning.compares_all:
        said.append(
            "Every search compares all views, which loses nothing; above "
            f"{tuning.flat_rows:,} views codes (ivf-pq4) are used. Nothing needs to be chosen now."
        )
        return said
    for name, sorts in SORTS.items():
        best = [one for one in tuning.measured if one.tuned_to == tuning.recommended[name]]
        for one in best:
            if one.queries in sorts and one.recall + one.error < tuning.wanted[name].recall:
                said.append(f"No reach that was tried finds as much for {_WORDS[one.queries]}.")
    options = " ".join(f"--{name}-recall {tuning.recommended[name]:g}" for name in SORTS)
    other = any(
        one.source == "option" and tuning.recommended[name] != tuning.tuned_to[name].recall
        for name, one in tuning.wanted.items()
    )
    short = tuning.falls_short
    if not short and not other:
        said.append("The index finds what is wanted. Nothing needs to be changed.")
    else:
        if short:
            words = " and ".join(_WORDS[sort] for sort in short)
            said.append(f"The index in use finds less for {words}.")
        target = f" --gallery {tuning.gallery}" if tuning.gallery != "default" else ""
        said.append(f"To have it: sightline tune {options} --apply{target}")
    return said
