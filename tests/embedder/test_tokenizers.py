"""Tokenizers of the Hugging Face kind, which SigLIP's models bring along."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.adapters.openclip.loading import build_tokenizer
from search.adapters.openclip.weights import read_folder
from search.errors import ModelUnavailableError

WORDS = ["<pad>", "<eos>", "<unk>", "a", "red", "car"]


@pytest.fixture
def described(tmp_path: Path) -> Path:
    """A folder whose model names a tokenizer on the Hub."""
    text = {
        "context_length": 6,
        "hf_tokenizer_name": "nobody/has-this",
        "tokenizer_kwargs": {"clean": "canonicalize"},
    }
    config = {"model_cfg": {"embed_dim": 4, "vision_cfg": {}, "text_cfg": text}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    return tmp_path


def write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    fast.save_pretrained(str(folder))


def test_a_tokenizer_beside_the_weights_lower_cases_strips_and_pads(described: Path) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed")
    write_tokenizer(described)
    tokenizer = build_tokenizer(read_folder(described, described / "w"), offline=True)
    tokens = tokenizer(["A RED, car!", "a a a a a a a a"])
    assert tokens.tolist() == [[3, 4, 5, 0, 0, 0], [3, 3, 3, 3, 3, 3]]


@pytest.mark.parametrize("offline", [True, False])
def test_a_tokenizer_that_cannot_be_had_is_one_sentence_that_names_tiny(
    described: Path, offline: bool
) -> None:
    pytest.importorskip("transformers", reason="transformers is not installed")
    with pytest.raises(ModelUnavailableError, match="`--model tiny`") as caught:
        build_tokenizer(read_folder(described, described / "w"), offline=offline)
    assert "nobody/has-this" in caught.value.message
