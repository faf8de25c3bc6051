"""Labelled photos that training kept out, with the model's vectors and zero-shot logits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.categories_learning.upstream import more_clothing, more_groceries
from search.classification import class_prototypes
from search.ports.embedder import Embedder
from training.photos import Photo, read_photos
from training.prompts import NOT_GARMENTS, TEMPLATES, spoken_label

_BATCH = 64
SHORT_SIDE_PX = 168
LANCZOS = Image.Resampling.LANCZOS


@dataclass(frozen=True)
class Labelled:
    """One set of photos.

    Attributes:
        vectors: float32 (n, dim), unit rows.
        zero_shot: float64 (n, n_classes), logits with the model's scale.
        labels: int64 (n,), columns.
        groups: who took each photo, where that is known; photos of one group are never on both
            sides of a split.
    """

    name: str
    classes: tuple[str, ...]
    vectors: NDArray[np.float32]
    zero_shot: NDArray[np.float64]
    labels: NDArray[np.int64]
    groups: tuple[str, ...] | None

    def among(self, columns: NDArray[np.int64]) -> Labelled:
        """The photos of these classes, ascending, with no other to choose from."""
        rows = np.flatnonzero(np.isin(self.labels, columns))
        return Labelled(
            self.name,
            tuple(self.classes[column] for column in columns),
            self.vectors[rows],
            self.zero_shot[np.ix_(rows, columns)],
            np.searchsorted(columns, self.labels[rows]),
            None if self.groups is None else tuple(self.groups[row] for row in rows),
        )


def groceries(embedder: Embedder, data: Path, checkouts: Path | None = None) -> Labelled:
    """Shelf photos of 43 kinds of groceries."""
    everything = read_photos(data, ("grocery",))
    classes = sorted({photo.coarse for photo in everything})
    photos = [photo for photo in everything if photo.is_test]
    if checkouts is not None:
        photos += more_groceries(checkouts)
    return _labelled("grocery", embedder, photos, [photo.coarse for photo in photos], classes)


def clothing(embedder: Embedder, data: Path, checkouts: Path | None = None) -> Labelled:
    """Photos of 17 kinds of garments, by who took them; those labelled as none are left out."""
    rows = (data / "clothing.jsonl").read_text("utf-8").splitlines()
    sender_of = {data / row["image"]: row["sender"] for row in map(json.loads, rows)}
    everything = read_photos(data, ("clothing",))
    classes = sorted({photo.label for photo in everything} - set(NOT_GARMENTS))
    by_sender = [(photo, sender_of[photo.path]) for photo in everything if photo.is_test]
    if checkouts is not None:
        by_sender += more_clothing(checkouts, data)
    photos = [photo for photo, _ in by_sender if photo.label in classes]
    groups = tuple(sender for photo, sender in by_sender if photo.label in classes)
    kinds = [photo.label for photo in photos]
    return _labelled("clothing", embedder, photos, kinds, classes, groups)


def things(embedder: Embedder, data: Path) -> Labelled:
    """Photos of 101 kinds of single objects, none of them for sale: to choose constants on."""
    photos = [photo for photo in read_photos(data, ("caltech101",)) if photo.is_test]
    kinds = [photo.label for photo in photos]
    return _labelled("things", embedder, photos, kinds, sorted(set(kinds)))


def _labelled(
    name: str,
    embedder: Embedder,
    photos: list[Photo],
    kinds: list[str],
    classes: list[str],
    groups: tuple[str, ...] | None = None,
) -> Labelled:
    prototypes = class_prototypes(embedder, [spoken_label(one) for one in classes], TEMPLATES)
    vectors = np.concatenate(
        [
            embedder.embed_images([_opened(photo) for photo in photos[start : start + _BATCH]])
            for start in range(0, len(photos), _BATCH)
        ]
    )
    scale, bias = embedder.logit_scale, embedder.logit_bias or 0.0
    zero_shot = scale * (vectors.astype(np.float64) @ prototypes.T.astype(np.float64)) + bias
    labels = np.array([classes.index(one) for one in kinds], np.int64)
    return Labelled(name, tuple(classes), vectors, zero_shot, labels, groups)


def _opened(photo: Photo) -> Image.Image:
    """As small as the photos of `../shared/data` are, wherever it comes from."""
    image = photo.open()
    scale = SHORT_SIDE_PX / min(image.size)
    if scale >= 1:
        return image
    return image.resize((round(image.width * scale), round(image.height * scale)), LANCZOS)
