"""Zero-shot classification: its laws, and what it says to bad input."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from search.classification import (
    HUGGING_FACE_TEMPLATES,
    averaged,
    class_prototypes,
    classify,
    probabilities,
    prompts,
)
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import EmbeddingSpace, Preprocessing
from search.errors import EmbedderError, UsageError

DIM = 8


class Letters:
    """An embedder whose texts point where their letters do; pictures where their colour does."""

    def __init__(self, bias: float | None = None, scale: float = 20.0) -> None:
        self._scale, self._bias = scale, bias
        half = (0.5, 0.5, 0.5)
        preprocessing = Preprocessing(4, 4, "squash", "bicubic", half, half)
        self._space = EmbeddingSpace("letters", "0" * 64, DIM, preprocessing)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def logit_scale(self) -> float:
        return self._scale

    @property
    def logit_bias(self) -> float | None:
        return self._bias

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        return unit(np.repeat(pixels.mean(axis=(1, 2)) + 1, 3, axis=1)[:, :DIM])

    def embed_images(self, images: Sequence[Image.Image]) -> FloatMatrix:
        cells = [np.asarray(image.convert("RGB").resize((4, 4))) for image in images]
        return self.embed_pixels(np.stack(cells)) if cells else np.empty((0, DIM), np.float32)

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        rows = [
            [sum(text.count(c) for c in "abcdefgh"[i:]) + 1.0 for i in range(DIM)] for text in texts
        ]
        return unit(np.array(rows))


def unit(rows: np.ndarray) -> FloatMatrix:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def unit_rows(n_rows: st.SearchStrategy[int]) -> st.SearchStrategy[FloatMatrix]:
    def of(n: int) -> st.SearchStrategy[FloatMatrix]:
        values = st.floats(-1, 1, width=32)
        return arrays.arrays(np.float32, (n, DIM), elements=values).map(
            lambda rows: unit(rows + np.eye(DIM, dtype=np.float32)[0] * 3)
        )

    return n_rows.flatmap(of)


LABELS = st.lists(
    st.text("abcdefghxyz", min_size=1, max_size=8), min_size=1, max_size=6, unique=True
)


@given(images=unit_rows(st.integers(0, 4)), prototypes=unit_rows(st.integers(1, 6)))
def test_softmax_probabilities_sum_to_one(images: FloatMatrix, prototypes: FloatMatrix) -> None:
    before = images.copy(), prototypes.copy()
    chances = probabilities(images, prototypes, Letters(scale=100.0))
    assert chances.shape == (len(images), len(prototypes))
    np.testing.assert_allclose(chances.sum(axis=1), 1.0, atol=1e-12)
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(prototypes, before[1])


@given(
    images=unit_rows(st.integers(1, 3)),
    prototypes=unit_rows(st.integers(1, 6)),
    bias=st.floats(-200, 200),
)
def test_sigmoid_judges_each_class_on_its_own(
    images: FloatMatrix, prototypes: FloatMatrix, bias: float
) -> None:
    embedder = Letters(bias=bias, scale=100.0)
    together = probabilities(images, prototypes, embedder)
    assert ((together >= 0) & (together <= 1)).all()
    for number in range(len(prototypes)):
        alone = probabilities(images, prototypes[number : number + 1], embedder)
        np.testing.assert_allclose(alone[:, 0], together[:, number], rtol=1e-9, atol=1e-12)


@given(labels=LABELS, seed=st.integers(0, 99))
def test_the_order_of_the_labels_changes_no_probability(labels: list[str], seed: int) -> None:
    image = Image.new("RGB", (8, 8), (200, 40, 10))
    shuffled = list(np.random.default_rng(seed).permutation(labels))
    first, second = (
        {found.label: found.probability for found in classify(Letters(), [image], names)[0]}
        for names in (labels, shuffled)
    )
    assert first.keys() == second.keys()
    for label, probability in first.items():
        assert second[label] == pytest.approx(probability, abs=1e-6)


@given(labels=LABELS)
def test_the_likeliest_comes_first_and_one_label_is_certain(labels: list[str]) -> None:
    [found] = classify(Letters(), [Image.new("RGB", (8, 8), "blue")], labels)
    chances = [entry.probability for entry in found]
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) == pytest.approx(1.0)
    assert len(found) == len(labels)


def test_prototypes_are_unit_rows_averaged_over_templates() -> None:
    embedder = Letters()
    templates = ["a photo of a {}.", "the {}", "{}"]
    got = class_prototypes(embedder, ["cat", "dog", "fish"], templates)
    assert got.shape == (3, DIM)
    assert got.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1.0, rtol=1e-6)
    mean = embedder.embed_texts(["a photo of a dog.", "the dog", "dog"]).mean(axis=0)
    np.testing.assert_allclose(got[1], mean / np.linalg.norm(mean), rtol=1e-5)


def test_prompts_that_cancel_out_are_refused() -> None:
    with pytest.raises(EmbedderError, match="class 1"):
        averaged(np.array([[[1, 0], [-1, 0]]], dtype=np.float32))


def test_top_k_keeps_the_best() -> None:
    images = [Image.new("RGB", (8, 8), colour) for colour in ("red", "white")]
    everything = classify(Letters(), images, ["a", "bb", "ccc", "dddd"])
    best_two = classify(Letters(), images, ["a", "bb", "ccc", "dddd"], top_k=2)
    assert [row[:2] for row in everything] == best_two
    assert classify(Letters(), images, ["a"], top_k=9) == classify(Letters(), images, ["a"])
    assert classify(Letters(), [], ["a", "b"]) == []


def test_a_label_with_braces_is_only_a_label() -> None:
    assert prompts(["{0} {x}"], HUGGING_FACE_TEMPLATES) == [["This is a photo of {0} {x}."]]


@pytest.mark.parametrize(
    ("labels", "templates", "sentence"),
    [
        ([], ["{}"], "no labels"),
        ("cat,dog", ["{}"], "no labels"),
        (["cat", " "], ["{}"], "empty"),
        (["cat", "Cat "], ["{}"], "twice"),
        (["cat"], [], "no prompt template"),
        (["cat"], "a photo of a {}.", "no prompt template"),
        (["cat"], ["a photo"], "no place for the class name"),
    ],
)
def test_labels_and_templates_that_make_no_sense_are_refused(
    labels: Sequence[str], templates: Sequence[str], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence) as caught:
        class_prototypes(Letters(), labels, templates)
    assert caught.value.hint


def test_asking_for_no_class_is_refused() -> None:
    with pytest.raises(UsageError, match="is 0"):
        classify(Letters(), [Image.new("RGB", (8, 8))], ["a"], top_k=0)
