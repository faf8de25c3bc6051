"""What a tower in reduced precision becomes on CUDA: the same steps in fewer kernels."""

from __future__ import annotations

import functools
from types import ModuleType

import torch

from search.adapters.openclip.equivalence import Module, embeds_alike, to_rewrite
from search.adapters.openclip.fused_gelu import fuse_gelu
from search.adapters.openclip.fused_norm import fuse_norms
from search.adapters.openclip.patches import PatchProjection

SAME_COSINE = 0.9998
"""What fusing has to keep on the probe: the other tower is rounded at every step, too."""


def fused_for_cuda(tower: Module, probe: torch.Tensor, kernels: ModuleType | None) -> Module:
    """A copy with fewer kernels.

    Where that fails or changes the embeddings of `probe`, the tower itself is given back.

    Args:
        kernels: what `cuda_kernels` gives; without them, torch's are used where it has some.
    """
    made = to_rewrite(tower)
    fuse_gelu(made)
    if kernels is not None:
        fuse_norms(made, kernels.add_norm)
        for part in made.modules():
            if isinstance(part, PatchProjection):
                part.cut_with(kernels.cut_patches)
    try:
        return made if embeds_alike(tower, made, probe, least_cosine=SAME_COSINE) else tower
    except Exception:  # A kernel that cannot be compiled for these sizes raises anything.
        return tower


@functools.cache
def cuda_kernels() -> ModuleType | None:
    """The module `kernels`, where Triton is there and finds what it compiles with."""
    try:
        from search.adapters.openclip import kernels

        one = torch.ones(1, 16, device="cuda")
        kernels.add_norm(one, one, one[0], one[0], 1e-5)
    except Exception:  # A compiler that is missing or fails raises anything.
        return None
    return kernels
