"""The shared space, made from the two teachers' features alone, before any tower is trained.

A linear map of the picture teacher's pooled features and a small network over the sentence
teacher's embeddings are trained with the CLIP loss (Radford et al. 2021, arXiv:2103.00020).
Drawn scenes take part through what they show, since no teacher of photos tells four balloons
from five: a vector for each attribute's value, added up. Both towers then learn from these
heads: the space is the target, the heads are thrown away.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.config import TextStage
from training.crops import CROP_SCALES, CropStore
from training.loop import run_stage, set_rate, warmup_then, without_decay
from training.sampling import epoch_rows, step_rng
from training.scenery import attribute_names, scene_categories
from training.sentences import SENTENCE_DIM
from training.student import EMBED_DIM
from training.teacher import POOLED_DIM
from training.texts import TextBank

CLASS_WEIGHT = 0.5
LABEL_WEIGHT = 0.3
SCENE_WEIGHT = 0.5
CATEGORY_WEIGHT = 1.0
# A photo with captions is drawn so many times as often as one with a label: it says more.
CAPTIONED_REPEATS = 4
_SCENE_BATCH = 512


class Anchors(nn.Module):
    """Two heads into the shared space; both give float32 (n, 256), unit rows."""

    def __init__(self, pooled_mean: Tensor, pooled_std: Tensor) -> None:
        super().__init__()
        self.register_buffer("pooled_mean", pooled_mean)
        self.register_buffer("pooled_std", pooled_std)
        self.image_head = nn.Sequential(nn.Dropout(0.5), nn.Linear(POOLED_DIM, EMBED_DIM))
        self.text_head = nn.Sequential(
            nn.Linear(SENTENCE_DIM, 512),
            nn.GELU(),
            nn.Dropout(0.3),
            nn.Linear(512, EMBED_DIM),
        )
        self.text_skip = nn.Linear(SENTENCE_DIM, EMBED_DIM)
        self.attributes = nn.Embedding(len(attribute_names()), EMBED_DIM)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.05)))

    def image(self, pooled: Tensor) -> Tensor:
        """From the picture teacher's pooled features, (n, 1280)."""
        standard = (pooled - self.pooled_mean) / self.pooled_std
        return functional.normalize(self.image_head(standard), dim=-1)

    def text(self, sentences: Tensor) -> Tensor:
        """From sentence embeddings, (n, 384)."""
        x = sentences * SENTENCE_DIM**0.5
        return functional.normalize(self.text_head(x) + self.text_skip(x), dim=-1)

    def scene(self, attributes: Tensor) -> Tensor:
        """From what scenes show, int64 (n, 8), as `scene_attributes` numbers it."""
        return functional.normalize(self.attributes(attributes).sum(1), dim=-1)


def new_anchors(store: CropStore) -> Anchors:
    """Untrained heads that know the spread of the pooled features."""
    pooled = torch.from_numpy(np.asarray(store.pooled[::4], np.float32))
    return Anchors(pooled.mean(0), pooled.std(0) + 1e-2)


def clip_loss(images: Tensor, texts: Tensor, scale: Tensor, same: Tensor | None = None) -> Tensor:
    """Cross-entropy both ways over matching rows; `same` marks pairs that are no negatives."""
    logits = scale * images @ texts.T
    if same is not None:
        off = same & ~torch.eye(len(images), dtype=torch.bool, device=images.device)
        logits = logits.masked_fill(off, -1e4)
    target = torch.arange(len(images), device=images.device)
    one_way = functional.cross_entropy(logits, target)
    return (one_way + functional.cross_entropy(logits.T, target)) / 2


