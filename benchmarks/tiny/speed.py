"""How fast each tower is on this machine, beside ViT-B/32 at random weights in the same run.

Both image towers as Sightline runs them: batch norms folded, where there are any.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.tiny.towers import Tiny
from search.adapters.openclip.folding import folded

_BATCH = 32
_SECONDS = 4.0
_TEXT = "a brown dog runs along the beach with a red ball in its mouth"


def speed(tiny: Tiny) -> dict[str, dict[str, float]]:
    """Images a second and milliseconds a text, float32 and bfloat16, for both models."""
    import open_clip

    large = open_clip.create_model("ViT-B-32", pretrained=None, load_weights=False).eval()
    tokens = {"tiny": tiny.tokenizer([_TEXT] * _BATCH)}
    tokens["ViT-B/32"] = open_clip.get_tokenizer("ViT-B-32")([_TEXT] * _BATCH)
    found: dict[str, dict[str, float]] = {}
    for name, model in (("tiny", tiny.model), ("ViT-B/32", large)):
        model.visual = folded(model.visual, _pixels(model, 3))
        for kind, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
            found[f"{name}, {kind}"] = _speed_of(model.to(dtype), tokens[name], dtype)
        model.float()
    for kind in ("float32", "bfloat16"):
        ours, theirs = found[f"tiny, {kind}"], found[f"ViT-B/32, {kind}"]
        found[f"times faster, {kind}"] = {
            "images": ours["images/s"] / theirs["images/s"],
            "texts": theirs["ms/text"] / ours["ms/text"],
        }
    return found


def _speed_of(model: Any, tokens: torch.Tensor, dtype: torch.dtype) -> dict[str, float]:
    pixels = _pixels(model, _BATCH).to(dtype)
    with torch.inference_mode():
        images = _calls_per_second(lambda: model.encode_image(pixels)) * _BATCH
        texts = _calls_per_second(lambda: model.encode_text(tokens)) * _BATCH
    return {"images/s": images, "ms/text": 1000 / texts}


def _pixels(model: Any, n: int) -> torch.Tensor:
    px = model.visual.image_size
    side = px[0] if isinstance(px, tuple) else px
    return torch.randn(n, 3, side, side).contiguous(memory_format=torch.channels_last)


def _calls_per_second(call: Callable[[], object]) -> float:
    """The best of several windows, since other work on the machine only ever slows."""
    call()
    best, until = 0.0, time.perf_counter() + _SECONDS
    while time.perf_counter() < until:
        began = time.perf_counter()
        call()
        best = max(best, 1 / (time.perf_counter() - began))
    return best
