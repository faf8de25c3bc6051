"""The text tower learns to tell pictures apart, not only to stand where the anchors say.

The pictures are the anchors' picture side, photos and drawn scenes, which the image tower
learns too: so the two towers can be trained side by side, and no picture is looked at again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.anchors import (
    CATEGORY_WEIGHT,
    Anchors,
    any_wording,
    category_loss,
    clip_loss,
    pick_texts,
    same_labels,
)
from training.config import TextStage
from training.crops import CROP_SCALES, CropStore
from training.loop import run_stage, set_rate, warmup_then, without_decay
from training.sampling import epoch_rows, step_rng
from training.scenery import scene_categories
from training.text_tower import encode_tokens, text_losses, text_parts
from training.texts import TextBank

DISTIL_WEIGHT = 4.0
SCENE_SHARE = 0.3
# Training photos are known too well: noise keeps the text tower from leaning on that.
NOISE = 0.03


def settle_texts(
    model: Any,
    *,
    anchors: Anchors,
    store: CropStore,
    bank: TextBank,
    shown: NDArray[np.int64],
    captions: list[list[str]],
    tokenize: Callable[[list[str]], Tensor],
    stage: TextStage,
    seed: int,
    folder: Path,
) -> None:
    """Fit the text tower and the temperature, in place.

    The loss is CLIP's over large batches; the anchors' text side goes on teaching, so that
    words that no picture has stay where they were.
    """
    with torch.no_grad():
        pooled = torch.from_numpy(np.asarray(store.pooled, np.float32))
        photos = torch.cat([anchors.image(part) for part in pooled.split(4096)])
        scenes = anchors.scene(torch.from_numpy(shown))
    tokens = tokenize(bank.texts)
    flat = [text for texts in captions for text in texts]
    starts = np.cumsum([0, *[len(texts) for texts in captions]])
    of_scene = [np.arange(a, b) for a, b in pairwise(starts)]
    scene_tokens = tokenize(flat)
    with torch.no_grad():
        targets = torch.cat([anchors.text(s) for s in torch.from_numpy(bank.sentences).split(4096)])
        model.logit_scale.copy_(anchors.logit_scale)
    parts = text_parts(model)
    groups = without_decay(
        [nn.ModuleList([part for part in parts if isinstance(part, nn.Module)])],
        stage.weight_decay,
    )
    groups[1]["params"] += [*(p for p in parts if isinstance(p, nn.Parameter)), model.logit_scale]
    optimiser = torch.optim.AdamW(groups, lr=stage.rate, fused=True)
    shares = bank.shares().numpy()
    kinds = scene_categories(shown)
    n_scenes = int(stage.batch * SCENE_SHARE)

    def step(number: int) -> dict[str, float]:
        factor = warmup_then(number, warmup=stage.warmup, n_steps=stage.n_steps, decay_from=0.0)
        set_rate(optimiser, stage.rate * factor)
        rng = step_rng(seed + 3, number)
        rows = epoch_rows(np.arange(len(photos)), number, stage.batch - n_scenes, seed + 3)
        texts = pick_texts(bank.of_photo, rows // len(CROP_SCALES), rng)
        drawn = epoch_rows(np.arange(len(scenes)), number, n_scenes, seed + 4)
        wordings = pick_texts(of_scene, drawn, rng)
        scale = model.logit_scale.exp()
        match = clip_loss(
            _noisy(photos[rows], rng),
            encode_tokens(model, tokens[texts]),
            scale,
            same_labels(bank, rows, texts),
        )
        twins = torch.from_numpy(_equal([flat[w] for w in wordings]))
        told = clip_loss(
            _noisy(scenes[drawn], rng), encode_tokens(model, scene_tokens[wordings]), scale, twins
        )
        categories = encode_tokens(model, tokens[any_wording(bank.categories, rng)])
        kinds_told = category_loss(scenes[drawn], categories, scale, kinds[drawn])
        kept = rng.choice(len(tokens), stage.batch // 2, p=shares)
        held = text_losses(encode_tokens(model, tokens[kept]), targets[kept])
        total = match + told + DISTIL_WEIGHT * held["cosine"] + CATEGORY_WEIGHT * kinds_told
        optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 1.0)
        optimiser.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, math.log(100))
        values = {"loss": total, "clip": match, "scene_clip": told, **held}
        values["categories"] = kinds_told
        return {key: float(value.detach()) for key, value in values.items()}

    run_stage(
        "settle",
        n_steps=stage.n_steps,
        parts={"model": model, "optimiser": optimiser},
        step=step,
        folder=folder,
        checkpoint_every=stage.checkpoint_every,
    )


def _noisy(embeddings: Tensor, rng: np.random.Generator) -> Tensor:
    noise = torch.from_numpy(rng.normal(0, NOISE, tuple(embeddings.shape)).astype(np.float32))
    return nn.functional.normalize(embeddings + noise, dim=-1)


def _equal(texts: list[str]) -> NDArray[np.bool_]:
    numbers: dict[str, int] = {}
    kinds = np.array([numbers.setdefault(text, len(numbers)) for text in texts])
    return kinds[:, None] == kinds[None]