def train_anchors(
    anchors: Anchors,
    store: CropStore,
    bank: TextBank,
    shown: NDArray[np.int64],
    captioned: NDArray[np.bool_],
    stage: TextStage,
    *,
    seed: int,
    folder: Path,
) -> None:
    """Fit the heads, in place; minutes on a CPU, since no picture is looked at again.

    Args:
        shown: int64 (n_scenes, 8), the attributes of the bank's scenes.
        captioned: bool (n_photos,), which photos of the bank have captions.
    """
    optimiser = torch.optim.AdamW(without_decay([anchors], stage.weight_decay), lr=stage.rate)
    pooled = torch.from_numpy(np.asarray(store.pooled, np.float32))
    logits = torch.from_numpy(np.asarray(store.logits, np.float32))
    sentences = torch.from_numpy(bank.sentences)
    labels = label_prototypes(bank)
    attributes = torch.from_numpy(shown)
    kinds = scene_categories(shown)
    every_row, scene_pool = np.arange(store.n_rows), np.arange(len(shown))
    told_more = every_row[np.repeat(captioned, len(CROP_SCALES))]
    pool = np.concatenate([every_row, *[told_more] * (CAPTIONED_REPEATS - 1)])

    def step(number: int) -> dict[str, float]:
        anchors.train()
        torch.manual_seed(seed * 1_000_003 + number)
        factor = warmup_then(number, warmup=stage.warmup, n_steps=stage.n_steps, decay_from=0.0)
        set_rate(optimiser, stage.rate * factor)
        rows = epoch_rows(pool, number, stage.batch, seed)
        rng = step_rng(seed, number)
        texts = pick_texts(bank.of_photo, rows // len(CROP_SCALES), rng)
        images = anchors.image(pooled[rows])
        words = anchors.text(sentences[texts])
        scale = anchors.logit_scale.exp()
        match = clip_loss(images, words, scale, same_labels(bank, rows, texts))
        classes = anchors.text(sentences[bank.classes[:, 0]])
        kl = class_loss(images, classes, scale, logits[rows])
        named = label_loss(images, anchors.text(sentences[labels.prompts]), scale, labels, rows)
        drawn = epoch_rows(scene_pool, number, min(_SCENE_BATCH, len(shown)), seed)
        captions = anchors.text(sentences[pick_texts(bank.scenes, drawn, rng)])
        placed = anchors.scene(attributes[drawn])
        scenes = clip_loss(placed, captions, scale)
        categories = anchors.text(sentences[any_wording(bank.categories, rng)])
        told = category_loss(placed, categories, scale, kinds[drawn])
        total = match + CLASS_WEIGHT * kl + LABEL_WEIGHT * named
        total = total + SCENE_WEIGHT * scenes + CATEGORY_WEIGHT * told
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        anchors.logit_scale.data.clamp_(0, math.log(100))
        values = {"loss": total, "clip": match, "classes": kl, "labels": named, "scenes": scenes}
        values["categories"] = told
        return {key: float(value.detach()) for key, value in values.items()}

    parts = {"anchors": anchors, "optimiser": optimiser}
    run_stage(
        "anchors",
        n_steps=stage.n_steps,
        parts=parts,
        step=step,
        folder=folder,
        checkpoint_every=stage.checkpoint_every,
    )
    anchors.eval().requires_grad_(False)


class LabelPrototypes:
    """One prompt a label, and each photo's label: `of_photo` int64 (n_photos,), -1 for none."""

    def __init__(
        self, prompts: NDArray[np.int64], of_photo: NDArray[np.int64], group: NDArray[np.int64]
    ) -> None:
        self.prompts = prompts
        self.of_photo = of_photo
        self.group = group


def label_prototypes(bank: TextBank) -> LabelPrototypes:
    """The labels of a bank; photos compete only against labels of their own set (`group`)."""
    names = list(bank.labels)
    by_rows = {id(rows): index for index, rows in enumerate(bank.labels.values())}
    sources = sorted({name.split("/")[0] for name in names})
    return LabelPrototypes(
        prompts=np.array([bank.labels[name][1] for name in names], np.int64),
        of_photo=np.array([by_rows.get(id(rows), -1) for rows in bank.of_photo], np.int64),
        group=np.array([sources.index(name.split("/")[0]) for name in names], np.int64),
    )


def label_loss(
    images: Tensor, prompts: Tensor, scale: Tensor, labels: LabelPrototypes, rows: NDArray[np.int64]
) -> Tensor:
    """Cross-entropy of each labelled crop over the label prompts of its own set."""
    target = torch.from_numpy(labels.of_photo[rows // len(CROP_SCALES)]).to(images.device)
    has_label = target >= 0
    if not bool(has_label.any()):
        return images.sum() * 0.0
    group = torch.from_numpy(labels.group).to(images.device)
    target = target[has_label]
    logits = scale * images[has_label] @ prompts.T
    logits = logits.masked_fill(group[None, :] != group[target][:, None], -1e4)
    return functional.cross_entropy(logits, target)


def class_loss(images: Tensor, classes: Tensor, scale: Tensor, logits: Tensor) -> Tensor:
    """KL from the teacher's class probabilities to those over the class prompts, in nats."""
    ours = (scale * images @ classes.T).log_softmax(-1)
    return functional.kl_div(ours, logits.softmax(-1), reduction="batchmean")


def category_loss(
    scenes: Tensor, categories: Tensor, scale: Tensor, kinds: NDArray[np.float32]
) -> Tensor:
    """Cross-entropy of each drawn scene over all categories; `kinds` as `scene_categories`."""
    target = torch.from_numpy(kinds).to(scenes.device)
    return functional.cross_entropy(scale * scenes @ categories.T, target)


def any_wording(prompts: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """One wording for each row of prompts (n, n_wordings), drawn by lot: int64 (n,)."""
    return np.asarray(rng.permuted(prompts, axis=1)[:, 0])


def pick_texts(
    of_photo: list[NDArray[np.int64]], photos: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """One suitable text for each photo, drawn by lot."""
    draws = rng.random(len(photos))
    chosen = [
        of_photo[p][int(draw * len(of_photo[p]))] for p, draw in zip(photos, draws, strict=True)
    ]
    return np.array(chosen, np.int64)


def same_labels(bank: TextBank, rows: NDArray[np.int64], texts: NDArray[np.int64]) -> Tensor:
    """bool (n, n): pairs of one photo, one label or one wording, which must not repel."""
    kinds = {}
    photos = rows // len(CROP_SCALES)
    key = np.array([kinds.setdefault(id(bank.of_photo[p]), len(kinds)) for p in photos])
    return torch.from_numpy((key[:, None] == key[None]) | (texts[:, None] == texts[None]))
