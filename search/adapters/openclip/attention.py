"""Self-attention in fewer passes: the same embeddings, no copies of weights.

`nn.MultiheadAttention` swaps batch and length on the way in, and where the three projections then
find no contiguous input they multiply with a copy of the weights per position.
"""

from __future__ import annotations

from typing import cast

import torch
from open_clip.transformer import ResidualAttentionBlock
from torch import nn
from torch.nn import functional

from search.adapters.openclip.equivalence import Module, embeds_alike, to_rewrite


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
        projected = functional.linear(inputs, self.in_proj_weight, self.in_proj_bias)
        asking, asked, said = self._heads(projected, 3)
        return self._mixed(asking, asked, said, attn_mask), None

    def of(
        self, few: torch.Tensor, inputs: torch.Tensor, attn_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """What `few` of the inputs, (n, n_few, width), take from all; other rows are not computed.

        Args:
            attn_mask: (n, 1, n_few, length), added to the scores.
        """
        width = inputs.shape[2]
        queries, rest = self.in_proj_weight[:width], self.in_proj_weight[width:]
        of_queries, of_rest = self.in_proj_bias[:width], self.in_proj_bias[width:]
        (asking,) = self._heads(functional.linear(few, queries, of_queries), 1)
        asked, said = self._heads(functional.linear(inputs, rest, of_rest), 2)
        return self._mixed(asking, asked, said, attn_mask)

    def _heads(self, projected: torch.Tensor, n_parts: int) -> tuple[torch.Tensor, ...]:
        """(n, length, n_parts x width) as parts of shape (n, n_heads, length, head width)."""
        n, length, width = projected.shape
        head_width = width // n_parts // self.n_heads
        parts = projected.view(n, length, n_parts, self.n_heads, head_width)
        return parts.permute(2, 0, 3, 1, 4).unbind()

    def _mixed(
        self,
        asking: torch.Tensor,
        asked: torch.Tensor,
        said: torch.Tensor,
        attn_mask: torch.Tensor | None,
    ) -> torch.Tensor:
        mixed = functional.scaled_dot_product_attention(asking, asked, said, attn_mask=attn_mask)
        made: torch.Tensor = self.out_proj(mixed.transpose(1, 2).flatten(2))
        return made


def plainly_attending(module: Module, probe: torch.Tensor) -> Module:
    """A copy in evaluation mode whose blocks attend in fewer passes.

    Where that changes the embeddings of `probe`, the module itself is given back.
    """
    if not any(_can_be_replaced(block) for block in module.modules()):
        return module
    made = to_rewrite(module)
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
