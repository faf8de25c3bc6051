"""Closed-set classifiers through timm, by name and from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
from PIL import Image

from search.adapters.timm import open_classifier, parse_spec
from search.adapters.timm.specs import SPOKEN
from search.errors import ModelUnavailableError, NotFoundError, UsageError
from tests.classifiers.conftest import CLASSES, write_classifier
from tests.support.figures import Report
from tests.support.hub import keep_in_cache


def pictures(n: int) -> list[Image.Image]:
    rng = np.random.default_rng(0)
    sizes = [(320, 240), (200, 411), (160, 160)]
    return [
        Image.fromarray(rng.integers(0, 256, (*sizes[i % 3][::-1], 3), dtype=np.uint8))
        for i in range(n)
    ]


def timms_own(model: Any, images: list[Image.Image]) -> np.ndarray:
    """As timm's documentation classifies."""
    import timm
    import torch

    transform: Any = timm.data.create_transform(
        **timm.data.resolve_data_config({}, model=model), is_training=False
    )
    with torch.inference_mode():
        logits = model(torch.stack([transform(image) for image in images]))
    found: np.ndarray = logits.softmax(dim=1).numpy()
    return found


def test_probabilities_are_those_of_timms_own_transform_and_model(tmp_path: Path) -> None:
    model = write_classifier(tmp_path / "w.safetensors", "test_resnet", 7)
    found = open_classifier(f"timm:test_resnet@{tmp_path / 'w.safetensors'}", device="cpu")
    images = pictures(5)
    np.testing.assert_allclose(found.probabilities(images), timms_own(model, images), atol=1e-6)
    np.testing.assert_allclose(found.probabilities(images).sum(axis=1), 1)
    assert found.classes[:2] == ("class 0", "class 1")
    assert found.probabilities([]).shape == (0, 7)


def test_class_names_come_from_the_header_of_the_file(organs: Path) -> None:
    found = open_classifier(f"timm:test_resnet@{organs}", device="cpu")
    assert found.classes == CLASSES
    assert found.spec == f"timm:test_resnet@{organs}"


def test_class_names_that_are_given_win(organs: Path) -> None:
    found = open_classifier(f"timm:test_resnet@{organs}", names=["a", "b", "c"], device="cpu")
    assert found.classes == ("a", "b", "c")


def test_too_few_names_are_refused(organs: Path) -> None:
    with pytest.raises(UsageError, match="2 class names for 3 classes"):
        open_classifier(f"timm:test_resnet@{organs}", names=["a", "b"], device="cpu")


def test_class_names_and_preprocessing_come_from_timms_config_beside_the_file(
    tmp_path: Path,
) -> None:
    write_classifier(tmp_path / "model.safetensors", "test_resnet", 2)
    described = {
        "pretrained_cfg": {
            "label_names": ["n1", "n2"],
            "label_descriptions": {"n1": "benign", "n2": "malignant"},
            "mean": [0.5, 0.5, 0.5],
            "crop_pct": 0.8,
        }
    }
    (tmp_path / "config.json").write_text(json.dumps(described))
    found = open_classifier(f"timm:test_resnet@{tmp_path / 'model.safetensors'}", device="cpu")
    assert found.classes == ("benign", "malignant")
    assert found.preprocessing.mean == (0.5, 0.5, 0.5)
    assert found.preprocessing.height == 200  # 160 / 0.8


def test_a_thousand_classes_are_imagenets(tmp_path: Path) -> None:
    write_classifier(tmp_path / "w.safetensors", "test_resnet", 1000)
    found = open_classifier(f"timm:test_resnet@{tmp_path / 'w.safetensors'}", device="cpu")
    assert found.classes[:3] == ("tench", "goldfish", "great white shark")
    assert len(found.classes) == 1000


@pytest.mark.parametrize("offline", [True, False])
def test_what_the_hub_has_sent_before_needs_no_network(
    offline: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    write_classifier(repository / "model.safetensors", "test_resnet", 2)
    (repository / "config.json").write_text('{"label_names": ["benign", "malignant"]}')
    keep_in_cache(repository, "timm/test_resnet.r160_in1k", tmp_path / "cache")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    found = open_classifier("timm:test_resnet", offline=offline, device="cpu")
    assert found.classes == ("benign", "malignant")


def test_weights_that_cannot_be_had_are_one_sentence() -> None:
    with pytest.raises(ModelUnavailableError, match=r"timm:resnet50 are not on this") as caught:
        open_classifier("timm:resnet50", offline=True)
    assert "timm:resnet50@/path/to/weights" in caught.value.message


def test_a_file_that_is_not_there_and_one_of_another_model_are_told_apart(
    organs: Path, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match="no checkpoint"):
        open_classifier(f"timm:test_resnet@{tmp_path / 'nothing.pt'}")
    with pytest.raises(ModelUnavailableError, match="does not hold weights of test_vit"):
        open_classifier(f"timm:test_vit@{organs}", device="cpu")
    noise = tmp_path / "noise.safetensors"
    noise.write_bytes(b"\x00" * 64)
    with pytest.raises(ModelUnavailableError, match="does not hold weights"):
        open_classifier(f"timm:test_resnet@{noise}", device="cpu")


def test_a_misspelt_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="no model 'resnet5O'") as caught:
        open_classifier("timm:resnet5O", offline=True)
    assert "resnet50" in caught.value.hint


@pytest.mark.parametrize("text", ["resnet50", "timm:", "timm:resnet50@"])
def test_what_names_no_classifier_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="does not name a classifier"):
        parse_spec(text)


def test_what_papers_call_a_model_is_understood() -> None:
    import timm

    assert parse_spec("timm:VGG-16").name == "vgg16"
    assert all(timm.is_model(name) for name in SPOKEN.values())


@pytest.mark.acceptance
@pytest.mark.parametrize(
    "name", ["ViT-B/16", "Swin", "ResNet-50", "EfficientNet", "Inception", "VGG-16"]
)
def test_every_named_classifier_answers_as_timm_does(
    name: str, tmp_path: Path, report_figure: Report
) -> None:
    parsed = parse_spec(f"timm:{name}")
    model = write_classifier(tmp_path / "w.safetensors", parsed.name, 1000)
    found = open_classifier(f"timm:{name}@{tmp_path / 'w.safetensors'}", device="cpu")
    images = pictures(4)
    apart = float(np.abs(found.probabilities(images) - timms_own(model, images)).max())
    report_figure(f"timm:{name} beside timm itself: greatest difference {apart:.1e}")
    assert apart < 1e-4
