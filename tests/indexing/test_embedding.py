"""Batches on their way to vectors: one goes to the model before the last has come back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from indexer.decoding.tasks import PictureRead, ReadTask
from indexer.embedding import SpaceEmbedder
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.indexing import DecodedPicture, RootKind
from search.errors import ConflictError
from search.settings import Settings
from tests.support.embedders import HashingEmbedder
from tests.support.galleries import GalleryUnderTest, PoolKeeper


class PairingEmbedder(HashingEmbedder):
    """Computes a batch only beside another one."""

    def __init__(self) -> None:
        super().__init__()
        self._pair = threading.Barrier(2)

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        self._pair.wait(20)
        return super().embed_pixels(pixels)


def picture(content: str, *, n_pixels: int = 32) -> PictureRead:
    """A decoded picture whose pixels follow from its content."""
    value = sum(content.encode()) % 256
    pixels = np.full((n_pixels, n_pixels, 3), value, np.uint8)
    task = ReadTask(content, "/photos", RootKind.FOLDER, f"{content}.png")
    return PictureRead(task, DecodedPicture(content, 32, 32, {}), pixels)


@pytest.fixture
def embedder(gallery: GalleryUnderTest) -> SpaceEmbedder:
    counting = gallery.embedder
    gallery.draw("first.png", 0)
    gallery.run()
    return SpaceEmbedder(gallery.catalogue, counting.space, lambda _: counting)


def test_the_model_has_the_next_batch_before_it_is_done_with_one(
    home: Path, tmp_path: Path, lend_pool: PoolKeeper
) -> None:
    gallery = GalleryUnderTest(
        home,
        tmp_path / "photos",
        PairingEmbedder(),
        settings=Settings(home=home, batch_size=2),
        lend_pool=lend_pool,
    )
    for number in range(8):
        gallery.draw(f"{number}.png", number)
    assert gallery.run().embedded == 8
    assert len(gallery.live()) == 8
    gallery.close()


def test_content_of_the_batch_under_way_is_awaited_not_computed(embedder: SpaceEmbedder) -> None:
    first = embedder.begin([picture("a"), picture("b")])
    second = embedder.begin([picture("b"), picture("c"), picture("c")])
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(embedder.finish, second)
        of_first, n_first = embedder.finish(first)
        of_second, n_second = waiting.result(20)
    assert (n_first, n_second) == (2, 1)
    assert of_first.keys() == {"a", "b"}
    assert of_second.keys() == {"b", "c"}
    np.testing.assert_array_equal(of_first["b"], of_second["b"])


def test_content_that_the_batch_before_could_not_embed_is_left_out(
    embedder: SpaceEmbedder,
) -> None:
    reads = [picture("without pixels", n_pixels=0), picture("a")]
    first, second = embedder.begin(reads), embedder.begin(reads)
    assert embedder.finish(first)[0].keys() == {"a"}
    reused, n_computed = embedder.finish(second)
    assert (list(reused), n_computed) == (["a"], 0)


def test_a_batch_that_waits_for_one_that_failed_fails_with_it(
    gallery: GalleryUnderTest, embedder: SpaceEmbedder
) -> None:
    other = HashingEmbedder(seed=1)
    mistaken = SpaceEmbedder(gallery.catalogue, embedder.space, lambda _: other)
    batches = [mistaken.begin([picture("a")]), mistaken.begin([picture("a")])]
    for batch in batches:
        with pytest.raises(ConflictError):
            mistaken.finish(batch)
