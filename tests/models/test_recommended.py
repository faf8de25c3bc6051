"""The recommended models against what open_clip knows of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from search.models import DEFAULT_SPEC, RECOMMENDED, RecommendedModel, recommended
from search.settings import Settings

DOWNLOADED = [model for model in RECOMMENDED if model.spec != "tiny"]


def test_the_default_of_the_settings_leads_the_list() -> None:
    assert RECOMMENDED[0].spec == DEFAULT_SPEC == Settings().model
    assert RECOMMENDED[0].licence == "MIT"


def test_the_embedded_model_is_listed() -> None:
    tiny = recommended("tiny")
    assert tiny is not None
    assert tiny.download_bytes == 0
    assert recommended("something else") is None


@pytest.mark.parametrize("model", DOWNLOADED, ids=lambda model: model.spec)
def test_open_clip_has_the_model_as_described(model: RecommendedModel) -> None:
    import open_clip
    import torch

    architecture, _, tag = model.spec.partition("/")
    assert (architecture, tag) in open_clip.list_pretrained()
    config = open_clip.get_model_config(architecture)
    custom = config.pop("custom_text", False)
    with torch.device("meta"):
        built = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**config)
    assert model.dim == config["embed_dim"]
    assert model.n_parameters == sum(parameter.numel() for parameter in built.parameters())
    needs_transformers = bool(config["text_cfg"].get("hf_tokenizer_name"))
    assert needs_transformers == ("transformers" in model.note)


def test_every_figure_names_its_source_and_apples_research_licence_is_marked() -> None:
    for model in DOWNLOADED:
        assert model.accuracy is not None
        assert 0 < model.accuracy < 1
        assert model.source.startswith("https://github.com/")
        assert model.research_only == ("AMLR" in model.licence)


def test_listing_models_loads_nothing_heavy() -> None:
    code = "import sys, search.models; sys.exit(bool({'torch', 'open_clip'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
