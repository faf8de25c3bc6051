"""The small embedded model that ships with Sightline: a config, float16 weights, a vocabulary.

Small, English, for trying and testing; docs/model-card-tiny.md says what it can and cannot do.
The weights are for research and education only, since Flickr8k's terms are.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"


def tiny_model_config(folder: Path | None = None) -> tuple[dict[str, Any], Path, Path]:
    """What it takes to open the model through open_clip; nothing heavy is imported.

    Returns:
        The config (`model_cfg` and `preprocess_cfg`, with the vocabulary's path made absolute),
        the weights' path, the vocabulary's path.
    Raises:
        FileNotFoundError: this installation lacks the files.
    """
    folder = Path(__file__).parent if folder is None else folder
    config = json.loads((folder / CONFIG_NAME).read_text(encoding="utf-8"))
    arguments = config["model_cfg"]["text_cfg"]["tokenizer_kwargs"]
    vocabulary = (folder / arguments["bpe_path"]).absolute()
    arguments["bpe_path"] = str(vocabulary)
    weights = folder / WEIGHTS_NAME
    if not weights.is_file() or not vocabulary.is_file():
        raise FileNotFoundError(f"{folder} lacks the files of the model tiny; install again")
    return config, weights, vocabulary
