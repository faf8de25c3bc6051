"""Guesses for views: the same as plain arithmetic, item by item."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.categories.asking import NEUTRAL_WORDS, Asking, make_prototypes
from search.categories.scoring import KEPT, LEAST_KEPT, LinearScores, Scorer
from search.categories.taxonomy import Category, Mode, Taxonomy
from search.categories.taxonomy_file import read_taxonomy
from search.domain.category import GuessRows, Prototypes
from tests.categories.trees import things
from tests.support.embedders import HashingEmbedder

DIM = 8


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def scorer_of(taxonomy: Taxonomy, seed: int, *, scale: float = 8.0, bias: float | None = None):
    asking = Asking.of(taxonomy)
    drawn = np.random.default_rng(seed).normal(size=(asking.n_classes, DIM))
    prototypes = Prototypes("", unit(drawn), scale, bias)
    return Scorer(asking, LinearScores.zero_shot(prototypes))


def plain_guesses(scorer: Scorer, views: np.ndarray) -> tuple[dict[str, float], set[str]]:
    """One item's classes by path, and what is assigned, in the plainest way."""
    asking = scorer.asking
    logits = views.astype(np.float64) @ scorer.scores.weights.T.astype(np.float64)
    logits = logits + scorer.scores.bias
    own = asking.n_own
    if asking.mode is Mode.SINGLE:
        powers = np.exp(logits.mean(axis=0))
        chances = powers / powers.sum()
    elif scorer.scores.sigmoid:
        chances = 1 / (1 + np.exp(-logits.max(axis=0)))
    else:
        others = np.log(np.exp(logits[:, own:]).sum(axis=1, keepdims=True))
        chances = 1 / (1 + np.exp(-(logits - others).max(axis=0)))
    of_class = {asking.paths[asking.class_node[at]]: chances[at] for at in range(own)}
    below = {
        path: [chances[at] for at in range(asking.first[node], asking.end[node])]
        for node, path in enumerate(asking.paths)
    }
    threshold = dict(zip(asking.paths, asking.thresholds, strict=True))
    of_group = dict(zip(asking.paths, asking.group_thresholds, strict=True))
    if asking.mode is Mode.MULTI:
        sure = {path for path, chance in of_class.items() if chance >= threshold[path]}
        for path in sorted(asking.paths, key=lambda path: -path.count("/")):
            inside = any(one == path or one.startswith(path + "/") for one in sure)
            if not inside and max(below[path]) >= of_group[path]:
                sure.add(path)
        return of_class, sure
    other = chances[own:].sum()
    best = max(of_class, key=lambda path: of_class[path])
    if of_class[best] >= max(threshold[best], other):
        return of_class, {best}
    inner = [
        path
        for path in asking.paths
        if len(below[path]) > (path in of_class) and sum(below[path]) >= max(of_group[path], other)
    ]
    inner.sort(key=lambda path: (-path.count("/"), -sum(below[path])))
    return of_class, set(inner[:1])


def by_item(scorer: Scorer, found: GuessRows) -> dict[int, dict[str, tuple[float, bool]]]:
    kept: dict[int, dict[str, tuple[float, bool]]] = {}
    rows = zip(
        found.item_ids.tolist(),
        found.category_ids.tolist(),
        found.probabilities.tolist(),
        found.assigned.tolist(),
        strict=True,
    )
    for item, node, chance, assigned in rows:
        path = scorer.asking.paths[node]
        assert path not in kept.setdefault(item, {})
        kept[item][path] = (chance, assigned)
    return kept


TREES = [
    things(),
    things("multi"),
    read_taxonomy("taxonomy: flat\nother: [x, y]\nthreshold: 0.3\ncategories: [a, b, c, d]"),
    read_taxonomy(
        "taxonomy: deep\nthreshold: 0.4\ncategories:\n"
        "  - a: {words: [a], children: [b: {threshold: 0.9, children: [c, d: {words: [d, e]}]}]}\n"
        "  - f: {words: [f], threshold: 0.2, children: [g]}"
    ),
    read_taxonomy(
        "taxonomy: wide\nmode: multi\nother: [z]\nthreshold: 0.8\ncategories:\n"
        "  - a: {threshold: 0.6, children: [b, c: {threshold: 0.95, children: [d, e]}]}\n  - f"
    ),
]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(TREES),
    st.integers(0, 10**6),
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
    st.sampled_from([None, -2.0]),
    st.sampled_from([2.0, 8.0, 40.0]),
)
def test_guesses_are_those_of_plain_arithmetic(
    taxonomy: Taxonomy, seed: int, n_views: list[int], bias: float | None, scale: float
) -> None:
    scorer = scorer_of(taxonomy, seed, scale=scale, bias=bias)
    items = np.repeat(np.arange(1, len(n_views) + 1), n_views) * 7
    vectors = unit(np.random.default_rng(seed + 1).normal(size=(len(items), DIM)))
    found = scorer.guesses(items, vectors, np.arange(len(scorer.asking.paths)))
    assert (np.lexsort((found.category_ids, found.item_ids)) == np.arange(len(found))).all()
    kept = by_item(scorer, found)
    for item in np.unique(items).tolist():
        chances, assigned = plain_guesses(scorer, vectors[items == item])
        mine = kept.get(item, {})
        assert {path for path, (_, yes) in mine.items() if yes} == assigned
        for path, (chance, yes) in mine.items():
            if not yes:
                assert chance == pytest.approx(chances[path], abs=1e-4)
        likeliest = sorted(chances.values(), reverse=True)[:KEPT]
        n_kept = sum(chance >= LEAST_KEPT + 1e-5 for chance in likeliest)
        assert len(mine) >= min(n_kept, KEPT)


