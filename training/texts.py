"""All words that training reads, with the sentence teacher's embeddings of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.photos import Photo, Product
from training.prompts import (
    NOT_GARMENTS,
    TEMPLATES,
    category_texts,
    imagenet_names,
    label_texts,
    spoken_label,
)
from training.scenes import CATEGORIES
from training.sentences import embed_sentences, teacher_words

_TEST_WORD_TEMPLATE = "a photo of {}"


@dataclass(frozen=True)
class TextBank:
    """Every text once. `sentences` float32 (n, 384), unit rows; the rest are row numbers.

    `of_photo[i]` are the texts that suit training photo i; `classes` int64 (1000, 2) are the
    prompts of ImageNet's classes; `labels` maps "source/label" to its prompts; `scenes[j]` are
    the captions of drawn scene j; `categories` int64 (n_categories, n_wordings) name its kind.
    """

    texts: list[str]
    sentences: NDArray[np.float32]
    of_photo: list[NDArray[np.int64]]
    classes: NDArray[np.int64]
    labels: dict[str, NDArray[np.int64]]
    scenes: list[NDArray[np.int64]]
    categories: NDArray[np.int64]

    def shares(self) -> torch.Tensor:
        """How likely each text is to be drawn: each kind has a fixed share, float64 (n,)."""
        kinds = [
            (0.45, np.unique(np.concatenate(self.of_photo))),
            (0.12, np.unique(np.concatenate([self.classes.ravel(), *self.labels.values()]))),
            (0.18, np.unique(np.concatenate(self.scenes))),
            (0.02, self.categories.ravel()),
            (0.23, np.arange(len(self.texts))),
        ]
        shares = np.zeros(len(self.texts))
        for share, rows in kinds:
            shares[rows] += share / len(rows)
        return torch.from_numpy(shares / shares.sum())


def make_text_bank(
    photos: list[Photo],
    products: list[Product],
    scene_captions: list[list[str]],
    folder: Path,
    max_words: int = 0,
) -> TextBank:
    """Collect the texts of the training photos, products and scenes, and many single words.

    Texts of test photos never enter: pass training photos alone.
    """
    rows: dict[str, int] = {}

    def add(texts: tuple[str, ...] | list[str]) -> NDArray[np.int64]:
        return np.array([rows.setdefault(text, len(rows)) for text in texts], np.int64)

    descriptions = {product.label: product.description for product in products}
    labels: dict[str, NDArray[np.int64]] = {}
    of_photo = []
    for photo in photos:
        if photo.captions:
            of_photo.append(add(list(photo.captions)))
            continue
        key = f"{photo.source}/{photo.label}"
        if key not in labels:
            labels[key] = add(_label_wordings(photo, descriptions))
        of_photo.append(labels[key])
    for name in [key for key in labels if key.split("/", 1)[1] in NOT_GARMENTS]:
        del labels[name]
    names = imagenet_names()
    classes = np.stack([add([f"a photo of a {name}", name]) for name in names])
    scenes = [add(captions) for captions in scene_captions]
    categories = np.stack([add(category_texts(name)) for name in CATEGORIES])
    for word in teacher_words(folder)[: max_words or None]:
        add([word if len(word) % 2 else _TEST_WORD_TEMPLATE.format(word)])
    texts = list(rows)
    sentences = embed_sentences(texts, folder)
    return TextBank(texts, sentences, of_photo, classes, labels, scenes, categories)


def _label_wordings(photo: Photo, descriptions: dict[str, str]) -> list[str]:
    if photo.label in NOT_GARMENTS:
        return ["a photo of clothing", "a piece of clothing"]
    wordings = list(label_texts(photo.label, TEMPLATES))
    if photo.coarse and photo.coarse != photo.label:
        wordings += [f"{spoken_label(photo.label)}, a kind of {spoken_label(photo.coarse)}"]
        wordings += list(label_texts(photo.coarse, TEMPLATES[:2]))
    if description := descriptions.get(photo.label):
        wordings.append(description.split(". ")[0])
    return wordings
