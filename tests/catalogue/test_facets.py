"""How items divide by tag, attribute, year and month."""

from __future__ import annotations

from collections.abc import Iterable

from search.domain.facet import FacetCount
from search.filters.ast import And, HasTag
from tests.catalogue.pictures import Shelf, picture, text

_TAKEN = ("2023-11-30T08:00:00Z", "2024-05-01T12:00:00Z", "2024-05-31T23:00:00Z", "2022-01-02")


def counted(found: Iterable[FacetCount]) -> list[tuple[str, int]]:
    return [(one.value, one.n_items) for one in found]


def _dated(shelf: Shelf) -> None:
    for number, taken_at in enumerate(_TAKEN):
        attributes = {"taken_at": text(taken_at), "camera": text("Pixel 8")}
        shelf.store(
            picture(
                shelf.root,
                f"{number}.jpg",
                f"content {number}",
                attributes=attributes,
                keywords=("even",) if number % 2 == 0 else (),
            )
        )


def test_months_are_all_there_in_their_order(shelf: Shelf) -> None:
    _dated(shelf)
    with shelf.catalogue.reading() as snapshot:
        n_items, counts = snapshot.facet_counts(
            shelf.gallery.id, And(()), ("month", "year", "camera"), limit=1
        )
    assert n_items == 4
    assert counted(counts["month"]) == [("2022-01", 1), ("2023-11", 1), ("2024-05", 2)]
    assert counted(counts["year"]) == [("2024", 2)]
    assert counted(counts["camera"]) == [("Pixel 8", 4)]


def test_months_are_those_of_what_matches(shelf: Shelf) -> None:
    _dated(shelf)
    with shelf.catalogue.reading() as snapshot:
        n_items, counts = snapshot.facet_counts(shelf.gallery.id, HasTag("even"), ("month",))
    assert n_items == 2
    assert counted(counts["month"]) == [("2023-11", 1), ("2024-05", 1)]
