"""Model specs: what is understood, and what a misspelt one is answered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from search.adapters.openclip.specs import (
    FileSpec,
    HubSpec,
    ModelSpec,
    TagSpec,
    TinySpec,
    architectures,
    parse_spec,
)
from search.errors import UsageError


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("tiny", TinySpec()),
        (" tiny ", TinySpec()),
        ("ViT-B-32/laion2b_s34b_b79k", TagSpec("ViT-B-32", "laion2b_s34b_b79k")),
        ("hf-hub:timm/ViT-B-16-SigLIP2", HubSpec("timm/ViT-B-16-SigLIP2")),
        ("ViT-B-32@/models/a b@2.pt", FileSpec("ViT-B-32", Path("/models/a b@2.pt"))),
        ("ViT-B-32@~/x.pt", FileSpec("ViT-B-32", Path.home() / "x.pt")),
    ],
)
def test_every_form_is_understood(text: str, spec: ModelSpec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "hf-hub:ORG/REPO"),
        ("tny", "Did you mean tiny"),
        ("Tiny", "tiny"),
        ("ViT-B-32", "ViT-B-32/openai"),
        ("ViT-B-33/openai", "Did you mean ViT-B-32"),
        ("vit-b-32/openai", "ViT-B-32"),
        ("ViT-B-32/", "ViT-B-32/openai"),
        ("ViT-B-32/a/b", "ViT-B-32/openai"),
        ("quite something else/x", "open_clip name and tag"),
        ("hf-hub:", "hf-hub:ORG/REPO"),
        ("hf-hub:only", "hf-hub:ORG/REPO"),
        ("hf-hub:a/b/c", "hf-hub:ORG/REPO"),
        ("hf-hub:a/ b", "hf-hub:ORG/REPO"),
        ("@/x.pt", "ARCH@/path"),
        ("ViT-B-32@", "ARCH@/path"),
        ("ViT-B-33@/nowhere/x.pt", "Did you mean ViT-B-32"),
    ],
)
def test_a_misspelt_spec_is_answered_with_what_comes_closest(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_spec(text)
    assert hint in caught.value.hint
    assert caught.value.message.endswith(".")


def test_every_architecture_of_open_clip_is_known() -> None:
    import open_clip

    assert set(open_clip.list_models()) <= set(architectures())


def test_reading_a_spec_loads_nothing_heavy() -> None:
    code = (
        "import sys; from search.adapters import openclip; openclip.parse_spec('ViT-B-32/openai');"
        "sys.exit(bool({'torch', 'open_clip', 'timm'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
