"""From what a person types to the category that is meant."""

from __future__ import annotations

import pytest

from search.categories.resolving import resolve_category
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy_file import read_taxonomy
from search.errors import ConflictError, NotFoundError
from tests.categories.trees import things


def stored(text: str = "") -> StoredTaxonomy:
    taxonomy = read_taxonomy(text) if text else things()
    ids = {path: number for number, path in enumerate(taxonomy.paths(), start=1)}
    return StoredTaxonomy(1, taxonomy, True, ids)


WEATHER = stored("taxonomy: weather\ncategories: [sky, {seen from: {children: [sky, ground]}}]")


@pytest.mark.parametrize(
    ("reference", "taxonomy", "meant"),
    [
        ("Dog", "", ("things", "animals/dog")),
        ("animals/dog", "", ("things", "animals/dog")),
        ("ground", "", ("weather", "seen from/ground")),
        ("sky", "weather", ("weather", "sky")),
        ("Things:SKY", "", ("things", "sky")),
        ("weather:seen from/sky", "", ("weather", "seen from/sky")),
    ],
)
def test_a_name_a_path_or_both_with_a_taxonomy_find_the_category(
    reference: str, taxonomy: str, meant: tuple[str, str]
) -> None:
    found = resolve_category([stored(), WEATHER], reference, taxonomy)
    assert (found.taxonomy.name, found.path) == meant
    assert found.id == found.taxonomy.category_ids[found.path]


def test_what_could_be_several_says_how_to_name_one() -> None:
    with pytest.raises(ConflictError, match="any of 2: sky of things, sky of weather") as caught:
        resolve_category([stored(), WEATHER], "sky")
    assert caught.value.hint == "Name the taxonomy as well, as in 'things:sky'."


@pytest.mark.parametrize("reference", ["fog", "things:dog", "none:sky"])
def test_what_is_unknown_is_said(reference: str) -> None:
    with pytest.raises(NotFoundError, match=f"no category '{reference}'"):
        resolve_category([stored(), WEATHER], reference)
