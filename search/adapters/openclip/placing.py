"""A tower on its device, in the precision that suits both."""

from __future__ import annotations

import copy

import torch

from search.adapters.openclip.for_cuda import cuda_kernels, fused_for_cuda
from search.adapters.openclip.towers import ImageTower, Tower

ENOUGH_COSINE = 0.9998
"""What `auto` asks of a reduced precision: this cosine to float32, or the tower stays there."""


def place(
    tower: Tower, probe: torch.Tensor, *, device: torch.device, dtype: torch.dtype, insist: bool
) -> Tower:
    """Move a tower to a device, in a precision.

    Unless one insists, a reduced precision is taken only where it pays and keeps the embeddings
    of `probe` at a cosine of at least 0.9998 to float32. On a CPU convolutional towers stay in
    float32: there they gain nothing from bfloat16 and lose the most.
    """
    tower = tower.to(device)
    convolutional = isinstance(tower, ImageTower) and tower.is_convolutional
    if isinstance(tower, ImageTower) and (device.type == "cuda" or convolutional):
        tower = tower.to(memory_format=torch.channels_last)
    pays = not (device.type == "cpu" and convolutional)
    if dtype == torch.float32 or not (pays or insist):
        return tower
    reduced = copy.deepcopy(tower).to(dtype)
    reduced.dtype = dtype
    if device.type == "cuda":
        reduced = fused_for_cuda(reduced, probe.to(device), cuda_kernels())
    if insist:
        return reduced
    with torch.inference_mode():
        wanted, got = tower(probe.to(device)), reduced(probe.to(device))
    # A comparison with NaN is false: what overflowed stays in float32.
    return reduced if bool((wanted * got).sum(dim=1).min() >= ENOUGH_COSINE) else tower
