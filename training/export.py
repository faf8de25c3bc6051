"""Write a trained model as open_clip reads it: a config, float16 weights, a vocabulary."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from training.config import TrainingConfig
from training.student import IMAGE_MEAN, IMAGE_STD, model_config

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"


def export_model(model: Any, config: TrainingConfig, vocabulary: Path, folder: Path) -> None:
    """Fill a folder that `open_clip.create_model("local-dir:...")` loads.

    The terms of use stand in the weights' own metadata too, so that they travel with them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        name: value.half().contiguous() if value.is_floating_point() else value.contiguous()
        for name, value in model.state_dict().items()
    }
    metadata = {
        "format": "pt",
        "name": config.name,
        "terms": config.terms,
        "trained_on": ", ".join([*config.sources, "drawn scenes"]),
    }
    save_file(state, str(folder / WEIGHTS_NAME), metadata)
    (folder / WEIGHTS_NAME).chmod(0o644)
    architecture = model_config(vocabulary_size=config.vocabulary_size, image_px=config.image_px)
    architecture["text_cfg"]["tokenizer_kwargs"] = {"bpe_path": vocabulary.name}
    preprocess = {
        "mean": IMAGE_MEAN,
        "std": IMAGE_STD,
        "interpolation": "bicubic",
        "resize_mode": "shortest",
    }
    described = {"model_cfg": architecture, "preprocess_cfg": preprocess}
    text = json.dumps(described, indent=2) + "\n"
    (folder / CONFIG_NAME).write_text(text, encoding="utf-8")
    shutil.copyfile(vocabulary, folder / vocabulary.name)


def load_weights(model: Any, folder: Path) -> None:
    """Read exported weights back into a model of the same architecture, as float32."""
    from safetensors.torch import load_file

    state = load_file(str(folder / WEIGHTS_NAME))
    model.load_state_dict({name: torch.as_tensor(v).float() for name, v in state.items()})
