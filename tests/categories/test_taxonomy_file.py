"""Taxonomy files: read, written back, and refused with the place that is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.categories.taxonomy import Category, Mode, Taxonomy
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.domain.text import fold
from search.errors import UsageError

EVERYDAY = """
taxonomy: everyday
version: 3
description: Things in everyday photos.
licence: MIT
mode: multi
templates: ["a photo of a {}.", "a picture of a {}."]
threshold: 0.4
other: [something else]
categories:
  - animal:
      words: [animal]
      threshold: 0.6
      templates: ["an {}"]
      children:
        - dog
        - cat: {words: [cat, kitten]}
  - city street
  - no
"""


def test_a_file_says_what_the_taxonomy_is() -> None:
    taxonomy = read_taxonomy(EVERYDAY)
    assert (taxonomy.name, taxonomy.version, taxonomy.mode) == ("everyday", 3, Mode.MULTI)
    assert taxonomy.templates == ("a photo of a {}.", "a picture of a {}.")
    assert (taxonomy.threshold, taxonomy.other) == (0.4, ("something else",))
    assert taxonomy.paths() == ("animal", "animal/dog", "animal/cat", "city street", "no")
    animal = taxonomy.categories[0]
    assert (animal.words, animal.threshold, animal.templates) == (("animal",), 0.6, ("an {}",))
    assert animal.children[0] == Category("animal/dog", ("dog",))
    assert animal.children[1].words == ("cat", "kitten")


def test_what_is_not_said_takes_its_default() -> None:
    taxonomy = read_taxonomy("taxonomy: small\ncategories: [a, {b: {children: [c]}}, {d: }]")
    assert (taxonomy.version, taxonomy.mode, taxonomy.threshold) == (1, Mode.SINGLE, 0.5)
    assert (taxonomy.templates, taxonomy.other) == ((), ())
    assert [one.words for one in taxonomy.walk()] == [("a",), (), ("c",), ("d",)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", "The file must be a mapping"),
        ("categories: [a]", "taxonomy is missing"),
        ("taxonomy: x", "categories must be a list"),
        ("taxonomy: x\ncategories: []", "categories must be a list"),
        ("taxonomy: x\ncategories: [a, A]", "categories[1] 'A' is there twice"),
        ("taxonomy: x\ncategories: [a/b]", "categories[0] 'a/b' holds a"),
        ("taxonomy: x\ncategories: [7]", "categories[0] must be a text, not 7"),
        ("taxonomy: x\ncategories: [a: {wrods: [b]}]", "categories[0].a.wrods is not a key"),
        ("taxonomy: x\ncategories: [a: {words: b}]", "categories[0].a.words must be a list"),
        ("taxonomy: x\ncategories: [a: {words: [b, B]}]", "categories[0].a.words[1] 'B' is there"),
        ("taxonomy: x\ncategories: [a: {words: [b, 5]}]", "categories[0].a.words[1] must be"),
        ("taxonomy: x\ncategories: [a: {threshold: 2}]", "categories[0].a.threshold must be"),
        ("taxonomy: x\ncategories: [a: {children: [b: {words: [5]}]}]", "children[0].b.words[0]"),
        ("taxonomy: x\ncategories: [{a: , b: }]", "categories[0] must be a name"),
        ("taxonomy: x\nmode: both\ncategories: [a]", "mode must be single or multi"),
        ("taxonomy: x\ntemplates: [photo]\ncategories: [a]", "templates[0] 'photo' has no place"),
        ("taxonomy: x\nversion: 0\ncategories: [a]", "version must be a whole number"),
        ("taxonomy: x\ntaxonomy: y\ncategories: [a]", "is there twice in line 2"),
        ("taxonomy: [x\ncategories: [a]", "is not YAML"),
        ("taxonomy: x\ncategories: [&a {b: {children: [*a]}}]", "nests deeper"),
        ("!!python/object:os.system {}", "is not YAML"),
        ("", "The file must be a mapping"),
    ],
)
def test_a_bad_file_is_refused_with_the_place(text: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_taxonomy(text)
    assert says in caught.value.message


def test_aliases_cannot_multiply_without_end() -> None:
    lines = ["taxonomy: x", "categories:", "  - a0: &a0 {children: [x, y]}"]
    for level in range(1, 14):
        below = ", ".join(f"{{c{n}: *a{level - 1}}}" for n in range(8))
        lines.append(f"  - a{level}: &a{level} {{children: [{below}]}}")
    with pytest.raises(UsageError, match="is beyond the 50000 categories"):
        read_taxonomy("\n".join(lines))


names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=8
).map(lambda text: " ".join(text.replace("/", "").split())).filter(bool) | st.sampled_from(
    ["no", "yes", "null", "1", "2024-01-01", "a: b", "# a", "- a", "{}", "~"]
)
texts = names
thresholds = st.floats(0, 1)


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple({fold(value): value for value in values}.values())


words = st.lists(texts, max_size=3).map(_unique)
templates = st.lists(texts.map(lambda text: text + " {}"), max_size=2).map(_unique)


@st.composite
def categories(draw: st.DrawFn, parent: str = "", depth: int = 0) -> tuple[Category, ...]:
    made = []
    for name in _unique(draw(st.lists(names, min_size=1, max_size=3))):
        path = f"{parent}/{name}" if parent else name
        inner = depth < 2 and draw(st.booleans())
        children = draw(categories(path, depth + 1)) if inner else ()
        said = draw(words)
        made.append(
            Category(
                path,
                said if said or children else (name,),
                draw(templates),
                draw(st.none() | thresholds),
                children,
            )
        )
    return tuple(made)


taxonomies = st.builds(
    Taxonomy,
    name=names,
    categories=categories(),
    version=st.integers(1, 99),
    mode=st.sampled_from(Mode),
    templates=templates,
    threshold=thresholds,
    other=words,
    description=st.just("") | texts,
    licence=st.just("") | texts,
)


@given(taxonomies)
def test_what_is_written_reads_the_same(taxonomy: Taxonomy) -> None:
    assert read_taxonomy(write_taxonomy(taxonomy)) == taxonomy


WRITTEN = """\
taxonomy: everyday
version: 3
description: Things in everyday photos.
licence: MIT
mode: multi
templates: ['a photo of a {}.', 'a picture of a {}.']
threshold: 0.4
other: [something else]
categories:
  - animal:
      words: [animal]
      threshold: 0.6
      templates: ['an {}']
      children:
        - dog
        - cat:
            words: [cat, kitten]
  - city street
  - 'no'
"""


def test_the_written_file_is_one_a_person_would_write() -> None:
    assert write_taxonomy(read_taxonomy(EVERYDAY)) == WRITTEN
