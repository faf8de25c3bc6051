"""BiomedCLIP: its hub name, its text tower of transformers, and what is said where either lacks."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import constants

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.errors import MissingDependencyError, ModelUnavailableError, UsageError
from tests.embedder.conftest import noise
from tests.support.biomedclip import (
    CHECKPOINT,
    MODEL,
    SMALL_VISION,
    TEXT_TOWER,
    write_model,
    write_text_tower,
)
from tests.support.hub import keep_in_cache

TEXTS = ["This is a photo of chest X-ray with pleural effusion.", "normal chest x-ray", "effusion"]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two repositories as folders, the image tower a smaller one."""
    root = tmp_path_factory.mktemp("hub")
    write_text_tower(root / TEXT_TOWER)
    write_model(root / MODEL, root / TEXT_TOWER, vision=SMALL_VISION)
    return root


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hub."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def complete(hub: Path, tmp_path: Path) -> Path:
    """The checkpoint in a folder with all that a machine without a network needs."""
    for path in (hub / MODEL).iterdir():
        shutil.copy(path, tmp_path)
    for name in ("config.json", "vocab.txt"):
        shutil.copy(hub / TEXT_TOWER / name, tmp_path)
    return tmp_path / CHECKPOINT


def opened(spec: str) -> OpenClipEmbedder:
    return open_embedder(spec, device="cpu", precision="float32", offline=True)


def test_it_opens_by_its_hub_name(hub: Path, cache: Path, tmp_path: Path) -> None:
    write_model(tmp_path / "whole", hub / TEXT_TOWER)
    keep_in_cache(tmp_path / "whole", MODEL, cache)
    keep_in_cache(hub / TEXT_TOWER, TEXT_TOWER, cache)
    embedder = opened(f"hf-hub:{MODEL}")
    assert embedder.space.spec == f"hf-hub:{MODEL}"
    wants = embedder.space.preprocessing
    assert (embedder.space.dim, wants.height, wants.mean[0]) == (512, 224, 0.48145466)
    pictures = embedder.embed_pixels(noise(embedder, 2))
    assert np.linalg.norm(pictures, axis=1) == pytest.approx(1)
    assert np.linalg.norm(embedder.embed_texts(TEXTS), axis=1) == pytest.approx(1)


def test_its_texts_embed_as_the_bert_of_transformers_does(complete: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    tensors = torch.load(complete)
    start = "text.transformer."
    bert = BertModel(BertConfig.from_pretrained(complete.parent), add_pooling_layer=False).eval()
    weights = {name.removeprefix(start): tensors[name] for name in tensors if start in name}
    del weights["embeddings.position_ids"]
    bert.load_state_dict(weights)
    tokenizer = BertTokenizer.from_pretrained(complete.parent)
    with torch.inference_mode():
        read = bert(**tokenizer(TEXTS, padding=True, return_tensors="pt"))
        first = read.last_hidden_state[:, 0]
        hidden = torch.nn.functional.gelu(first @ tensors["text.proj.0.weight"].T)
        wanted = torch.nn.functional.normalize(hidden @ tensors["text.proj.2.weight"].T)
    got = opened(f"biomedclip@{complete}").embed_texts(TEXTS)
    assert np.abs(got - wanted.numpy()).max() < 1e-5
    assert (got @ got.T)[0, 1:].max() < 0.99


def test_settings_of_the_text_tower_that_cannot_be_had_are_named(complete: Path) -> None:
    (complete.parent / "config.json").write_text('{"model_type": "clip"}')
    with pytest.raises(ModelUnavailableError, match="downloads are switched off") as caught:
        opened(f"biomedclip@{complete}")
    assert f"settings of the text tower {TEXT_TOWER}" in caught.value.message


def test_settings_that_transformers_cannot_build_are_named(complete: Path) -> None:
    settings = json.loads((complete.parent / "config.json").read_text())
    settings["hidden_size"] = 65
    (complete.parent / "config.json").write_text(json.dumps(settings))
    with pytest.raises(UsageError, match=r"cannot build this model: .*hidden size"):
        opened(f"biomedclip@{complete}")


def test_without_transformers_it_says_what_to_install(
    complete: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingDependencyError, match="package transformers") as caught:
        opened(f"biomedclip@{complete}")
    assert "pip install transformers" in caught.value.hint
