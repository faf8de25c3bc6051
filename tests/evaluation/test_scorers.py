"""Taxonomies and closed-set classifiers as what is judged."""

from __future__ import annotations

import numpy as np

from search.categories.asking import Asking, make_prototypes
from search.categories.scoring import LinearScores, Scorer
from search.categories.taxonomy_file import read_taxonomy
from search.evaluation.scorers import TaxonomyScorer, named_as
from tests.support.embedders import HashingEmbedder


def test_classes_go_by_the_labels_that_pictures_carry() -> None:
    classes = [("a/cat", "cat", "kitten"), ("a/dog", "dog", "cat"), ("x", "x", "Sea Horse")]
    assert named_as(classes, ["cat", "sea_horse", "boat"]) == ("cat", "a/dog", "sea_horse")
    assert named_as(classes, ["a/dog", "kitten"]) == ("kitten", "a/dog", "x")
    assert named_as([], ["cat"]) == ()


def test_a_taxonomy_gives_the_probabilities_of_its_own_classes() -> None:
    taxonomy = read_taxonomy("taxonomy: t\nother: [z]\ncategories: [a: {children: [b, c]}, d]")
    embedder, asking = HashingEmbedder(), Asking.of(taxonomy)
    scores = LinearScores.zero_shot(make_prototypes(asking, embedder)).cooled(20)
    scorer = TaxonomyScorer(Scorer(asking, scores), taxonomy, ["c"])
    assert scorer.labels == ("a/b", "c", "d")
    vectors = embedder.embed_texts([str(n) for n in range(9)])
    found = scorer.scores_of_vectors(vectors)
    logits = vectors @ scores.weights.T
    plain = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, plain[:, :3], atol=1e-5)
    assert scorer.scores_of_vectors(vectors[:0]).shape == (0, 3)
