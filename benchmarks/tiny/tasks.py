"""The tasks of the model card; each gives figures by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.tiny.measures import accuracy, few_shot, ranks_of_answers, retrieval
from benchmarks.tiny.towers import Open, TeacherEye, Tiny, Vectors, unit
from training.photos import Photo, read_photos, read_products
from training.prompts import NOT_GARMENTS, category_texts, label_texts
from training.scenery import scene_attributes, scene_categories
from training.scenes import CATEGORIES, draw, sample_scenes
from training.splits import CALTECH_UNSEEN_LABELS

Figures = dict[str, float]
SEED = 11
N_SCENES = 1_000
N_SHOTS = 16


class Encoded:
    """Photos with the vectors of the model and of the teacher, made once and shared by tasks.

    Args:
        every: of the test photos of a label only each so-manyth is taken.
    """

    def __init__(self, tiny: Tiny, teacher: TeacherEye, data: Path, every: int = 1) -> None:
        everything = read_photos(data)
        self.photos = _each(every, [photo for photo in everything if photo.is_test])
        shots = [photo for photo in everything if not photo.is_test and photo.source == "clothing"]
        self.shots = _at_most(shots, 2 * N_SHOTS)
        self.products = read_products(data)
        self.tiny, self.teacher = tiny, teacher
        self.vectors = tiny.images([photo.open for photo in self.photos])
        self._pooled: dict[str, Vectors] = {}

    def of(self, source: str) -> tuple[list[Photo], Vectors]:
        """The test photos of one set, and our unit vectors of them."""
        rows = [i for i, photo in enumerate(self.photos) if photo.source == source]
        return [self.photos[i] for i in rows], self.vectors[rows]

    def pooled(self, source: str) -> Vectors:
        """The teacher's pooled features of the same photos."""
        if source not in self._pooled:
            photos, _ = self.of(source)
            self._pooled[source] = self.teacher.pooled([photo.open for photo in photos])
        return self._pooled[source]


def _each(every: int, photos: Sequence[Photo]) -> list[Photo]:
    """Some of the photos, the first of each label among them."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for photo in photos:
        label = photo.source, photo.label
        if seen[label] % every == 0:
            kept.append(photo)
        seen[label] += 1
    return kept


def drawn_scenes(tiny: Tiny) -> Figures:
    """1,000 drawn scenes whose colours were never seen on their objects.

    Where a scene shows two kinds of things, the category of either is right; the last figure
    counts the first thing's alone.
    """
    scenes = sample_scenes(N_SCENES, SEED, "heldout", distinct=True)
    images = tiny.images([partial(draw, scene, size=144) for scene in scenes])
    texts = tiny.texts([scene.full_caption for scene in scenes])
    own = np.eye(N_SCENES, dtype=bool)
    categories = tiny.classes([category_texts(name) for name in CATEGORIES])
    scores = images @ categories.T
    said = scores.argmax(1)
    first = np.array([CATEGORIES.index(scene.category) for scene in scenes])
    is_right = scene_categories(scene_attributes(scenes))[np.arange(N_SCENES), said] > 0
    alone = np.array([scene.second is None for scene in scenes])
    found = retrieval(ranks_of_answers(texts @ images.T, own))
    return {
        **found,
        "category accuracy": float(is_right.mean()),
        "category accuracy, one kind of thing": float(is_right[alone].mean()),
        "category accuracy, two kinds of things": float(is_right[~alone].mean()),
        "category accuracy, first thing alone": accuracy(scores, first),
    }


def flickr(encoded: Encoded) -> dict[str, Figures]:
    """1,000 captioned photos, both ways; five captions each."""
    photos, images = encoded.of("flickr8k")
    texts = encoded.tiny.texts([caption for photo in photos for caption in photo.captions])
    owner = np.repeat(np.arange(len(photos)), [len(photo.captions) for photo in photos])
    return captions_and_photos(images, texts, owner)


def captions_and_photos(
    images: Vectors, texts: Vectors, owner: NDArray[np.int64]
) -> dict[str, Figures]:
    """Retrieval both ways where text i describes image `owner[i]`."""
    belongs = owner[:, None] == np.arange(len(images))[None]
    scores = texts @ images.T
    return {
        "text to image": retrieval(ranks_of_answers(scores, belongs)),
        "image to text": retrieval(ranks_of_answers(scores.T, belongs.T)),
    }


def grocery(encoded: Encoded) -> dict[str, Figures]:
    """Snap a shelf photo: find the shop's own picture of the product, and name its kind."""
    photos, images = encoded.of("grocery")
    pooled = encoded.pooled("grocery")
    products = encoded.products
    pictures: list[Open] = [_opener(product.path) for product in products]
    answers = _equal([p.label for p in photos], [p.label for p in products])
    kinds = sorted({product.coarse for product in products})
    labels = np.array([kinds.index(photo.coarse) for photo in photos])
    shop, shop_teacher = encoded.tiny.images(pictures), encoded.teacher.pooled(pictures)
    described = encoded.tiny.texts([product.description for product in products])
    prompts = encoded.tiny.classes([label_texts(kind) for kind in kinds])
    by_picture = images @ shop.T
    return {
        "tiny": {
            **retrieval(ranks_of_answers(by_picture, answers), (1, 5)),
            "43 kinds, zero-shot": accuracy(images @ prompts.T, labels),
            "product by description, recall@5": retrieval(
                ranks_of_answers(images @ described.T, answers), (5,)
            )["recall@5"],
        },
        "teacher's features": retrieval(
            ranks_of_answers(unit(pooled) @ unit(shop_teacher).T, answers), (1, 5)
        ),
    }


