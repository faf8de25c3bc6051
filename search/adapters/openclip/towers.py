"""A model's two towers, each in the precision that suits it, on one device."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeVar, cast

import torch
from torch import nn

from search.domain.space import Preprocessing


class ImageTower(nn.Module):
    """Pictures, uint8 (n, height, width, 3), to float32 unit rows.

    Attributes:
        reads_pixels: `visual` takes uint8 and normalises it itself.
    """

    def __init__(self, visual: nn.Module, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.visual = visual
        self.dtype = torch.float32
        self.reads_pixels = False
        self.is_convolutional = _is_convolutional(visual)
        # Plain tensors, not buffers: they stay in float32 when the tower is reduced.
        self._mean = torch.tensor(preprocessing.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(preprocessing.std).view(1, 3, 1, 1)

    @property
    def normalisation(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and standard deviation of each channel, on pixels in [0, 1]: float32 (3,)."""
        return self._mean.flatten(), self._std.flatten()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        # A view in channels_last order, which convolutions like best.
        images = pixels.permute(0, 3, 1, 2)
        if not self.reads_pixels:
            images = self._normalised(images)
        return _unit_rows(self.visual(images))

    def _normalised(self, images: torch.Tensor) -> torch.Tensor:
        if self._mean.device != images.device:
            self._mean, self._std = self._mean.to(images.device), self._std.to(images.device)
        images = images.to(torch.float32).div_(255)
        return images.sub_(self._mean).div_(self._std).to(self.dtype)


class TextTower(nn.Module):
    """Tokens, int64 (n, context length), to float32 unit rows."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.dtype = torch.float32

    def trimmed(self, tokens: torch.Tensor) -> torch.Tensor:
        """The tokens, without columns at the end that no embedding depends on."""
        return tokens

    def n_products(self, tokens: torch.Tensor) -> int:
        """About how many multiplications these tokens take: one for each weight and token."""
        return self._n_weights * tokens.numel()

    @cached_property
    def _n_weights(self) -> int:
        tables = {m.weight for m in self.modules() if isinstance(m, nn.Embedding)}
        weights = (one for one in self.parameters() if one.ndim > 1 and one not in tables)
        return sum(one.numel() for one in weights)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return _unit_rows(cast(Any, self.model).encode_text(tokens, normalize=False))


Tower = TypeVar("Tower", ImageTower, TextTower)


def split(model: nn.Module, preprocessing: Preprocessing) -> tuple[ImageTower, TextTower]:
    """An open_clip model as its two towers; the model itself is used up."""
    whole = cast(Any, model)
    image = ImageTower(whole.visual, preprocessing).eval()
    whole.visual = nn.Identity()
    return image, TextTower(model).eval()


def probe_pixels(preprocessing: Preprocessing) -> torch.Tensor:
    """Three made-up pictures, from smooth to busy: uint8, (3, height, width, 3)."""
    generator = torch.Generator().manual_seed(0)
    pictures = []
    for n_cells in (3, 12, 48):
        cells = torch.rand(1, 3, n_cells, n_cells, generator=generator)
        size = (preprocessing.height, preprocessing.width)
        pictures.append(nn.functional.interpolate(cells, size, mode="bilinear"))
    return torch.cat(pictures).mul(255).to(torch.uint8).permute(0, 2, 3, 1)


def _is_convolutional(visual: nn.Module) -> bool:
    kinds = [type(module) for module in visual.modules()]
    n_convolutions = sum(issubclass(kind, nn.Conv2d) for kind in kinds)
    return n_convolutions > sum(issubclass(kind, nn.Linear) for kind in kinds)


def _unit_rows(features: Any) -> torch.Tensor:
    """Rows of length 1 in float32; rows without a direction become NaN."""
    if isinstance(features, tuple):
        features = features[0]  # CoCa: the rest are tokens for its captions
    rows = features.to(torch.float32)
    return cast(torch.Tensor, rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True))
