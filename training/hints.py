"""Teach a randomly initialised image tower to see what the teacher sees, at several depths.

Feature maps at strides 8, 16 and 32 (hints: Romero et al. 2015, arXiv:1412.6550), the pooled
features, and the class probabilities (Hinton et al. 2015, arXiv:1503.02531).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.crops import CropStore, on_grid
from training.student import ImageOutput

MAP_WEIGHTS = (0.5, 1.0, 1.0)
POOLED_WEIGHT = 2.0
CLASS_WEIGHT = 0.3


@dataclass(frozen=True)
class CropBatch:
    """Crops and the teacher's view of them; see `CropStore`. `rows` int64 (n,)."""

    rows: NDArray[np.int64]
    pixels: Tensor
    maps: tuple[Tensor, ...]
    pooled: Tensor
    logits: Tensor


class Hints(nn.Module):
    """How far the student's features are from the teacher's, in the teacher's own spread.

    The two have equal widths at every depth, so nothing stands between them.
    """

    def __init__(self, store: CropStore, classifier: nn.Module, n_sample: int = 2048) -> None:
        super().__init__()
        self.classifier = classifier
        sample = np.unique(np.linspace(0, store.n_rows - 1, n_sample).astype(np.int64))
        for index, array in enumerate([*store.maps, store.pooled]):
            values = torch.from_numpy(array[sample].astype(np.float32))
            values = values.reshape(*values.shape[:2], -1)
            self.register_buffer(f"spread{index}", values.var((0, 2)) + 1e-3)

    def forward(self, seen: ImageOutput, batch: CropBatch) -> dict[str, Tensor]:
        """Losses, lower is better: shares of variance left unexplained, and a KL in nats."""
        losses: dict[str, Tensor] = {}
        for index, student in enumerate(seen.maps):
            error = (student - on_grid(batch.maps[index], student.shape[-1])).square()
            losses[f"map{index}"] = (error.mean((0, 2, 3)) / self._spread(index)).mean()
        error = (seen.trunk - batch.pooled).square()
        losses["pooled"] = (error.mean(0) / self._spread(len(seen.maps))).mean()
        logits = self.classifier(seen.trunk[:, :, None, None]).flatten(1)[:, 1:]
        losses["classes"] = functional.kl_div(
            logits.log_softmax(-1),
            batch.logits.log_softmax(-1),
            log_target=True,
            reduction="batchmean",
        )
        return losses

    def _spread(self, index: int) -> Tensor:
        return self.get_buffer(f"spread{index}")


def hint_loss(losses: dict[str, Tensor]) -> Tensor:
    """The weighted sum that is descended."""
    total = POOLED_WEIGHT * losses["pooled"] + CLASS_WEIGHT * losses["classes"]
    for index, weight in enumerate(MAP_WEIGHTS):
        total = total + weight * losses[f"map{index}"]
    return total


def crop_batch(
    store: CropStore, rows: NDArray[np.int64], flips: NDArray[np.bool_], device: torch.device
) -> CropBatch:
    """Read rows of the store, mirrored left to right where `flips` says so, maps and all."""

    def read(array: NDArray[np.generic], axis: int | None) -> Tensor:
        values = array[rows]
        if axis is not None:
            values[flips] = np.flip(values[flips], axis)
        tensor = torch.from_numpy(values).to(device)
        return tensor if tensor.dtype == torch.uint8 else tensor.float()

    return CropBatch(
        rows=rows,
        pixels=read(store.pixels, 2),
        maps=tuple(read(array, 3) for array in store.maps),
        pooled=read(store.pooled, None),
        logits=read(store.logits, None),
    )
