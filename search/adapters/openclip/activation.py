"""OpenAI's approximation of GELU in one pass instead of three: the same embeddings.

`x * sigmoid(1.702 * x)` is `silu(1.702 * x) / 1.702`, and both factors can be part of the weights
before and after it.
"""

from __future__ import annotations

from typing import Any

import torch
from open_clip.transformer import QuickGELU
from torch import nn

from search.adapters.openclip.equivalence import Module, embeds_alike, to_rewrite

_STEEPNESS = 1.702


def in_one_pass(module: Module, probe: torch.Tensor) -> Module:
    """A copy in evaluation mode whose blocks use `nn.SiLU`.

    Where that changes the embeddings of `probe`, the module itself is given back.
    """
    if not any(_is_quick(part) for part in module.modules()):
        return module
    made = to_rewrite(module)
    for part in made.modules():
        if _is_quick(part):
            _rewrite(part)
    return made if embeds_alike(module, made, probe) else module


def _is_quick(part: Any) -> bool:
    """Whether this is what open_clip's blocks do after they have attended, with a `QuickGELU`."""
    kinds = [type(step) for step in part.children()]
    return isinstance(part, nn.Sequential) and kinds == [nn.Linear, QuickGELU, nn.Linear]


def _rewrite(part: Any) -> None:
    before, _, after = part.children()
    weight, bias = _STEEPNESS * before.weight, _STEEPNESS * before.bias
    before.weight, before.bias = nn.Parameter(weight, False), nn.Parameter(bias, False)
    after.weight = nn.Parameter(after.weight / _STEEPNESS, False)
    part[1] = nn.SiLU()
