"""The taxonomies that ship with the program: complete, consistent, and as documented."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from search.categories.ready_made import names, ready_made
from search.categories.taxonomy import Mode, Taxonomy
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.classification import prompts
from search.domain.text import fold

SUBJECTS = (
    "actions",
    "clothing",
    "everyday",
    "food",
    "home-products",
    "occasions",
    "scenes",
    "species",
)
PROPERTIES = tuple(
    f"properties-{what}"
    for what in (
        "colour",
        "daytime",
        "medium",
        "pattern",
        "place",
        "season",
        "subject",
        "weather",
    )
)

HOMONYMS = """
bat boxer chips crane date fall glasses jaguar jumper kiwi lime match mole mouse nail nut orange
palm pants park pool racket ray ring seal spring swallow swift tap tie torch trunk turkey watch
"""
"""Words that captions use for two things that look nothing alike."""


@pytest.fixture(params=SUBJECTS + PROPERTIES)
def taxonomy(request: pytest.FixtureRequest) -> Taxonomy:
    return ready_made(request.param)


def test_these_are_ready_made_and_no_others() -> None:
    assert names() == sorted(SUBJECTS + PROPERTIES)


def test_file_is_named_after_its_taxonomy_and_says_what_it_is(taxonomy: Taxonomy) -> None:
    assert taxonomy.name in names()
    assert taxonomy.description.endswith(".")
    assert taxonomy.licence == "MIT"
    assert taxonomy.version == 1
    assert taxonomy.templates
    assert 0 < taxonomy.threshold < 1


def test_subject_has_twenty_to_two_hundred_leaves_in_at_most_three_levels() -> None:
    for name in SUBJECTS:
        categories = list(ready_made(name).walk())
        leaves = [one for one in categories if not one.children]
        assert 20 <= len(leaves) <= 200, name
        assert max(one.path.count("/") for one in categories) <= 2, name


def test_property_is_one_question_with_few_answers() -> None:
    for name in PROPERTIES:
        taxonomy = ready_made(name)
        assert taxonomy.mode is Mode.SINGLE, name
        assert 2 <= len(taxonomy.categories) <= 25, name
        assert not any(one.children for one in taxonomy.categories), name


def test_only_a_leaf_or_a_word_of_its_own_makes_a_category_visible(taxonomy: Taxonomy) -> None:
    for category in taxonomy.walk():
        assert category.words or category.children, category.path


def test_every_name_leads_to_one_category(taxonomy: Taxonomy) -> None:
    for category in taxonomy.walk():
        assert taxonomy.find(category.name) == [category]


def test_no_class_name_belongs_to_two_categories(taxonomy: Taxonomy) -> None:
    words = [fold(word) for category in taxonomy.walk() for word in category.words]
    twice = [
        word for word, n in Counter(words + [fold(w) for w in taxonomy.other]).items() if n > 1
    ]
    assert twice == []


def test_a_homonym_is_no_class_name_where_both_meanings_are_likely() -> None:
    for name in ("everyday", "food", "species"):
        for category in ready_made(name).walk():
            assert not set(HOMONYMS.split()) & set(category.words), category.path


def test_class_names_are_lower_case_words_that_fit_a_prompt(taxonomy: Taxonomy) -> None:
    for category in taxonomy.walk():
        for word in (category.name, *category.words):
            assert word == word.lower().strip(), category.path
            assert len(word.split()) <= 9, category.path
            assert not word.endswith("."), category.path


def test_every_prompt_is_made_and_differs(taxonomy: Taxonomy) -> None:
    words = [word for category in taxonomy.walk() for word in category.words]
    grid = prompts(words, taxonomy.templates)
    flat = [prompt for row in grid for prompt in row]
    assert len(set(flat)) == len(words) * len(taxonomy.templates)
    assert not any("{" in prompt for prompt in flat)


def test_writing_a_ready_made_one_and_reading_it_changes_nothing(taxonomy: Taxonomy) -> None:
    assert read_taxonomy(write_taxonomy(taxonomy)) == taxonomy


def test_reference_names_every_ready_made_taxonomy(repository: Path) -> None:
    page = (repository / "docs/reference/taxonomies.md").read_text()
    for name in names():
        taxonomy = ready_made(name)
        n_leaves = sum(not one.children for one in taxonomy.walk())
        row = f"| `{name}` | {n_leaves} | {taxonomy.mode.value} | {taxonomy.threshold} |"
        assert row in page, row
