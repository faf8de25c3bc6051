"""The image tower with its batch norms' statistics held still."""

from __future__ import annotations

import pytest
import torch

from training.student import ImageTower, frozen_norms, model_config, new_model


@pytest.fixture(scope="module")
def tower() -> ImageTower:
    torch.manual_seed(3)
    tower = ImageTower(new_model(model_config(vocabulary_size=1000, image_px=65)).visual.trunk)
    tower.train()
    with torch.no_grad():
        for _ in range(30):
            tower(torch.randn(4, 3, 65, 65))
    return tower


def test_frozen_norms_compute_what_evaluation_computes(tower: ImageTower) -> None:
    pixels = torch.randn(4, 3, 65, 65)
    with torch.no_grad():
        expected = tower.eval()(pixels)
        with frozen_norms(tower.train()):
            frozen = tower(pixels)
    torch.testing.assert_close(frozen.trunk, expected.trunk, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(frozen.maps, expected.maps, rtol=1e-3, atol=1e-3)


def test_frozen_norms_learn_and_keep_their_statistics(tower: ImageTower) -> None:
    norm = tower.trunk.bn1
    before, mean = list(tower.state_dict()), norm.running_mean.clone()
    with frozen_norms(tower.train()):
        tower(torch.randn(4, 3, 65, 65)).embedding[:, 0].sum().backward()
    assert norm.weight.grad.abs().sum() > 0
    assert torch.equal(norm.running_mean, mean)
    assert list(tower.state_dict()) == before
    tower(torch.randn(4, 3, 65, 65))
    assert not torch.equal(norm.running_mean, mean), "afterwards they are watched again"
