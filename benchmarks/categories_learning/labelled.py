"""Labelled photos that training kept out, with the model's vectors and zero-shot logits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from search.classification import class_prototypes
from search.ports.embedder import Embedder
from training.photos import Photo, read_photos
from training.prompts import NOT_GARMENTS, TEMPLATES, spoken_label

_BATCH = 64


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


def groceries(embedder: Embedder, data: Path) -> Labelled:
    """Shelf photos of 43 kinds of groceries."""
    everything = read_photos(data, ("grocery",))
    classes = sorted({photo.coarse for photo in everything})
    photos = [photo for photo in everything if photo.is_test]
    return _labelled("grocery", embedder, photos, [photo.coarse for photo in photos], classes)


def clothing(embedder: Embedder, data: Path) -> Labelled:
    """Photos of 17 kinds of garments, by who took them; those labelled as none are left out."""
    rows = (data / "clothing.jsonl").read_text("utf-8").splitlines()
    senders = {data / row["image"]: row["sender"] for row in map(json.loads, rows)}
    photos = [
        photo
        for photo in read_photos(data, ("clothing",))
        if photo.is_test and photo.label not in NOT_GARMENTS
    ]
    groups = tuple(senders[photo.path] for photo in photos)
    kinds = [photo.label for photo in photos]
    return _labelled("clothing", embedder, photos, kinds, sorted(set(kinds)), groups)


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
            embedder.embed_images([photo.open() for photo in photos[start : start + _BATCH]])
            for start in range(0, len(photos), _BATCH)
        ]
    )
    scale, bias = embedder.logit_scale, embedder.logit_bias or 0.0
    zero_shot = scale * (vectors.astype(np.float64) @ prototypes.T.astype(np.float64)) + bias
    labels = np.array([classes.index(one) for one in kinds], np.int64)
    return Labelled(name, tuple(classes), vectors, zero_shot, labels, groups)
