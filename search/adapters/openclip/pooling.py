"""The last block computes what is pooled of it, and no more: the same embeddings in fewer products.

CLIP takes a picture's embedding from its first token and a text's from its end. Until the last
block every token is read by the others; what the others become in it nobody asks.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import nn

from search.adapters.openclip.attention import SelfAttention
from search.adapters.openclip.equivalence import embeds_alike, to_rewrite
from search.adapters.openclip.towers import ImageTower


class PooledBlock(nn.Module):
    """Takes the place of a last block that `ends_in_self_attention`."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, tokens: torch.Tensor, attn_mask: None = None) -> torch.Tensor:
        """The first token after the block, (n, length, width) to (n, 1, width)."""
        normed = cast(Any, self.block).ln_1(tokens)
        return self._after(tokens[:, :1], normed[:, :1], normed, None)

    def at(
        self, places: torch.Tensor, tokens: torch.Tensor, attn_mask: torch.Tensor
    ) -> torch.Tensor:
        """One token of each input after the block.

        Args:
            places: int64 (n,), the token to give of each input.
            tokens: (n, length, width).
            attn_mask: (length, length), added to the scores.
        Returns:
            (n, 1, width).
        """
        normed = cast(Any, self.block).ln_1(tokens)
        each = torch.arange(len(tokens), device=tokens.device)[:, None]
        at = places[:, None]
        return self._after(tokens[each, at], normed[each, at], normed, attn_mask[at][:, None])

    def _after(
        self,
        few: torch.Tensor,
        few_normed: torch.Tensor,
        normed: torch.Tensor,
        attn_mask: torch.Tensor | None,
    ) -> torch.Tensor:
        block = cast(Any, self.block)
        few = few + block.ls_1(block.attn.of(few_normed, normed, attn_mask))
        made: torch.Tensor = few + block.ls_2(block.mlp(block.ln_2(few)))
        return made


def ends_in_self_attention(blocks: nn.ModuleList) -> bool:
    """Whether the last of a transformer's blocks attends as `PooledBlock` knows it."""
    last = blocks[-1]
    return isinstance(last, ResidualAttentionBlock) and isinstance(last.attn, SelfAttention)


def pooling_early(tower: ImageTower, probe: torch.Tensor) -> ImageTower:
    """The same tower, whose last block gives the pooled token alone, where that embeds alike."""
    visual = cast(Any, tower.visual)
    if not _pools_the_first_token(visual):
        return tower
    made = to_rewrite(tower)
    blocks = cast(Any, made.visual).transformer.resblocks
    blocks[-1] = PooledBlock(blocks[-1])
    return made if embeds_alike(tower, made, probe) else tower


def _pools_the_first_token(visual: Any) -> bool:
    return (
        type(visual) is VisionTransformer
        and visual.attn_pool is None
        and visual.pool_type == "tok"
        and not visual.output_tokens
        and visual.transformer.batch_first
        and ends_in_self_attention(visual.transformer.resblocks)
    )
