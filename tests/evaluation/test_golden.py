"""What a golden query asks for, and a file of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from search.domain.item import ItemKind, ItemRecord, ItemState
from search.domain.query import Answer, Hit, Query
from search.errors import NotFoundError, UsageError
from search.evaluation.golden import GoldenAsker, GoldenQuery, GoldenResult
from search.evaluation.golden_file import read_golden

ORDER = ("a", "b", "c", "d")
IDS = {name: [number] for number, name in enumerate(ORDER, start=1)} | {"twins": [1, 2]}


def ask(query: Query) -> Answer:
    """Always a, b, c, d."""
    items = [
        ItemRecord(number, ItemKind.PHOTO, f"/{name}.jpg", "", ItemState.LIVE, 1)
        for number, name in enumerate(ORDER, start=1)
    ]
    hits = tuple(Hit(item, item.id, 0.5) for item in items)[: query.limit]
    return Answer(hits, "space", 1, True)


def result_of(query: GoldenQuery) -> GoldenResult:
    asker = GoldenAsker(ask, lambda name: IDS.get(name, []), lambda path: pytest.fail(str(path)))
    (result,) = asker.results([query])
    return result


@pytest.mark.parametrize(
    ("find", "avoid", "top", "problem"),
    [
        (["a", "b"], [], 2, ""),
        (["c"], [], 3, ""),
        (["c"], [], 2, "c is not among the first 2 hits"),
        (["a", "d"], [], 2, "d is not among the first 2 hits"),
        (["a"], ["b"], 4, ""),
        (["b"], ["a"], 4, "a is hit 1, before what must be found"),
        (["a", "c"], ["b"], 4, "b is hit 2, before what must be found"),
        ([], ["d"], 3, ""),
        ([], ["c"], 3, "c is hit 3, before what must be found"),
        (["gone"], [], 4, "gone is not in the gallery"),
        (["twins"], [], 4, "twins could be any of 2 items"),
    ],
)
def test_all_of_find_is_among_the_first_hits_and_above_what_to_avoid(
    find: list[str], avoid: list[str], top: int, problem: str
) -> None:
    result = result_of(GoldenQuery("cat", find=tuple(find), avoid=tuple(avoid), top=top))
    assert result.problem == problem
    assert result.passed == (problem == "")


def test_a_query_that_cannot_be_asked_has_failed_and_says_why() -> None:
    result = result_of(GoldenQuery("price:<cheap", find=("a",)))
    assert not result.passed
    assert result.missed == ("a",)


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    yaml, json = tmp_path / "golden.yaml", tmp_path / "golden.json"
    yaml.write_text('queries:\n  - {text: "a cat", image: q/x.jpg, top: 3, find: [a.jpg, 12]}\n')
    json.write_text(
        '{"queries": [{"text": "a cat", "image": "q/x.jpg", "top": 3, "find": ["a.jpg", 12]}]}'
    )
    expected = GoldenQuery("a cat", image=tmp_path / "q/x.jpg", top=3, find=("a.jpg", "12"))
    assert read_golden(yaml) == read_golden(json) == [expected]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no list of queries"),
        ("queries: [", "neither YAML nor JSON in line 1"),
        ("queries: [1]", "queries[0] is not a query"),
        ("queries: [{text: cat}]", "queries[0] names nothing to find"),
        ("queries: [{find: [a]}]", "queries[0] asks nothing"),
        ("queries: [{text: cat, find: [a]}, {text: cat, find: [a, '']}]", "queries[1].find[1]"),
        ("queries: [{text: cat, find: [a], top: 0}]", "queries[0].top"),
        ("queries: [{text: [cat], find: [a]}]", "queries[0].text"),
        ("queries: [{text: cat, finds: [a]}]", "queries[0].finds is not known"),
    ],
)
def test_a_bad_file_is_told_with_the_path_to_the_bad_value(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "golden.yaml"
    path.write_text(content)
    with pytest.raises(UsageError) as raised:
        read_golden(path)
    assert said in raised.value.message


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_golden(tmp_path / "none.yaml")
