"""What identifies a model's weights, whatever file they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch


def weights_digest(tensors: Mapping[str, torch.Tensor], *, quick_gelu: bool = False) -> str:
    """SHA-256 in hex over names, dtypes, shapes and values, in the order of the names.

    The same tensors give the same digest from safetensors, a pickled state dict or memory, on
    any device and whatever their strides.

    Args:
        quick_gelu: whether the model uses OpenAI's approximation of GELU. It has no tensor of its
            own, yet the same tensors embed differently with and without it.
    """
    digest = hashlib.sha256()
    if quick_gelu:
        digest.update(b"quick_gelu\n")
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        kind = str(tensor.dtype).removeprefix("torch.")
        shape = "x".join(str(side) for side in tensor.shape)
        digest.update(f"{len(name)}:{name} {kind} {shape}\n".encode())
        # As bytes: numpy knows no bfloat16.
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
