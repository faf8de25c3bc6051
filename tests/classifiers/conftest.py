"""A small classifier of timm with fixed random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CLASSES = ("heart", "lung", "liver")


def write_classifier(
    path: Path, name: str, n_classes: int, *, metadata: dict[str, str] | None = None
) -> Any:
    """Random weights as a safetensors file; gives timm's own model of them."""
    import timm
    import torch
    from safetensors.torch import save_file

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model: Any = timm.create_model(name, pretrained=False, num_classes=n_classes).eval()
    save_file({key: one.contiguous() for key, one in model.state_dict().items()}, path, metadata)
    return model


@pytest.fixture(scope="session")
def organs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes, named in the file's header."""
    path = tmp_path_factory.mktemp("classifier") / "organs.safetensors"
    write_classifier(path, "test_resnet", 3, metadata={"class_names": json.dumps(CLASSES)})
    return path
