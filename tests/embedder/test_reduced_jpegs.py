"""JPEGs decoded at reduced size embed as the whole pictures do."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.cutting import draft_size
from search.preprocess import fit
from tests.support.models import random_checkpoint


def mosaic(shared_data: Path, n_high: int, n_wide: int) -> bytes:
    """A large JPEG with the detail of real photos."""
    paths = sorted((shared_data / "grocery").rglob("*.jpg"))[:: n_high + n_wide]
    whole = Image.new("RGB", (168 * n_wide, 168 * n_high))
    for number in range(n_high * n_wide):
        tile = Image.open(paths[number]).convert("RGB").resize((168, 168))
        whole.paste(tile, (number % n_wide * 168, number // n_wide * 168))
    content = io.BytesIO()
    whole.save(content, "JPEG", quality=90)
    return content.getvalue()


def check(embedder: OpenClipEmbedder, content: bytes) -> None:
    wanted = embedder.space.preprocessing
    whole, reduced = (Image.open(io.BytesIO(content)) for _ in range(2))
    reduced.draft(None, draft_size(reduced.size, wanted))
    assert reduced.width < whole.width
    rows = embedder.embed_pixels(np.stack([fit(whole, wanted), fit(reduced, wanted)]))
    assert float(rows[0] @ rows[1]) > 0.999


@pytest.mark.parametrize("name", ["vit", "convnet", "siglip"])
def test_a_reduced_jpeg_embeds_as_the_whole_one(
    name: str, small: dict[str, OpenClipEmbedder], shared_data: Path
) -> None:
    check(small[name], mosaic(shared_data, 5, 6))


@pytest.mark.acceptance
@pytest.mark.parametrize("size", [(4, 4), (6, 8), (10, 12)])
def test_a_reduced_jpeg_embeds_in_vit_b_32_as_the_whole_one(
    size: tuple[int, int], shared_data: Path
) -> None:
    checkpoint = random_checkpoint("ViT-B-32", seed=0)
    embedder = open_embedder(f"ViT-B-32@{checkpoint}", device="cpu", precision="float32")
    check(embedder, mosaic(shared_data, *size))
