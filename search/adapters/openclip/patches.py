"""Pixels to patches of a vision transformer in one pass and one matrix product.

A convolution whose steps are as long as its kernel is wide looks at each pixel once, so it is a
product of patches with its weights. Normalising, rounding and putting in order takes one pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
from open_clip.timm_model import TimmModel
from open_clip.transformer import VisionTransformer
from timm.layers import PatchEmbed
from torch import nn

from search.adapters.openclip.equivalence import embeds_alike, to_rewrite
from search.adapters.openclip.towers import ImageTower

_ALIGNED = 16
"""Products are fastest where rows are as long as a multiple of this."""


Cut = Callable[[torch.Tensor, torch.Tensor, int, torch.Tensor, torch.Tensor], None]
"""Fills patches from pixels, see `cut_patches`."""


class PatchProjection(nn.Module):
    """Takes the place of the convolution that projects patches, and of the normalising before.

    Args:
        mean, std: float32 (3,), on pixels in [0, 1].
    """

    def __init__(self, convolution: nn.Conv2d, mean: torch.Tensor, std: torch.Tensor) -> None:
        super().__init__()
        width, n_channels, self._height, self._width = convolution.weight.shape
        self._n_values = n_channels * self._height * self._width
        self._padding = -self._n_values % _ALIGNED
        rows = convolution.weight.permute(0, 2, 3, 1).reshape(width, self._n_values)
        self.weight = nn.Parameter(nn.functional.pad(rows, (0, self._padding)), False)
        self.bias = convolution.bias
        self._cut: Cut = cut_patches
        # Plain tensors, as in `ImageTower`: they stay in float32.
        self._scale, self._shift = 1 / (255 * std), -mean / std

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 (n, 3, height, width) to (n, width, rows, columns), as the convolution would."""
        rows = nn.functional.linear(self._patches(pixels), self.weight, self.bias)
        return rows.permute(0, 3, 1, 2)

    def cut_with(self, cut: Cut) -> None:
        """Cut by another function from now on, where patches are square, as it wants them."""
        if self._height == self._width:
            self._cut = cut

    def _patches(self, pixels: torch.Tensor) -> torch.Tensor:
        if self._scale.device != pixels.device:
            self._scale = self._scale.to(pixels.device)
            self._shift = self._shift.to(pixels.device)
        n, _, height, width = pixels.shape
        grid = (height // self._height, width // self._width)
        made = self.weight.new_zeros if self._padding else self.weight.new_empty
        patches = made(n, *grid, self._n_values + self._padding)
        by_rows = pixels.permute(0, 2, 3, 1).contiguous()
        self._cut(by_rows, patches, self._height, self._scale, self._shift)
        return patches


def cut_patches(
    pixels: torch.Tensor, patches: torch.Tensor, side: int, scale: torch.Tensor, shift: torch.Tensor
) -> None:
    """Fill `patches` with normalised pixels, patch by patch, row by row.

    Args:
        pixels: uint8 (n, height, width, channels), contiguous.
        patches: (n, rows, columns, at least the values of a patch); what is longer is left.
        side: rows of pixels to a patch.
        scale, shift: float32 (channels,); a pixel becomes `shift + scale * pixel`.
    """
    n, n_rows, n_columns, length = patches.shape
    n_channels = pixels.shape[3]
    width = length // (side * n_channels)
    cut = pixels[:, : n_rows * side, : n_columns * width]
    # Nothing is copied here: a cut side divides evenly, so both are views.
    by_patch = cut.reshape(n, n_rows, side, n_columns, width, n_channels).transpose(2, 3)
    places = patches[..., : side * width * n_channels].view(by_patch.shape)
    torch.addcmul(shift, by_patch, scale, out=places)


def reading_patches(tower: ImageTower, probe: torch.Tensor) -> ImageTower:
    """The same tower, reading pixels by patches, where it can and where that embeds alike."""
    if _projection(tower.visual) is None:
        return tower
    made = to_rewrite(tower)
    owner, name = cast("tuple[nn.Module, str]", _projection(made.visual))
    setattr(owner, name, PatchProjection(getattr(owner, name), *made.normalisation))
    made.reads_pixels = True
    return made if embeds_alike(tower, made, probe) else tower


def _projection(visual: Any) -> tuple[nn.Module, str] | None:
    """Where the convolution is that pixels go into first: its module, and its name in it."""
    owner, name = visual, "conv1"
    if isinstance(visual, TimmModel):
        owner, name = getattr(visual.trunk, "patch_embed", None), "proj"
    if type(owner) not in (VisionTransformer, PatchEmbed):
        return None
    convolution = getattr(owner, name)
    plain = (
        isinstance(convolution, nn.Conv2d)
        and convolution.kernel_size == convolution.stride
        and convolution.padding == (0, 0)
        and convolution.groups == 1
    )
    return (owner, name) if plain else None
