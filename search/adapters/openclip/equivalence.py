"""Whether a network that was rewritten to be faster still embeds as before."""

from __future__ import annotations

import copy
from typing import TypeVar

import torch
from torch import nn

SAME_COSINE = 0.99999
"""What a rewritten network has to keep on the probe, or the one it was made from is used."""

Module = TypeVar("Module", bound=nn.Module)


def to_rewrite(module: Module) -> Module:
    """A copy in evaluation mode whose parts may be replaced; its weights are the module's own."""
    return copy.deepcopy(module, {id(weight): weight for weight in module.parameters()}).eval()


def embeds_alike(
    module: nn.Module,
    made: nn.Module,
    probe: torch.Tensor,
    made_probe: torch.Tensor | None = None,
    *,
    least_cosine: float = SAME_COSINE,
) -> bool:
    """Whether both give each row of `probe` the same direction, in evaluation mode.

    Args:
        made_probe: the same rows as `made` wants them, where it wants them in another form.
    """
    with torch.inference_mode():
        wanted = module.eval()(probe)
        got = made.eval()(probe if made_probe is None else made_probe)
    # A comparison with NaN is false.
    return bool(nn.functional.cosine_similarity(wanted, got).min() >= least_cosine)
