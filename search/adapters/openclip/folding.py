"""Batch norms folded into the convolutions before them: the same embeddings in fewer passes."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from search.adapters.openclip.equivalence import Module, embeds_alike


def folded(module: Module, probe: torch.Tensor) -> Module:
    """A copy in evaluation mode whose batch norms are part of the convolutions before them.

    A norm is taken for a convolution's where it is the next child of the same module, as in
    nearly every network of convolutions. Where that does not hold, the embeddings of `probe`
    tell, and the module itself is given back.
    """
    pairs = [pair for part in module.modules() for pair in convolutions_with_norms(part)]
    if not pairs:
        return module
    made = copy.deepcopy(module).eval()
    for part in made.modules():
        for (name, convolution), (norm_name, norm) in convolutions_with_norms(part):
            setattr(part, name, fuse_conv_bn_eval(convolution, norm))
            setattr(part, norm_name, _what_follows(norm))
    return made if embeds_alike(module, made, probe) else module


def convolutions_with_norms(module: nn.Module) -> list[tuple[tuple[str, Any], tuple[str, Any]]]:
    """The module's own children that are a convolution and the batch norm after it, with names."""
    return [
        (one, following)
        for one, following in pairwise(list(module.named_children()))
        if isinstance(one[1], nn.Conv2d)
        and isinstance(following[1], nn.BatchNorm2d)
        and one[1].out_channels == following[1].num_features
        and following[1].track_running_stats
    ]


def _what_follows(norm: nn.BatchNorm2d) -> nn.Module:
    """timm's norms carry the activation that comes after them."""
    following = getattr(norm, "act", None)
    return following if isinstance(following, nn.Module) else nn.Identity()
