"""First stage of the image tower: every block, from random weights, learns one of the teacher's.

Each block is fed the teacher's feature map from one depth and has to produce the teacher's at
the next (blockwise distillation: Wang et al. 2018, arXiv:1812.01839; Li et al. 2020,
arXiv:1911.13053). A block is a shallow thing to train, and every position of every picture is
an example, so some ten thousand pictures do what end-to-end training needs millions for.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.config import ImageStage
from training.crops import CropStore, as_teacher_input
from training.loop import run_stage, set_rate, warmup_then, without_decay
from training.sampling import Prefetch, epoch_rows, step_rng
from training.student import ImageTower, normalised, shrink
from training.teacher import Teacher

MAX_POSITIONS = 8192


def train_blocks(
    tower: ImageTower,
    teacher: Teacher,
    store: CropStore,
    stage: ImageStage,
    *,
    seed: int,
    folder: Path,
    device: torch.device,
) -> None:
    """Teach each block of a randomly initialised tower alone, in place."""
    tower.to(device, memory_format=torch.channels_last).train()
    teacher.to(device, memory_format=torch.channels_last).eval()
    units = nn.ModuleList(tower.units())
    groups = without_decay([units], stage.weight_decay)
    optimiser = torch.optim.AdamW(groups, lr=stage.rate, fused=True)
    pool = np.arange(store.n_rows)

    def pixels(step: int) -> Tensor:
        rows = epoch_rows(pool, step, stage.batch, seed)
        values = store.pixels[rows]
        flips = step_rng(seed, step).random(len(rows)) < 0.5
        values[flips] = values[flips][:, :, ::-1]
        return torch.from_numpy(values).to(device)

    batches = Prefetch(pixels, stage.n_steps)

    def watch(x: Tensor) -> list[Tensor]:
        with torch.no_grad():
            return teacher.block_maps(x)

    def losses_of(x: Tensor, maps: list[Tensor]) -> Tensor:
        losses = []
        for unit, seen, wanted in zip(units, [x, *maps[:-1]], maps, strict=True):
            n = n_examples(len(x), wanted.shape[-1])
            losses.append(block_loss(unit(seen[:n]), seen[:n], wanted[:n]))
        return torch.stack(losses)

    if stage.compile:
        watch, losses_of = torch.compile(watch), torch.compile(losses_of)

    def step(number: int) -> dict[str, float]:
        began = time.perf_counter()
        factor = warmup_then(
            number, warmup=stage.warmup, n_steps=stage.n_steps, decay_from=stage.decay_from
        )
        set_rate(optimiser, stage.rate * factor)
        batch = batches(number)
        maps = watch(shrink(as_teacher_input(batch), stage.px))
        losses = losses_of(shrink(normalised(batch), stage.px), maps)
        optimiser.zero_grad()
        losses.sum().backward()
        optimiser.step()
        values = losses.detach().tolist()
        named = {f"block{index}": value for index, value in enumerate(values)}
        return {"loss": sum(values), **named, "step_s": time.perf_counter() - began}

    run_stage(
        "blocks",
        n_steps=stage.n_steps,
        parts={"tower": tower, "optimiser": optimiser},
        step=step,
        folder=folder,
        checkpoint_every=stage.checkpoint_every,
    )


def n_examples(batch: int, side: int) -> int:
    """How many pictures of a batch a block needs: the early ones see thousands of places each."""
    return max(1, min(batch, -(-MAX_POSITIONS // side**2)))


def block_loss(made: Tensor, seen: Tensor, wanted: Tensor) -> Tensor:
    """The share of what the teacher's block adds that ours leaves unexplained, 0 is best.

    Where a block has a way around it, only what it adds to its input is counted.
    """
    change = wanted - seen if wanted.shape == seen.shape else wanted
    centre = change.mean((0, 2, 3), keepdim=True)
    spread = (change - centre).square().mean((0, 2, 3)) + 1e-3
    return ((made - wanted).square().mean((0, 2, 3)) / spread).mean()
