"""A block's sum and the norm that the next step begins with in one pass over both, for CUDA.

The norm alone reads and writes as much as a product of the block's, at a fraction of its work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, cast

import torch
from open_clip.timm_model import TimmModel
from open_clip.transformer import ResidualAttentionBlock, Transformer
from timm.models.vision_transformer import Block, VisionTransformer
from torch import nn

from search.adapters.openclip.attention import SelfAttention
from search.adapters.openclip.shortening import ShortReader

AddNorm = Callable[
    [torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, float],
    tuple[torch.Tensor, torch.Tensor],
]
"""Two summands, a norm's weight, bias and epsilon: the sum and its norm."""


class NormedBlocks(nn.Module):
    """Takes the place of blocks that follow each other and that `can_be_chained`."""

    def __init__(self, blocks: Iterable[nn.Module], add_norm: AddNorm) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self._add_norm = add_norm

    def get_weight_dtype(self) -> torch.dtype:
        """What open_clip asks of a transformer's first block."""
        return next(self.parameters()).dtype

    def forward(self, tokens: torch.Tensor, attn_mask: torch.Tensor | None = None) -> torch.Tensor:
        """(n, length, width) to the same, as block after block."""
        normed = _norms(self.blocks[0])[0](tokens)
        for block, following in pairwise(self.blocks):
            tokens, fed = self._through(block, tokens, normed, attn_mask)
            tokens, normed = self._normed_sum(tokens, fed, _norms(following)[0])
        tokens, fed = self._through(self.blocks[-1], tokens, normed, attn_mask)
        return tokens + fed

    def _through(
        self,
        block: nn.Module,
        tokens: torch.Tensor,
        normed: torch.Tensor,
        attn_mask: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The tokens after attention, and what the layers add to them."""
        attended = _attended(block, normed, attn_mask)
        tokens, normed = self._normed_sum(tokens, attended, _norms(block)[1])
        return tokens, cast(Any, block).mlp(normed)

    def _normed_sum(
        self, left: torch.Tensor, right: torch.Tensor, norm: nn.LayerNorm
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self._add_norm(left, right.contiguous(), norm.weight, norm.bias, norm.eps)


def fuse_norms(network: nn.Module, add_norm: AddNorm) -> None:
    """Chain blocks wherever open_clip and timm have them, in place."""
    for part in list(network.modules()):
        if isinstance(part, Transformer):
            part.resblocks = nn.ModuleList(_chained(part.resblocks, add_norm))
        elif isinstance(part, ShortReader):
            part.before_last = nn.ModuleList(_chained(part.before_last, add_norm))
        elif isinstance(part, TimmModel) and isinstance(part.trunk, VisionTransformer):
            part.trunk.blocks = nn.Sequential(*_chained(part.trunk.blocks, add_norm))


def _chained(blocks: Iterable[nn.Module], add_norm: AddNorm) -> list[nn.Module]:
    """The blocks, those at the beginning that can be as one."""
    rest = list(blocks)
    first: list[nn.Module] = []
    while rest and can_be_chained(rest[0]):
        first.append(rest.pop(0))
    return [NormedBlocks(first, add_norm), *rest] if first else rest


def can_be_chained(block: Any) -> bool:
    """Whether a block is norm, attention, sum, norm, layers, sum and nothing else."""
    if type(block) is ResidualAttentionBlock:
        plain = isinstance(block.attn, SelfAttention) and _are_nothing(block.ls_1, block.ls_2)
    elif type(block) is Block:
        plain = _are_nothing(block.ls1, block.ls2, block.drop_path1, block.drop_path2)
    else:
        return False
    return plain and all(
        isinstance(norm, nn.LayerNorm) and norm.bias is not None for norm in _norms(block)
    )


def _are_nothing(*layers: nn.Module) -> bool:
    return all(isinstance(layer, nn.Identity) for layer in layers)


def _norms(block: Any) -> tuple[nn.LayerNorm, nn.LayerNorm]:
    """The norm before attention and the one after it."""
    if isinstance(block, Block):
        return cast(Any, block).norm1, cast(Any, block).norm2
    return block.ln_1, block.ln_2


def _attended(
    block: nn.Module, normed: torch.Tensor, attn_mask: torch.Tensor | None
) -> torch.Tensor:
    attention = cast(Any, block).attn
    if isinstance(attention, SelfAttention):
        return attention(normed, normed, normed, attn_mask=attn_mask)[0]  # type: ignore[no-any-return]
    return cast(torch.Tensor, attention(normed))
