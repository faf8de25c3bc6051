"""The picture teacher: a MobileNetV2 ImageNet classifier read from a .tflite file.

It gives targets to learn from and is never shipped. Architecture: Sandler et al. 2018,
arXiv:1801.04381. Weights: google-coral/test_data, Apache-2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.tflite import Convolution, read_convolutions

TEACHER_FILE = "teacher/tf2_mobilenet_v2_1.0_224_ptq.tflite"
MAP_STRIDES = (4, 8, 16, 32)
MAP_CHANNELS = (24, 32, 96, 320)
POOLED_DIM = 1280
# The last bottleneck of each stride: where a feature map is tapped.
TAPPED_BLOCKS = (2, 5, 12, 16)
_N_CONVOLUTIONS = 53


@dataclass(frozen=True)
class TeacherOutput:
    """What the teacher sees in a batch of n pictures.

    `maps` at strides 4, 8, 16, 32: float32 (n, channels, height, width); `pooled`: float32
    (n, 1280), each in [0, 6]; `logits`: float32 (n, 1000), ImageNet's classes without
    background.
    """

    maps: tuple[Tensor, ...]
    pooled: Tensor
    logits: Tensor


class Teacher(nn.Module):
    """MobileNetV2 1.0 with folded batch normalisation and TensorFlow's SAME padding."""

    def __init__(self, convolutions: list[Convolution]) -> None:
        super().__init__()
        if len(convolutions) != _N_CONVOLUTIONS:
            raise ValueError(f"expected {_N_CONVOLUTIONS} convolutions, got {len(convolutions)}")
        layers = [_as_module(convolution) for convolution in convolutions]
        self.stem = layers[0]
        bottlenecks = [nn.ModuleList(layers[1:3])]
        bottlenecks += [nn.ModuleList(layers[i : i + 3]) for i in range(3, 51, 3)]
        self.bottlenecks = nn.ModuleList(bottlenecks)
        self.head = layers[51]
        self.classifier = layers[52]
        self.requires_grad_(False)

    @classmethod
    def from_file(cls, path: Path) -> Teacher:
        """Read a quantised MobileNetV2 1.0 classifier; the tower comes back in eval mode."""
        return cls(read_convolutions(path)).eval()

    def forward(self, pixels: Tensor) -> TeacherOutput:
        """Look at pictures: float32 (n, 3, height, width) in [-1, 1]."""
        *blocks, head = self.block_maps(pixels)
        pooled = head.mean((2, 3), keepdim=True)
        logits = self.classifier(pooled).flatten(1)[:, 1:]
        tapped = tuple(blocks[index] for index in TAPPED_BLOCKS)
        return TeacherOutput(tapped, pooled.flatten(1), logits)

    def block_maps(self, pixels: Tensor) -> list[Tensor]:
        """What leaves each of the 17 bottlenecks, then the 1,280-channel head before pooling."""
        x = functional.relu6(_same(self.stem, pixels))
        maps = []
        for bottleneck in self.bottlenecks:
            layers = list(bottleneck)  # type: ignore[call-overload]
            y = x
            for layer in layers[:-1]:
                y = functional.relu6(_same(layer, y))
            y = layers[-1](y)
            x = x + y if x.shape == y.shape else y
            maps.append(x)
        maps.append(functional.relu6(self.head(x)))
        return maps


def _as_module(convolution: Convolution) -> nn.Conv2d:
    n_out, n_in, size, _ = convolution.kernel.shape
    groups = n_out if convolution.is_depthwise else 1
    layer = nn.Conv2d(n_in * groups, n_out, size, convolution.stride, groups=groups)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.array(convolution.kernel)))
        layer.bias.copy_(torch.from_numpy(np.array(convolution.bias)))  # type: ignore[union-attr]
    return layer


def _same(layer: nn.Module, x: Tensor) -> Tensor:
    """Convolve with SAME padding: where the total is odd, the extra pixel is right and below.

    Symmetric padding instead costs seven points of ImageNet top-1.
    """
    assert isinstance(layer, nn.Conv2d)
    size, stride = layer.kernel_size[0], layer.stride[0]
    pads: list[int] = []
    for length in (x.shape[-1], x.shape[-2]):
        total = max((-(-length // stride) - 1) * stride + size - length, 0)
        pads += [total // 2, total - total // 2]
    return layer(functional.pad(x, pads) if any(pads) else x)  # type: ignore[no-any-return]
