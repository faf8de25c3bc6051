"""Going on from a trained text tower when the space has turned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import torch

from training.student import CONTEXT_LENGTH, model_config, new_model
from training.text_tower import encode_tokens, turn_towards


def test_tower_is_turned_towards_another_space() -> None:
    torch.manual_seed(4)
    model: Any = new_model(model_config(vocabulary_size=1000, image_px=65)).eval()
    tokens = torch.randint(1, 900, (600, CONTEXT_LENGTH))
    tokens[:, 12:] = 0
    tokens[:, 11] = 999
    turn, _ = torch.linalg.qr(torch.randn(256, 256))
    with torch.no_grad():
        wanted = encode_tokens(model, tokens) @ turn
        model.text_projection.copy_(torch.randn(256, 256))
        anchors: Any = SimpleNamespace(text=lambda sentences: sentences)
        turn_towards(model, anchors, tokens, wanted.numpy())
        cosines = (encode_tokens(model, tokens) * wanted).sum(-1)
    assert cosines.min() > 0.99
