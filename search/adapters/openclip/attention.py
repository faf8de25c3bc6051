"""Self-attention in fewer passes: the same embeddings, no copies of weights.

`nn.MultiheadAttention` swaps batch and length on the way in, and where the three projections then
find no contiguous input they multiply with a copy of the weights per position.
"""

from __future__ import annotations

import copy
from typing import cast

import torch
from open_clip.transformer import ResidualAttentionBlock
from torch import nn
from torch.nn import functional

from search.adapters.openclip.equivalence import Module, embeds_alike


class SelfAttention(nn.Module):
    """Takes the place of a `nn.MultiheadAttention` whose queries, keys and values are one."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.n_heads = attention.num_heads
        self.in_proj_weight = attention.in_proj_weight
        self.in_proj_bias = attention.in_proj_bias
        self.out_proj = attention.out_proj

    def forward(
        self,
        inputs: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        need_weights: bool = False,
        attn_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, None]:
        """As `nn.MultiheadAttention`, (n, length, width) to the same, keys and values as inputs."""
        n, length, width = inputs.shape
        projected = functional.linear(inputs, self.in_proj_weight, self.in_proj_bias)
        parts = projected.view(n, length, 3, self.n_heads, width // self.n_heads)
        asking, asked, said = parts.permute(2, 0, 3, 1, 4).unbind()
        mixed = functional.scaled_dot_product_attention(asking, asked, said, attn_mask=attn_mask)
        return self.out_proj(mixed.transpose(1, 2).reshape(n, length, width)), None


def plainly_attending(module: Module, probe: torch.Tensor) -> Module:
    """A copy in evaluation mode whose blocks attend in fewer passes.

    Where that changes the embeddings of `probe`, the module itself is given back.
    """
    if not any(_can_be_replaced(block) for block in module.modules()):
        return module
    made = copy.deepcopy(module).eval()
    for block in made.modules():
        if _can_be_replaced(block):
            block.attn = SelfAttention(cast(nn.MultiheadAttention, block.attn))
    return made if embeds_alike(module, made, probe) else module


def _can_be_replaced(block: nn.Module) -> bool:
    if not isinstance(block, ResidualAttentionBlock) or hasattr(block, "ln_1_kv"):
        return False
    attention = block.attn
    return (
        isinstance(attention, nn.MultiheadAttention)
        and attention.batch_first
        and attention.in_proj_weight is not None
        and attention.bias_k is None
        and not attention.add_zero_attn
    )
