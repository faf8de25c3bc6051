"""The model that is trained: an ordinary open_clip model and the taps for distillation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from search.adapters.openclip.folding import convolutions_with_norms

EMBED_DIM = 256
CONTEXT_LENGTH = 40
TEXT_WIDTH = 256
TEXT_LAYERS = 2
TRUNK = "mobilenetv2_100"
# Blocks of the trunk whose outputs stand for strides 8, 16 and 32.
TAPPED_BLOCKS = (5, 12, 16)
IMAGE_MEAN = (0.48145466, 0.4578275, 0.40821073)
IMAGE_STD = (0.26862954, 0.26130258, 0.27577711)


def model_config(*, vocabulary_size: int, image_px: int) -> dict[str, Any]:
    """open_clip's description of the model: two towers that meet in 256 dimensions."""
    return {
        "embed_dim": EMBED_DIM,
        "vision_cfg": {
            "timm_model_name": TRUNK,
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": "",
            "image_size": image_px,
        },
        "text_cfg": {
            "context_length": CONTEXT_LENGTH,
            "vocab_size": vocabulary_size,
            "width": TEXT_WIDTH,
            "heads": 4,
            "layers": TEXT_LAYERS,
        },
    }


@dataclass(frozen=True)
class ImageOutput:
    """`maps` at strides 8, 16, 32; `trunk` float32 (n, 1280); `embedding` (n, 256), unit rows."""

    maps: tuple[Tensor, ...]
    trunk: Tensor
    embedding: Tensor

    def first(self, n: int) -> ImageOutput:
        """The same of the first n pictures."""
        return ImageOutput(tuple(m[:n] for m in self.maps), self.trunk[:n], self.embedding[:n])


class ImageTower(nn.Module):
    """A timm MobileNetV2 (arXiv:1801.04381) run so that its feature maps can be read."""

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk: Any = trunk

    def forward(self, pixels: Tensor) -> ImageOutput:
        """Encode float32 (n, 3, px, px), normalised with IMAGE_MEAN and IMAGE_STD."""
        x = pixels
        maps = []
        for index, unit in enumerate(self.units()):
            x = unit(x)
            if index in TAPPED_BLOCKS:
                maps.append(x)
        features = x.mean((2, 3))
        embedding = functional.normalize(self.trunk.classifier(features), dim=-1)
        return ImageOutput(tuple(maps), features, embedding)

    def units(self) -> list[nn.Module]:
        """The 17 blocks, the first with the stem before it, then the 1,280-channel head."""
        trunk = self.trunk
        blocks = [block for stage in trunk.blocks for block in stage]
        first = nn.Sequential(trunk.conv_stem, trunk.bn1, blocks[0])
        return [first, *blocks[1:], nn.Sequential(trunk.conv_head, trunk.bn2)]


@contextmanager
def frozen_norms(tower: ImageTower) -> Iterator[None]:
    """Meanwhile the batch norms' statistics stand still and are folded into the convolutions.

    The parameters and what is computed are those of evaluation; gradients reach all of them.
    """
    pairs = [
        (convolution, norm)
        for module in tower.modules()
        for (_, convolution), (_, norm) in convolutions_with_norms(module)
    ]
    for convolution, norm in pairs:
        convolution.forward = partial(_convolve_folded, convolution, norm)
        norm.forward = norm.act.forward
    try:
        yield
    finally:
        for convolution, norm in pairs:
            del convolution.forward, norm.forward


def _convolve_folded(convolution: Any, norm: Any, x: Tensor) -> Tensor:
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    return functional.conv2d(
        x,
        convolution.weight * scale[:, None, None, None],
        norm.bias - norm.running_mean * scale,
        convolution.stride,
        convolution.padding,
        convolution.dilation,
        convolution.groups,
    )


def normalised(pixels: Tensor) -> Tensor:
    """uint8 (n, h, w, 3) to the float32 (n, 3, h, w) that the image tower takes."""
    mean = torch.tensor(IMAGE_MEAN, device=pixels.device) * 255
    std = torch.tensor(IMAGE_STD, device=pixels.device) * 255
    return ((pixels.float() - mean) / std).permute(0, 3, 1, 2)


def shrink(pixels: Tensor, px: int) -> Tensor:
    """Float pictures (n, 3, h, w) at a smaller size, channels last in memory."""
    if pixels.shape[-1] != px:
        pixels = functional.interpolate(pixels, (px, px), mode="bilinear", antialias=True)
    return pixels.contiguous(memory_format=torch.channels_last)


def new_model(config: dict[str, Any]) -> Any:
    """An open_clip CLIP model of this configuration, randomly initialised."""
    import open_clip

    vision = {**config["vision_cfg"], "timm_model_pretrained": False}
    text = {key: value for key, value in config["text_cfg"].items() if key != "tokenizer_kwargs"}
    return open_clip.CLIP(config["embed_dim"], vision, text)
