"""A linear layer and the GELU after it in one kernel, for reduced precisions on CUDA.

There cuBLAS rounds nothing between the two, and takes GELU's approximation by tanh: what that
differs by is below the rounding of bfloat16.
"""

from __future__ import annotations

from typing import Any

import torch
from timm.layers import GELUTanh
from torch import nn


class LinearGelu(nn.Module):
    """Takes the place of a linear layer that a GELU follows."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """(..., width) to (..., the layer's width)."""
        # torch's own transformer layers call it; it has no public name.
        made: torch.Tensor = torch._addmm_activation(
            self.bias, inputs.flatten(0, -2), self.weight.t(), use_gelu=True
        )
        return made.view(*inputs.shape[:-1], -1)


def fuse_gelu(network: nn.Module) -> None:
    """Fuse them wherever open_clip and timm have them, in place."""
    for part in network.modules():
        for linear, gelu in (("c_fc", "gelu"), ("fc1", "act")):
            if _follow(getattr(part, linear, None), getattr(part, gelu, None)):
                setattr(part, linear, LinearGelu(getattr(part, linear)))
                setattr(part, gelu, nn.Identity())


def _follow(linear: Any, gelu: Any) -> bool:
    fits = type(linear) is nn.Linear and linear.bias is not None
    return fits and isinstance(gelu, nn.GELU | GELUTanh)
