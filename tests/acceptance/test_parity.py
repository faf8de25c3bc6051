"""A stored embedding is what open_clip's own float32 pipeline gives for the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from search.adapters.openclip import tiny
from search.bootstrap import open_embedder
from search.domain.arrays import FloatMatrix
from search.domain.item import ItemState
from search.settings import Settings
from tests.support.figures import Report
from tests.support.galleries import GalleryUnderTest
from tests.support.models import random_checkpoint

LEAST_COSINE = 0.999
LEAST_MEAN_COSINE = 0.9995

Pipeline = Callable[[Path], FloatMatrix]


def open_clips_own(name: str, checkpoint: Path | None = None) -> Pipeline:
    """Unit rows, shape (1, dim), by open_clip alone, in float32 on the processor."""
    import open_clip
    import torch

    weights = {} if checkpoint is None else {"pretrained": str(checkpoint)}
    model, _, transform = open_clip.create_model_and_transforms(
        name, precision="fp32", device="cpu", **weights
    )
    model.eval()

    def embed(path: Path) -> FloatMatrix:
        with Image.open(path) as image:
            upright: Any = ImageOps.exif_transpose(image).convert("RGB")
        with torch.no_grad():
            pixels: Any = transform(upright)
            features = model.encode_image(pixels.unsqueeze(0), normalize=True)
        rows: FloatMatrix = features.numpy()
        return rows

    return embed


def assert_parity(
    spec: str,
    pipeline: Pipeline,
    photos: Sequence[Path],
    home: Path,
    work: Path,
    report_figure: Report,
) -> None:
    settings = Settings(home=home, decode_workers=2)
    embedder = open_embedder(spec, settings)
    gallery = GalleryUnderTest(home, work / "photos", embedder, settings=settings)
    names = work / "names.txt"
    names.write_text("".join(f"{path}\n" for path in photos))
    report = gallery.run(names, fold=False)
    assert (report.new, report.failed) == (len(photos), ())

    cosines = {}
    with gallery.catalogue.reading() as snapshot:
        for item in snapshot.list_items(gallery.row.id, state=ItemState.LIVE, limit=100_000):
            rows = snapshot.item_rows(gallery.row.id, embedder.space.id, [item.id])
            stored = rows.vectors[0].astype(np.float32)
            expected = pipeline(Path(item.uri))[0]
            cosines[item.uri] = float(stored @ expected / np.linalg.norm(stored))
    gallery.close()

    least = min(cosines, key=cosines.__getitem__)
    mean = float(np.mean(list(cosines.values())))
    report_figure(
        f"parity with open_clip, {spec.partition('@')[0]}, {len(photos)} photos: least cosine "
        f"{cosines[least]:.5f}, mean {mean:.6f}"
    )
    assert cosines[least] > LEAST_COSINE, least
    assert mean > LEAST_MEAN_COSINE


@pytest.mark.parametrize("n_photos", [12, pytest.param(400, marks=pytest.mark.acceptance)])
def test_stored_embeddings_of_vit_b_32_equal_open_clips(
    n_photos: int,
    photos_of_all_kinds: list[Path],
    home: Path,
    tmp_path: Path,
    report_figure: Report,
) -> None:
    checkpoint = random_checkpoint("ViT-B-32", seed=0)
    assert_parity(
        f"ViT-B-32@{checkpoint}",
        open_clips_own("ViT-B-32", checkpoint),
        photos_of_all_kinds[:n_photos],
        home,
        tmp_path,
        report_figure,
    )


@pytest.mark.parametrize("n_photos", [12, pytest.param(1000, marks=pytest.mark.acceptance)])
def test_stored_embeddings_of_tiny_equal_open_clips(
    n_photos: int,
    photos_of_all_kinds: list[Path],
    home: Path,
    tmp_path: Path,
    report_figure: Report,
) -> None:
    folder = Path(tiny.__file__).parent
    assert_parity(
        "tiny",
        open_clips_own(f"local-dir:{folder}"),
        photos_of_all_kinds[:n_photos],
        home,
        tmp_path,
        report_figure,
    )
