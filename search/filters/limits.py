"""What a filter may be, so that every database can take it and no reader of it runs out of room."""

from __future__ import annotations

from search.errors import UsageError
from search.filters.ast import And, Filter, Not, Or, PathMatches, TextIs

MAX_CONDITIONS = 500  # SQLite reads expressions at most 1,000 deep
MAX_DEPTH = 60
MAX_PATTERN = 10_000  # characters


def require_reasonable(where: Filter) -> None:
    """Raises UsageError where a filter has more conditions, nests deeper or has longer texts."""
    n_conditions = 0
    waiting: list[tuple[Filter, int]] = [(where, 1)]
    while waiting:
        part, depth = waiting.pop()
        n_conditions += 1
        if n_conditions > MAX_CONDITIONS or depth > MAX_DEPTH:
            raise UsageError(
                f"The filter has more than {MAX_CONDITIONS} conditions or nests deeper than "
                f"{MAX_DEPTH}.",
                hint="Tag the items that you mean, and filter by the tag.",
            )
        match part:
            case And(parts) | Or(parts):
                waiting += [(one, depth + 1) for one in parts]
            case Not(one):
                waiting.append((one, depth + 1))
            case TextIs(_, text) | PathMatches(text) if len(text) > MAX_PATTERN:
                raise UsageError(
                    f"A text in the filter is longer than {MAX_PATTERN} characters.",
                    hint="Use a part of it with '*'.",
                )
            case _:
                pass
