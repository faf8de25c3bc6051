"""Batch norms become part of the convolutions before them, and nothing else changes."""

from __future__ import annotations

import torch
from torch import nn

from search.adapters.openclip.folding import folded


def _trained(module: nn.Module) -> nn.Module:
    """With statistics and factors that are not those of a fresh norm."""
    torch.manual_seed(3)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.5, 2)
            nn.init.normal_(part.bias)
            part.running_mean = torch.randn(part.num_features)
            part.running_var = torch.rand(part.num_features) + 0.5
    return module.eval()


def _n_norms(module: nn.Module) -> int:
    return sum(isinstance(part, nn.BatchNorm2d) for part in module.modules())


def test_networks_of_timm_embed_the_same_without_norms() -> None:
    import timm

    probe = torch.rand(2, 3, 64, 64)
    for name in ("mobilenetv2_100", "resnet18", "mobilenetv4_conv_small"):
        network = _trained(timm.create_model(name, num_classes=0))
        with torch.inference_mode():
            wanted = network(probe)
            made = folded(network, probe)
            cosines = nn.functional.cosine_similarity(made(probe), wanted)
        assert cosines.min() > 0.9999, name
        assert (_n_norms(network) > 15, _n_norms(made)) == (True, 0), name


class _NormOfAnother(nn.Module):
    """The norm that comes next among the children does not come next in the computation."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 3, 3)
        self.norm = nn.BatchNorm2d(3)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.convolution(self.norm(pixels)).relu().flatten(1)


def test_a_network_of_another_order_is_left_alone() -> None:
    network = _trained(_NormOfAnother())
    assert folded(network, torch.rand(2, 3, 8, 8)) is network


def test_a_network_without_norms_is_given_back() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten())
    assert folded(network, torch.rand(1, 3, 8, 8)) is network
