"""What the two teachers reach together: the upper bound that distillation works towards.

It needs the anchors of a training run, which are never shipped; without them it is left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.tiny.measures import accuracy
from benchmarks.tiny.tasks import Encoded, captions_and_photos
from benchmarks.tiny.towers import Vectors, unit
from training.anchors import Anchors
from training.prompts import label_texts
from training.sentences import embed_sentences
from training.splits import CALTECH_UNSEEN_LABELS
from training.teacher import POOLED_DIM


def teacher_bound(encoded: Encoded, run: Path) -> dict[str, Any]:
    """Teacher's pooled features and sentence embeddings through the run's anchors."""
    checkpoint = run / "anchors.checkpoint.pt"
    if not checkpoint.is_file():
        return {"left out": f"no anchors under {run}"}
    anchors = Anchors(torch.zeros(POOLED_DIM), torch.ones(POOLED_DIM))
    anchors.load_state_dict(torch.load(checkpoint, weights_only=True)["parts"]["anchors"])
    anchors.eval().requires_grad_(False)

    def texts(some: list[str]) -> Vectors:
        sentences = torch.from_numpy(embed_sentences(some, run / "sentences"))
        return np.asarray(anchors.text(sentences).numpy(), np.float32)

    def classes(labels: list[str]) -> Vectors:
        prompts = [prompt for label in labels for prompt in label_texts(label)]
        return unit(texts(prompts).reshape(len(labels), -1, texts(prompts[:1]).shape[1]).mean(1))

    found: dict[str, Any] = {}
    photos, _ = encoded.of("flickr8k")
    images = np.asarray(
        anchors.image(torch.from_numpy(encoded.pooled("flickr8k"))).numpy(), np.float32
    )
    captions = texts([caption for photo in photos for caption in photo.captions])
    owner = np.repeat(np.arange(len(photos)), [len(photo.captions) for photo in photos])
    found["Flickr8k"] = captions_and_photos(images, captions, owner)
    for source in ("clothing", "caltech101", "grocery"):
        photos, _ = encoded.of(source)
        pooled = encoded.pooled(source)
        images = np.asarray(anchors.image(torch.from_numpy(pooled)).numpy(), np.float32)
        of_photo = [photo.coarse or photo.label for photo in photos]
        names = sorted(set(of_photo))
        labels = np.array([names.index(name) for name in of_photo])
        scores = images @ classes(names).T
        found[f"{source}, zero-shot over {len(names)}"] = accuracy(scores, labels)
        if source == "caltech101":
            unseen = np.isin(of_photo, CALTECH_UNSEEN_LABELS)
            columns = [names.index(name) for name in CALTECH_UNSEEN_LABELS]
            among = np.array([columns.index(label) for label in labels[unseen]])
            found["caltech101, 10 unseen labels"] = accuracy(scores[unseen][:, columns], among)
    return found
