"""Embeddings against open_clip's own float32 pipeline on the same pictures and weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.domain.arrays import FloatMatrix
from tests.embedder.conftest import CONFIGS
from tests.support.models import random_checkpoint

TEXTS = ["a photo of a dog.", "Red CAR, parked!", "", "ünïcödé 東京 🐈", "word " * 200]


def open_clips_own(checkpoint: Path, architecture: str | None = None) -> tuple[Any, Any, Any]:
    """open_clip's own model, transform and tokenizer, as its documentation loads them."""
    import open_clip

    if architecture:
        model, _, transform = open_clip.create_model_and_transforms(
            architecture, pretrained=str(checkpoint)
        )
        return model.eval(), transform, open_clip.get_tokenizer(architecture)
    name = f"local-dir:{checkpoint.parent}"
    model, _, transform = open_clip.create_model_and_transforms(name)
    return model.eval(), transform, open_clip.get_tokenizer(name)


def embeddings_of(
    own: tuple[Any, Any, Any], images: list[Image.Image], texts: list[str]
) -> tuple[FloatMatrix, FloatMatrix]:
    import torch

    model, transform, tokenizer = own
    with torch.inference_mode():
        pictures = torch.stack([transform(image) for image in images])
        rows = [model.encode_image(part, normalize=True) for part in pictures.split(16)]
        words = model.encode_text(tokenizer(texts), normalize=True)
    return torch.cat(rows).numpy(), words.numpy()


def cosines(got: FloatMatrix, wanted: FloatMatrix) -> np.ndarray:
    return np.einsum("ij,ij->i", got.astype(np.float64), wanted.astype(np.float64))


def photos(shared_data: Path, n_per_folder: int) -> list[Image.Image]:
    found = []
    for folder in ("flickr8k", "clothing", "grocery", "caltech101"):
        paths = sorted((shared_data / folder).rglob("*.jpg"))
        found += paths[:: max(1, len(paths) // n_per_folder)][:n_per_folder]
    return [Image.open(path).convert("RGB") for path in found]


@pytest.mark.parametrize("name", list(CONFIGS))
def test_small_models_embed_as_open_clip_does(
    name: str,
    small: dict[str, OpenClipEmbedder],
    checkpoints: dict[str, Path],
    shared_data: Path,
) -> None:
    images = photos(shared_data, 3)
    pictures, words = embeddings_of(open_clips_own(checkpoints[name]), images, TEXTS)
    np.testing.assert_allclose(small[name].embed_images(images), pictures, atol=2e-6)
    np.testing.assert_allclose(small[name].embed_texts(TEXTS), words, atol=2e-6)


@pytest.mark.parametrize("name", list(CONFIGS))
def test_bfloat16_keeps_the_direction(
    name: str, small: dict[str, OpenClipEmbedder], checkpoints: dict[str, Path], shared_data: Path
) -> None:
    images = photos(shared_data, 3)
    reduced = open_embedder(f"x@{checkpoints[name]}", device="cpu", precision="bfloat16")
    assert reduced.hardware == "cpu, bfloat16"
    pictures = cosines(reduced.embed_images(images), small[name].embed_images(images))
    assert pictures.min() > 0.999
    assert cosines(reduced.embed_texts(TEXTS), small[name].embed_texts(TEXTS)).min() > 0.999


def test_siglip_reads_words_without_case_and_punctuation(
    small: dict[str, OpenClipEmbedder],
) -> None:
    plain, shouted, other = small["siglip"].embed_texts(["a red car", "A Red, CAR!", "a red cat"])
    np.testing.assert_array_equal(plain, shouted)
    assert not np.allclose(plain, other)


def check_vit_b_32(shared_data: Path, n_per_folder: int, precision: str) -> None:
    checkpoint = random_checkpoint("ViT-B-32", seed=0)
    images = photos(shared_data, n_per_folder)
    own = open_clips_own(checkpoint, "ViT-B-32")
    pictures, words = embeddings_of(own, images, TEXTS)
    embedder = open_embedder(f"ViT-B-32@{checkpoint}", device="cpu", precision=precision)
    kept = cosines(embedder.embed_images(images), pictures)
    assert kept.min() > 0.999
    assert kept.mean() > 0.9995
    assert cosines(embedder.embed_texts(TEXTS), words).min() > 0.999


@pytest.mark.slow
def test_vit_b_32_embeds_photos_as_open_clip_does(shared_data: Path) -> None:
    check_vit_b_32(shared_data, 1, "auto")


@pytest.mark.acceptance
@pytest.mark.parametrize("precision", ["auto", "float32", "bfloat16"])
def test_vit_b_32_embeds_many_photos_as_open_clip_does(shared_data: Path, precision: str) -> None:
    check_vit_b_32(shared_data, 50, precision)
