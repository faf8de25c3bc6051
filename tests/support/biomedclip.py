"""BiomedCLIP as the Hub has it: two repositories, with small random weights for the text tower."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.models import random_tensors

MODEL = "microsoft/BiomedCLIP-PubMedBERT_256-vit_base_patch16_224"
TEXT_TOWER = "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract"
CHECKPOINT = "open_clip_pytorch_model.bin"
CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 512,
        "vision_cfg": {
            "timm_model_name": "vit_base_patch16_224",
            "timm_model_pretrained": False,
            "timm_pool": "",
            "timm_proj": "linear",
            "image_size": 224,
        },
        "text_cfg": {
            "hf_model_name": TEXT_TOWER,
            "hf_tokenizer_name": TEXT_TOWER,
            "hf_proj_type": "mlp",
            "hf_pooler_type": "cls_last_hidden_state_pooler",
            "context_length": 256,
        },
    },
    "preprocess_cfg": {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
    },
}
"""`open_clip_config.json` of the model's repository."""

SMALL_VISION: dict[str, Any] = {**CONFIG["model_cfg"]["vision_cfg"]} | {
    "timm_model_name": "test_vit",
    "image_size": 160,
}
"""For what does not depend on the image tower."""

WORDS = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "normal", "chest", "x", "-", "ray", "with"),
    *("pleural", "effusion", "this", "is", "a", "photo", "of", "."),
]


def write_text_tower(folder: Path) -> None:
    """The repository of the text tower: a BERT of two layers, with a vocabulary of some words.

    Like the real one it has no `tokenizer.json`.
    """
    from transformers import BertConfig

    folder.mkdir(parents=True, exist_ok=True)
    BertConfig(
        vocab_size=len(WORDS),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        initializer_range=0.5,  # with the usual 0.02 all texts embed nearly alike
    ).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))


def write_model(folder: Path, text_tower: Path, *, vision: Mapping[str, Any] | None = None) -> Path:
    """The repository of the model; gives the checkpoint's path.

    Args:
        text_tower: where `write_text_tower` wrote.
        vision: another image tower than BiomedCLIP's.
    """
    import torch

    config = json.loads(json.dumps(CONFIG))
    model = config["model_cfg"]
    model["vision_cfg"] |= vision or {}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(config))
    text = {**model["text_cfg"], "hf_model_name": str(text_tower), "hf_model_pretrained": False}
    tensors = random_tensors({**model, "text_cfg": text}, 0)
    # As in the real file, which an older transformers wrote.
    tensors["text.transformer.embeddings.position_ids"] = torch.arange(512)[None]
    torch.save(tensors, folder / CHECKPOINT)
    return folder / CHECKPOINT
