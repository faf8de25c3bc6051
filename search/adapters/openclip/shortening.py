"""Texts are read no further than the longest of them: the same embeddings in a part of the time.

CLIP pads every text to its context, 77 tokens, and takes the embedding at the text's end. Under a
causal mask nothing behind the end has a say in it.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from open_clip.model import CLIP
from torch import nn

from search.adapters.openclip.equivalence import embeds_alike
from search.adapters.openclip.pooling import PooledBlock, ends_in_self_attention
from search.adapters.openclip.towers import TextTower

_AT_THE_END = ("argmax", "eos")
_STEP = 8
"""Lengths are multiples of this, so that few shapes have to be prepared for."""


class ShortTextTower(TextTower):
    """A text tower whose model is a `ShortReader`."""

    model: ShortReader

    def trimmed(self, tokens: torch.Tensor) -> torch.Tensor:
        length = int(self.model.ends(tokens).max()) + 1
        return tokens[:, : -(-length // _STEP) * _STEP]


class ShortReader(nn.Module):
    """Takes the place of a causal open_clip `CLIP` where texts are encoded; see `PooledBlock`."""

    def __init__(self, model: CLIP) -> None:
        super().__init__()
        self.model = model
        blocks = cast(Any, model).transformer.resblocks
        self.before_last, self.last = blocks[:-1], PooledBlock(blocks[-1])

    def ends(self, tokens: torch.Tensor) -> torch.Tensor:
        """Where each text ends: int64 (n,)."""
        model = cast(Any, self.model)
        if model.text_pool_type == "eos":
            tokens = (tokens == model.text_eos_id).int()
        return tokens.argmax(dim=-1)

    def encode_text(self, tokens: torch.Tensor, normalize: bool = False) -> torch.Tensor:
        """As `CLIP.encode_text`, int64 (n, length up to the context's) to (n, dim)."""
        model = cast(Any, self.model)
        ends, length = self.ends(tokens), tokens.shape[1]
        dtype = model.transformer.get_cast_dtype()
        read = model.token_embedding(tokens).to(dtype)
        read = read + model.positional_embedding[:length].to(dtype)
        mask = model.attn_mask[:length, :length]
        for block in self.before_last:
            read = block(read, attn_mask=mask)
        pooled = model.ln_final(self.last.at(ends, read, mask))[:, 0]
        if isinstance(model.text_projection, nn.Linear):
            pooled = model.text_projection(pooled)
        elif model.text_projection is not None:
            pooled = pooled @ model.text_projection
        return nn.functional.normalize(pooled, dim=-1) if normalize else pooled


def shortened(tower: TextTower, probe: torch.Tensor) -> TextTower:
    """The same tower, reading short, where it can and where that embeds `probe` alike."""
    model = cast(Any, tower.model)
    if type(model) is not CLIP or not _is_causal(model) or model.text_pool_type not in _AT_THE_END:
        return tower
    if not ends_in_self_attention(model.transformer.resblocks):
        return tower
    made = ShortTextTower(ShortReader(model))
    return made if embeds_alike(tower, made, probe, made.trimmed(probe)) else tower


def _is_causal(model: Any) -> bool:
    mask = model.attn_mask
    return mask is not None and bool(torch.isneginf(mask[0, 1:]).all())
