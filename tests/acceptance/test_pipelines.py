"""Scores equal those of the transformers pipelines on the same weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from search.adapters.openclip import open_embedder
from search.adapters.timm import open_classifier
from search.classification import HUGGING_FACE_TEMPLATES, class_prototypes, probabilities
from tests.classifiers.conftest import write_classifier
from tests.support.figures import Report
from tests.support.transformers_twins import Twin, clip_twin, siglip_twin

MOST_APART = 1e-4

LABEL_LISTS = [
    ["cat", "dog"],
    ["a red car", "a blue car", "a bicycle"],
    ["T-Shirt", "Shoes", "Hat", "Dress"],
    ["snow", "sand", "grass", "water", "stone"],
    ["day", "night"],
    ["indoors", "outdoors"],
    ["one person", "two people", "a crowd", "nobody"],
    ["apple", "banana", "carrot", "milk", "yoghurt", "juice"],
    ["football", "tennis", "climbing", "surfing"],
    ["elephant", "helicopter", "kangaroo", "laptop", "pizza"],
    ["happy", "sad"],
    ["Photo", "Drawing", "Screenshot", "Document"],
    ["spring", "summer", "autumn", "winter"],
    ["red", "green", "blue", "black", "white", "yellow"],
    ["striped", "dotted", "checked", "plain"],
    ["a dog, running", "a dog; asleep", "a dog!"],
    ["piano", "guitar", "saxophone"],
    ["butterfly", "dragonfly"],
    ["mountain", "beach", "city street", "forest", "desert"],
    ["something", "something else"],
]


@pytest.fixture
def pictures(photos_of_all_kinds: list[Path]) -> Callable[[int], list[Image.Image]]:
    def opened(n: int) -> list[Image.Image]:
        return [Image.open(path).convert("RGB") for path in photos_of_all_kinds[:n]]

    return opened


def apart_from_pipeline(twin: Twin, images: list[Image.Image], lists: list[list[str]]) -> float:
    """The greatest difference of any score."""
    spec, pipeline = twin
    embedder = open_embedder(spec, device="cpu", precision="float32")
    vectors = embedder.embed_images(images)
    worst = 0.0
    for labels in lists:
        prototypes = class_prototypes(embedder, labels, HUGGING_FACE_TEMPLATES)
        ours = probabilities(vectors, prototypes, embedder)
        theirs = pipeline(images, candidate_labels=labels)
        for row, found in zip(ours, theirs, strict=True):
            scores = {one["label"]: one["score"] for one in found}
            wanted = [scores[label] for label in labels]
            worst = max(worst, float(np.abs(row - wanted).max()))
    return worst


SIZES = [(2, 3), pytest.param(100, 20, marks=pytest.mark.acceptance)]


@pytest.mark.parametrize("build", [clip_twin, siglip_twin])
@pytest.mark.parametrize(("n_pictures", "n_lists"), SIZES)
def test_zero_shot_scores_are_those_of_the_pipeline(
    build: Callable[[Path], Twin],
    n_pictures: int,
    n_lists: int,
    pictures: Callable[[int], list[Image.Image]],
    tmp_path: Path,
    report_figure: Report,
) -> None:
    apart = apart_from_pipeline(build(tmp_path), pictures(n_pictures), LABEL_LISTS[:n_lists])
    report_figure(
        f"zero-shot scores beside the transformers pipeline, {build.__name__.split('_')[0]}, "
        f"{n_pictures} pictures, {n_lists} label lists: greatest difference {apart:.1e}"
    )
    assert apart < MOST_APART


@pytest.mark.parametrize("n_pictures", [3, pytest.param(100, marks=pytest.mark.acceptance)])
def test_a_classifiers_scores_are_those_of_the_pipeline(
    n_pictures: int,
    pictures: Callable[[int], list[Image.Image]],
    tmp_path: Path,
    report_figure: Report,
) -> None:
    weights = tmp_path / "weights.safetensors"
    model = write_classifier(weights, "resnet18", 12)
    found = open_classifier(f"timm:resnet18@{weights}", device="cpu")
    images = pictures(n_pictures)
    theirs = timm_pipeline(model)(images, top_k=12)
    apart = 0.0
    for row, answer in zip(found.probabilities(images), theirs, strict=True):
        scores = {one["label"]: one["score"] for one in answer}
        wanted = [scores[f"LABEL_{number}"] for number in range(12)]
        apart = max(apart, float(np.abs(row - wanted).max()))
    report_figure(
        f"image classification beside the transformers pipeline, timm:resnet18, {n_pictures} "
        f"pictures: greatest difference {apart:.1e}"
    )
    assert apart < MOST_APART


def timm_pipeline(model: Any) -> Any:
    """transformers' own wrapper around timm, with the same weights."""
    from transformers import (
        TimmWrapperConfig,
        TimmWrapperForImageClassification,
        TimmWrapperImageProcessor,
        pipeline,
    )

    pretrained = dict(model.pretrained_cfg)
    config = TimmWrapperConfig(architecture="resnet18", num_labels=12)
    config.pretrained_cfg = pretrained
    wrapped = TimmWrapperForImageClassification(config).eval()
    wrapped.timm_model.load_state_dict(model.state_dict())
    processor = TimmWrapperImageProcessor(pretrained_cfg=pretrained, architecture="resnet18")
    return pipeline("image-classification", model=wrapped, image_processor=processor, device="cpu")