def clothing(encoded: Encoded) -> dict[str, Figures]:
    """Name the garment: zero-shot, and with a linear head on 16 examples a label."""
    photos, images = encoded.of("clothing")
    pooled = encoded.pooled("clothing")
    names = sorted({photo.label for photo in [*photos, *encoded.shots]})
    labels = np.array([names.index(photo.label) for photo in photos])
    scores = images @ encoded.tiny.classes([label_texts(name) for name in names]).T
    garments = [i for i, name in enumerate(names) if name not in NOT_GARMENTS]
    kept = np.isin(labels, garments)
    among = np.array([garments.index(label) for label in labels[kept]])
    shots: list[Open] = [photo.open for photo in encoded.shots]
    shot_labels = np.array([names.index(photo.label) for photo in encoded.shots])
    ours, theirs = encoded.tiny.images(shots), encoded.teacher.pooled(shots)
    head = partial(
        few_shot, train_labels=shot_labels, test_labels=labels, n_shots=N_SHOTS, seed=SEED
    )
    return {
        "tiny": {
            "20 labels, zero-shot": accuracy(scores, labels),
            "17 garments, zero-shot": accuracy(scores[kept][:, garments], among),
            "20 labels, 16 examples each": head(train=ours, test=images),
        },
        "teacher's features": {"20 labels, 16 examples each": head(train=theirs, test=pooled)},
    }


def caltech(encoded: Encoded) -> Figures:
    """Name the object: among trained labels, among ten unseen ones, and those among all 101."""
    photos, images = encoded.of("caltech101")
    names = sorted({photo.label for photo in photos})
    labels = np.array([names.index(photo.label) for photo in photos])
    scores = images @ encoded.tiny.classes([label_texts(name) for name in names]).T
    unseen = [names.index(name) for name in CALTECH_UNSEEN_LABELS]
    seen = [i for i in range(len(names)) if i not in unseen]
    among: Callable[[list[int]], float] = partial(_accuracy_among, scores, labels)
    of_unseen = np.isin(labels, unseen)
    return {
        f"{len(seen)} trained labels": among(seen),
        "10 unseen labels among themselves": among(unseen),
        "10 unseen labels among all": accuracy(scores[of_unseen], labels[of_unseen]),
    }


def _accuracy_among(
    scores: NDArray[np.float32], labels: NDArray[np.int64], columns: list[int]
) -> float:
    rows = np.isin(labels, columns)
    local = np.array([columns.index(label) for label in labels[rows]])
    return accuracy(scores[rows][:, columns], local)


def _equal(left: Sequence[str], right: Sequence[str]) -> NDArray[np.bool_]:
    return np.array(left)[:, None] == np.array(right)[None]


def _opener(path: Path) -> Open:
    return Photo(path, "grocery", "", (), True).open


def _at_most(photos: list[Photo], n: int) -> list[Photo]:
    kept: dict[str, list[Photo]] = {}
    for photo in photos:
        if len(kept.setdefault(photo.label, [])) < n:
            kept[photo.label].append(photo)
    return [photo for some in kept.values() for photo in some]
