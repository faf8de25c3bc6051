"""`sightline search` and what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cli.commands.search import NOTHING_MATCHES, PAST_LINE
from search.relevance.scale import LINE
from tests.cli.conftest import Sightline

pytestmark = pytest.mark.usefixtures("indexed")


def test_json_has_exactly_the_promised_shape(sightline: Sightline) -> None:
    ran = sightline("search", "a cat", "-k", 3, "--json")
    assert ran.code == 0
    answer = ran.document
    assert set(answer) == {"hits", "took_ms", "space", "exact"}
    assert len(answer["hits"]) == 3
    for hit in answer["hits"]:
        assert set(hit) == {"item", "uri", "score", "relevance", "tags", "categories"}
        assert Path(hit["uri"]).is_absolute()
        assert Path(hit["uri"]).is_file()
        assert -1 <= hit["score"] <= 1
    for key in ("score", "relevance"):
        values = [hit[key] for hit in answer["hits"]]
        assert values == sorted(values, reverse=True)
    assert all(0 <= hit["relevance"] <= 1 for hit in answer["hits"])


def test_line_parts_what_probably_answers_from_what_does_not(sightline: Sightline) -> None:
    query = ("search", "a cat", "-k", 100)
    hits = sightline(*query, "--json").document["hits"]
    n_good = sum(hit["relevance"] >= LINE for hit in hits)
    assert n_good < len(hits)
    lines = sightline(*query).out.splitlines()
    assert lines.index(f"----- {PAST_LINE}") == 1 + n_good
    assert lines[0].split()[:4] == ["place", "score", "relevance", "item"]


def test_answer_without_a_good_hit_says_so(sightline: Sightline) -> None:
    ran = sightline("search", "qzxv wkjh", "-k", 3)
    best = sightline("search", "qzxv wkjh", "-k", 1, "--json").document["hits"][0]
    assert (NOTHING_MATCHES in ran.out) == (best["relevance"] < LINE)


def test_filters_alone_are_not_judged(sightline: Sightline) -> None:
    ran = sightline("search", "path:kitchen", "--json")
    assert {hit["relevance"] for hit in ran.document["hits"]} == {None}
    assert PAST_LINE not in sightline("search", "path:kitchen").out


def test_a_picture_of_the_gallery_finds_itself_first(sightline: Sightline, pictures: Path) -> None:
    path = sorted((pictures / "pets").iterdir())[0]
    (hit,) = sightline("search", "--image", path, "-k", 1, "--json").document["hits"]
    assert hit["uri"] == str(path)
    assert hit["score"] > 0.999


def test_like_leaves_the_item_itself_out(sightline: Sightline, pictures: Path) -> None:
    path = sorted((pictures / "pets").iterdir())[0]
    (found,) = sightline("search", "--image", path, "-k", 1, "--json").document["hits"]
    hits = sightline("search", "--like", found["item"], "-k", 100, "--json").document["hits"]
    assert len(hits) == 23
    assert found["item"] not in {hit["item"] for hit in hits}


def test_what_resembles_words_pushed_away_hard_comes_last(sightline: Sightline) -> None:
    cakes = sightline("search", "a cake", "-k", 1, "--json").document["hits"]
    pushed = sightline("search", "a cat", "--not", "a cake@100", "-k", 100, "--json").document
    assert pushed["hits"][-1]["item"] == cakes[0]["item"]


def test_minus_in_the_search_box_is_not(sightline: Sightline) -> None:
    box = sightline("search", "a cat -snow", "--json").document["hits"]
    option = sightline("search", "a cat", "--not", "snow", "--json").document["hits"]
    assert box == option


def test_where_keeps_only_what_matches(sightline: Sightline) -> None:
    hits = sightline("search", "a cat", "--where", "path:kitchen", "--json").document["hits"]
    assert {Path(hit["uri"]).parent.name for hit in hits} == {"kitchen"}
    same = sightline("search", "a cat path:kitchen", "--json").document["hits"]
    assert same == hits


def test_filters_alone_list_items_without_scores(sightline: Sightline) -> None:
    hits = sightline("search", "--where", "path:pets", "--json").document["hits"]
    assert len(hits) == 6
    assert {hit["score"] for hit in hits} == {None}


def test_print0_prints_paths_and_nothing_else(sightline: Sightline) -> None:
    ran = sightline("search", "a cat", "-k", 4, "--print0")
    paths = ran.out.split("\0")
    assert paths.pop() == ""
    assert len(paths) == 4
    assert all(Path(path).is_file() for path in paths)


def test_the_sheet_shows_the_hits(sightline: Sightline, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert sightline("search", "a cat", "-k", 7, "--sheet", sheet).code == 0
    with Image.open(sheet) as picture:
        assert picture.width > 5 * 200
        assert picture.height > 2 * 200


def test_a_table_for_people_names_the_pictures(sightline: Sightline) -> None:
    ran = sightline("search", "a cat", "-k", 2)
    lines = ran.out.splitlines()
    assert lines[0].split()[:4] == ["place", "score", "relevance", "item"]
    assert [line.split()[0] for line in lines[1:] if line.startswith("  ")] == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["search"], 2, "Nothing to look for"),
        (["search", "cat", "-k", "0"], 2, "at least 1"),
        (["search", "cat", "--where", "price:<cheap"], 2, "neither a number nor a date"),
        (["search", "cat", "--where", "cheap"], 2, "is not a filter"),
        (["search", "--image", "/nowhere/cat.jpg"], 1, "no file"),
        (["search", "--like", "999999"], 1, "no item"),
        (["search", "cat", "--gallery", "defualt"], 1, "Did you mean 'default'?"),
        (["search", "cat", "--json", "--print0"], 2, "exclude each other"),
        (["search", "cat", "--not", "dog@0"], 2, "out of range"),
    ],
)
def test_wrong_questions_get_one_sentence_and_a_hint(
    sightline: Sightline, arguments: list[str], code: int, said: str
) -> None:
    ran = sightline(*arguments)
    assert ran.code == code
    assert ran.out == ""
    assert said in ran.err
    assert len(ran.err.splitlines()) == (1 if "--json" in arguments else 2)


def test_a_query_picture_that_is_broken_is_refused_with_the_reason(
    sightline: Sightline, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture at all")
    ran = sightline("search", "--image", broken, "--json")
    assert ran.code == 1
    assert ran.error["code"] == "bad_picture"


def test_hint_names_a_key_that_no_picture_has_and_stays_out_of_the_json(
    sightline: Sightline,
) -> None:
    ran = sightline("search", "filname:x.png", "--json")
    assert (ran.code, ran.document["hits"]) == (0, [])
    assert "“filname”. Did you mean filename?" in ran.err
    assert "filname" not in ran.out
    assert sightline("search", "a cat", "--where", "path:pets").err == ""


def test_empty_gallery_says_how_to_fill_it(sightline: Sightline) -> None:
    sightline("galleries", "create", "new")
    ran = sightline("search", "a cat", "--gallery", "new")
    assert (ran.code, ran.out.strip()) == (0, "Nothing found.")
    assert "The gallery new is empty: `sightline index PATH` adds pictures." in ran.err
