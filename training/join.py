"""Train the image tower end to end: the teacher's hints, the anchors, and words, in one loss.

The anchors stand still, so thousands of texts are negatives at no cost: each picture is told
from a bank of texts that was placed once, and each drawn scene from other scenes. The weights
that are kept are an exponential average over the steps.
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.anchors import (
    Anchors,
    category_loss,
    class_loss,
    label_loss,
    label_prototypes,
    pick_texts,
)
from training.config import ImageStage
from training.crops import CROP_SCALES, CropStore
from training.hints import CropBatch, Hints, crop_batch, hint_loss
from training.loop import run_stage, set_rate, warmup_then, without_decay
from training.sampling import Prefetch, epoch_rows, step_rng
from training.scenery import scene_categories
from training.student import ImageTower, frozen_norms, normalised, shrink
from training.teacher import Teacher
from training.texts import TextBank

WEIGHTS = {
    "hints": 1.0,
    "anchor": 6.0,
    "clip": 0.7,
    "classes": 0.3,
    "labels": 0.3,
    "scene_anchor": 3.0,
    "scene_clip": 0.7,
    "scene_categories": 1.0,
}
N_NEGATIVES = 2048
N_SCENE_NEGATIVES = 1024
AVERAGE_DECAY = 0.99


@dataclass(frozen=True)
class Words:
    """Where the anchors put the bank's texts and the drawn scenes: unit rows of 256.

    `kinds` float32 (n_scenes, n_categories), as `scene_categories` gives them.
    """

    texts: Tensor
    scenes: Tensor
    kinds: NDArray[np.float32]


@dataclass(frozen=True)
class MixedBatch:
    """Crops of photos and whole drawn scenes, with what each is to be told from."""

    crops: CropBatch
    photo_texts: Tensor
    negatives: Tensor
    pictures: Tensor
    shown: Tensor
    scene_negatives: Tensor
    kinds: NDArray[np.float32]


def train_together(
    tower: ImageTower,
    *,
    name: str,
    anchors: Anchors,
    teacher: Teacher,
    store: CropStore,
    bank: TextBank,
    pictures: NDArray[np.uint8],
    shown: NDArray[np.int64],
    stage: ImageStage,
    seed: int,
    folder: Path,
    device: torch.device,
) -> None:
    """Train the image tower, in place; it ends with the averaged weights.

    Args:
        pictures: uint8 (n_scenes, 129, 129, 3), drawn scenes.
        shown: int64 (n_scenes, 8), their attributes.
    """
    words = place_words(anchors, bank, shown)
    anchors.to(device)
    tower.to(device, memory_format=torch.channels_last).train()
    hints = Hints(store, teacher.classifier).to(device)
    average = torch.optim.swa_utils.AveragedModel(
        tower,
        multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE_DECAY),
        use_buffers=True,
    )
    groups = without_decay([tower], stage.weight_decay)
    optimiser = torch.optim.AdamW(groups, lr=stage.rate, fused=True)
    labels = label_prototypes(bank)
    classes = words.texts[bank.classes[:, 0]].to(device)
    prompts = words.texts[labels.prompts].to(device)
    categories = functional.normalize(words.texts[bank.categories].mean(1), dim=-1).to(device)
    scale = anchors.logit_scale.detach().exp()

    def make(step: int) -> MixedBatch:
        return _mixed_batch(store, bank, words, pictures, stage, seed, step, device)

    batches = Prefetch(make, stage.n_steps)
    weights = {
        key: weight * (stage.scene_weight if key.startswith("scene") else 1.0)
        for key, weight in WEIGHTS.items()
    }

    def see(crops: Tensor, scenes: Tensor) -> Any:
        return tower(shrink(normalised(torch.cat([crops, scenes])), stage.px))

    seen_by = torch.compile(see) if stage.compile else see

    def step(number: int) -> dict[str, float]:
        began = time.perf_counter()
        factor = warmup_then(
            number, warmup=stage.warmup, n_steps=stage.n_steps, decay_from=stage.decay_from
        )
        set_rate(optimiser, stage.rate * factor)
        batch = batches(number)
        seen = seen_by(batch.crops.pixels, batch.pictures)
        n = len(batch.crops.pixels)
        photos, scenes = seen.embedding[:n], seen.embedding[n:]
        losses = hints(seen.first(n), batch.crops)
        named = {
            "hints": hint_loss(losses),
            "anchor": _far(photos, anchors.image(batch.crops.pooled)),
            "clip": bank_loss(photos, batch.photo_texts, batch.negatives, scale),
            "classes": class_loss(photos, classes, scale, batch.crops.logits),
            "labels": label_loss(photos, prompts, scale, labels, batch.crops.rows),
            "scene_anchor": _far(scenes, batch.shown),
            "scene_clip": bank_loss(scenes, batch.shown, batch.scene_negatives, scale),
            "scene_categories": category_loss(scenes, categories, scale, batch.kinds),
        }
        total = torch.stack([weights[key] * value for key, value in named.items()]).sum()
        optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 5.0)
        optimiser.step()
        average.update_parameters(tower)
        values = {"loss": total, **named, "pooled": losses["pooled"], "map2": losses["map2"]}
        taken = {key: float(value.detach()) for key, value in values.items()}
        return {**taken, "step_s": time.perf_counter() - began}

    with frozen_norms(tower) if stage.freeze_norms else nullcontext():
        run_stage(
            name,
            n_steps=stage.n_steps,
            parts={"tower": tower, "average": average, "optimiser": optimiser},
            step=step,
            folder=folder,
            checkpoint_every=stage.checkpoint_every,
            snapshot="average",
        )
    tower.load_state_dict(average.module.state_dict())
    tower.eval()


def project_as(tower: ImageTower, anchors: Anchors) -> None:
    """Begin with the anchors' picture head as the tower's projection.

    After the blocks' stage the tower's features are nearly those that the head was trained on.
    """
    head = anchors.image_head[1]
    weight = head.weight / anchors.pooled_std
    with torch.no_grad():
        tower.trunk.classifier.weight.copy_(weight)
        tower.trunk.classifier.bias.copy_(head.bias - weight @ anchors.pooled_mean)


def bank_loss(images: Tensor, texts: Tensor, negatives: Tensor, scale: Tensor) -> Tensor:
    """Tell each picture's text from many others, and from its neighbours' texts, both ways.

    A negative that reads the same as the picture's own text is left out.
    """
    own = (images * texts).sum(-1, keepdim=True)
    others = images @ negatives.T
    same = texts @ negatives.T > 0.97
    logits = scale * torch.cat([own, others.masked_fill(same, -1.0)], 1)
    target = torch.zeros(len(images), dtype=torch.long, device=images.device)
    to_texts = functional.cross_entropy(logits, target)
    square = texts @ images.T
    twins = (texts @ texts.T > 0.97) & ~torch.eye(len(texts), dtype=torch.bool, device=texts.device)
    place = torch.arange(len(images), device=images.device)
    to_images = functional.cross_entropy(scale * square.masked_fill(twins, -1.0), place)
    return to_texts + 0.5 * to_images


def place_words(anchors: Anchors, bank: TextBank, shown: NDArray[np.int64]) -> Words:
    """Where the anchors put everything that a picture may be told from."""
    with torch.no_grad():
        texts = [anchors.text(part) for part in torch.from_numpy(bank.sentences).split(4096)]
        placed = anchors.scene(torch.from_numpy(shown))
    return Words(torch.cat(texts), placed, scene_categories(shown))


def _far(made: Tensor, wanted: Tensor) -> Tensor:
    return 1 - (made * wanted).sum(-1).mean()


def _mixed_batch(
    store: CropStore,
    bank: TextBank,
    words: Words,
    pictures: NDArray[np.uint8],
    stage: ImageStage,
    seed: int,
    step: int,
    device: torch.device,
) -> MixedBatch:
    rng = step_rng(seed + 1, step)
    rows = epoch_rows(np.arange(store.n_rows), step, stage.batch, seed + 1)
    flips = rng.random(len(rows)) < 0.5
    drawn = epoch_rows(np.arange(len(pictures)), step, stage.batch_scenes, seed + 2)
    others = rng.integers(0, len(bank.of_photo), N_NEGATIVES)
    other_scenes = rng.integers(0, len(pictures), N_SCENE_NEGATIVES)
    own = pick_texts(bank.of_photo, rows // len(CROP_SCALES), rng)
    return MixedBatch(
        crops=crop_batch(store, rows, flips, device),
        photo_texts=words.texts[own].to(device),
        negatives=words.texts[pick_texts(bank.of_photo, others, rng)].to(device),
        pictures=torch.from_numpy(pictures[drawn]).to(device),
        shown=words.scenes[drawn].to(device),
        scene_negatives=words.scenes[other_scenes].to(device),
        kinds=words.kinds[drawn],
    )