def test_parts_give_the_same_as_the_whole() -> None:
    scorer = scorer_of(things(), 3)
    items = np.sort(np.random.default_rng(0).integers(1, 500, 2_000))
    vectors = unit(np.random.default_rng(1).normal(size=(2_000, DIM))).astype(np.float16)
    nodes = np.arange(len(scorer.asking.paths))
    whole = scorer.guesses(items, vectors, nodes)
    halves = np.searchsorted(items, 250)
    parts = [scorer.guesses(items[:halves], vectors[:halves], nodes)]
    parts.append(scorer.guesses(items[halves:], vectors[halves:], nodes))
    assert whole.item_ids.tolist() == [i for part in parts for i in part.item_ids.tolist()]
    assert np.allclose(whole.probabilities, np.concatenate([p.probabilities for p in parts]))


def test_nothing_writes_into_what_was_passed_in() -> None:
    scorer = scorer_of(things("multi"), 3)
    vectors = unit(np.random.default_rng(1).normal(size=(20, DIM)))
    before = vectors.copy()
    scorer.guesses(np.arange(20), vectors, np.arange(len(scorer.asking.paths)))
    assert np.array_equal(vectors, before)


def test_a_category_above_is_assigned_where_none_below_is_sure() -> None:
    taxonomy = read_taxonomy("taxonomy: x\ncategories: [a: {children: [b, c]}, d]")
    asking = Asking.of(taxonomy)
    eye = np.eye(3, DIM, dtype=np.float32)
    scorer = Scorer(asking, LinearScores(eye * 5, np.zeros(3, np.float32)))
    between = unit(np.array([[1, 1, 0] + [0] * 5, [1, 1, 1] + [0] * 5, [1, 0, 0] + [0] * 5]))
    kept = by_item(scorer, scorer.guesses(np.arange(3), between, np.arange(4)))
    assigned = [{path for path, (_, yes) in kept[item].items() if yes} for item in range(3)]
    assert assigned == [{"a"}, {"a"}, {"a/b"}]
    assert kept[0]["a"][0] > 0.9


def test_a_group_needs_half_of_the_probability_unless_the_file_says_otherwise() -> None:
    asking = Asking.of(
        read_taxonomy(
            "taxonomy: x\nthreshold: 0.2\ncategories:\n  - a: {children: [b, c]}\n"
            "  - d: {threshold: 0.3, children: [e, f: {children: [g, h]}]}\n"
        )
    )
    line = dict(zip(asking.paths, asking.group_thresholds, strict=True))
    assert (line["a"], line["d"], line["d/f"]) == (0.5, 0.3, 0.5)
    assert asking.thresholds[asking.paths.index("a/b")] == 0.2


# What a model is asked


def test_classes_are_asked_in_all_words_and_templates() -> None:
    taxonomy = Taxonomy(
        "x",
        (Category("cat", ("cat", "kitten"), ("a {}", "the {}")), Category("dog", ("dog",))),
        other=("thing",),
        templates=("one {}",),
    )
    assert Asking.of(taxonomy).prompts == (
        ("a cat", "the cat", "a kitten", "the kitten"),
        ("one dog",),
        ("one thing",),
    )


def test_multi_label_taxonomies_without_other_words_get_neutral_ones() -> None:
    assert len(Asking.of(things("multi")).prompts) == 5 + len(NEUTRAL_WORDS)
    assert len(Asking.of(things()).prompts) == 5


def test_prototypes_are_the_means_of_the_prompts() -> None:
    embedder = HashingEmbedder()
    asking = Asking.of(read_taxonomy("taxonomy: x\ncategories: [a, {b: {words: [b, c]}}]"))
    told: list[tuple[int, int]] = []
    made = make_prototypes(asking, embedder, lambda done, total: told.append((done, total)))
    prompts = embedder.embed_texts(["a photo of a b.", "a photo of a c."])
    mean = prompts.mean(axis=0) / np.linalg.norm(prompts.mean(axis=0))
    assert np.allclose(made.vectors[1], mean, atol=1e-6)
    assert (made.digest, made.vectors.shape[0], told) == (asking.digest, 2, [(2, 2)])


def test_thresholds_can_be_put_in_place_of_the_files() -> None:
    asking = Asking.of(things()).with_thresholds({"sky": 0.9, "gone": 0.1, "animals": 0.7})
    assert dict(zip(asking.paths, asking.thresholds, strict=True))["sky"] == 0.9
    assert (asking.thresholds[0], asking.group_thresholds[0]) == (0.5, 0.7)
