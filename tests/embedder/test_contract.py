"""What the port promises, for every small model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.adapters.openclip import open_embedder
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.domain.arrays import FloatMatrix, PixelBatch
from search.errors import PictureError, UsageError
from search.ports.embedder import Embedder
from tests.embedder.conftest import CONFIGS, noise


def check_rows(rows: FloatMatrix, n: int, dim: int) -> None:
    assert rows.shape == (n, dim)
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("name", list(CONFIGS))
def test_every_result_has_float32_unit_rows(name: str, small: dict[str, OpenClipEmbedder]) -> None:
    embedder: Embedder = small[name]
    dim = embedder.space.dim
    for n in (0, 1, 3):
        check_rows(embedder.embed_pixels(noise(small[name], n)), n, dim)
        check_rows(embedder.embed_images([Image.new("RGB", (30, 20), "red")] * n), n, dim)
        check_rows(embedder.embed_texts(["word"] * n), n, dim)
    assert embedder.logit_scale > 0
    assert (embedder.logit_bias is not None) == (name == "siglip")


def test_batches_change_no_result_and_keep_the_order(
    vit: OpenClipEmbedder, checkpoints: dict[str, Path]
) -> None:
    by_threes = open_embedder(
        f"vit@{checkpoints['vit']}", device="cpu", precision="float32", batch_size=3
    )
    pixels, texts = noise(vit, 8), [f"number {i}" for i in range(7)]
    np.testing.assert_allclose(by_threes.embed_pixels(pixels), vit.embed_pixels(pixels), atol=2e-6)
    np.testing.assert_allclose(by_threes.embed_texts(texts), vit.embed_texts(texts), atol=2e-6)


def test_pixels_are_not_written_to_and_may_be_read_only_or_strided(vit: OpenClipEmbedder) -> None:
    pixels = noise(vit, 4)
    before = pixels.copy()
    wanted = vit.embed_pixels(pixels)
    np.testing.assert_array_equal(pixels, before)
    pixels.flags.writeable = False
    np.testing.assert_allclose(vit.embed_pixels(pixels), wanted, atol=2e-6)
    np.testing.assert_allclose(vit.embed_pixels(pixels[::-1]), wanted[::-1], atol=2e-6)


def test_images_of_any_mode_are_embedded(vit: OpenClipEmbedder) -> None:
    modes = ["RGB", "L", "RGBA", "P", "CMYK", "1"]
    images = [Image.new(mode, (40, 30)) for mode in modes]
    check_rows(vit.embed_images(images), len(modes), vit.space.dim)
    white, clear = Image.new("RGB", (40, 30), "white"), Image.new("RGBA", (40, 30), (9, 9, 9, 0))
    rows = vit.embed_images([white, clear])
    np.testing.assert_array_equal(rows[0], rows[1])


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 64, 64, 3), dtype=np.float32),
        np.zeros((64, 64, 3), dtype=np.uint8),
        np.zeros((1, 63, 64, 3), dtype=np.uint8),
        np.zeros((1, 3, 64, 64), dtype=np.uint8),
    ],
)
def test_pixels_of_another_kind_are_refused(pixels: np.ndarray, vit: OpenClipEmbedder) -> None:
    with pytest.raises(UsageError, match="not uint8 of shape"):
        vit.embed_pixels(pixels)


def test_one_string_is_not_a_list_of_texts(vit: OpenClipEmbedder) -> None:
    with pytest.raises(UsageError, match="list of strings"):
        vit.embed_texts("red car")
    with pytest.raises(UsageError, match="list of strings"):
        vit.embed_texts([b"red car"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\x00", "\ud800 lone surrogate", "🐈" * 500, "x" * 1_000_000, "& &amp;"]
)
def test_any_text_is_embedded(text: str, vit: OpenClipEmbedder) -> None:
    check_rows(vit.embed_texts([text]), 1, vit.space.dim)


def test_a_picture_without_pixels_is_refused(vit: OpenClipEmbedder) -> None:
    with pytest.raises(PictureError):
        vit.embed_images([Image.new("RGB", (0, 0))])


def test_many_threads_get_what_one_gets(small: dict[str, OpenClipEmbedder]) -> None:
    embedder = small["siglip"]
    pixels = noise(embedder, 12)
    texts = [f"text {i}" for i in range(12)]
    wanted = embedder.embed_pixels(pixels), embedder.embed_texts(texts)

    def both(_: int) -> tuple[FloatMatrix, FloatMatrix]:
        return embedder.embed_pixels(pixels), embedder.embed_texts(texts)

    with ThreadPoolExecutor(8) as threads:
        for pictures, words in threads.map(both, range(8)):
            np.testing.assert_allclose(pictures, wanted[0], atol=2e-6)
            np.testing.assert_allclose(words, wanted[1], atol=2e-6)


def test_a_stream_gives_what_its_batches_give(vit: OpenClipEmbedder) -> None:
    batches = [noise(vit, n) for n in (3, 1, 0, 5)]
    for rows, pixels in zip(vit.embed_stream(batches), batches, strict=True):
        np.testing.assert_array_equal(rows, vit.embed_pixels(pixels))
    assert list(vit.embed_stream([])) == []


def test_the_next_batch_is_made_while_one_computes(vit: OpenClipEmbedder) -> None:
    asked_for_second = threading.Event()

    class Waiting(np.ndarray):
        """Pixels that are ready only once the next batch has been asked for."""

        def __array_finalize__(self, obj: object) -> None: ...

        def __getitem__(self, key: object) -> np.ndarray:  # type: ignore[override]
            assert asked_for_second.wait(timeout=60)
            return np.asarray(self)[key]  # type: ignore[index]

    def batches() -> Iterator[PixelBatch]:
        yield noise(vit, 2).view(Waiting)
        asked_for_second.set()
        yield noise(vit, 3)

    assert [len(rows) for rows in vit.embed_stream(batches())] == [2, 3]


def test_an_error_in_a_stream_reaches_the_caller(vit: OpenClipEmbedder) -> None:
    with pytest.raises(UsageError):
        list(vit.embed_stream([noise(vit, 1), np.zeros((1, 2, 2, 3), dtype=np.uint8)]))
