"""Networks as they are run: open_clip's, rewritten to do less for the same embeddings."""

from __future__ import annotations

import torch

from search.adapters.openclip.activation import in_one_pass
from search.adapters.openclip.attention import plainly_attending
from search.adapters.openclip.folding import folded
from search.adapters.openclip.patches import reading_patches
from search.adapters.openclip.pooling import pooling_early
from search.adapters.openclip.shortening import shortened
from search.adapters.openclip.towers import ImageTower, TextTower


def rewritten_image(tower: ImageTower, probe: torch.Tensor, device: torch.device) -> ImageTower:
    """An image tower for a device, still in float32 and where it was; see docs/adr/0022."""
    tower = plainly_attending(in_one_pass(folded(tower, probe), probe), probe)
    tower = pooling_early(tower, probe)
    # A processor gains nothing from patches: there it is products that take the time.
    return reading_patches(tower, probe) if device.type == "cuda" else tower


def rewritten_text(tower: TextTower, probe: torch.Tensor) -> TextTower:
    """A text tower, still in float32 and where it was; see docs/adr/0022."""
    return shortened(plainly_attending(in_one_pass(tower, probe), probe), probe)
