"""Batches on their way to vectors: one goes to the model before the last has come back."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from indexer.decoding.pool import DecodePool
from indexer.decoding.tasks import PictureRead, ReadTask
from indexer.embedding import HalfVector, LookedUp, SpaceEmbedder
from indexer.pipeline import BatchSize, Pipeline
from indexer.report import Stage, Tally
from indexer.stopping import StopRequest
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


class FailingEmbedder(HashingEmbedder):
    """Fails at its first batch, once the next one is there."""

    def __init__(self) -> None:
        super().__init__()
        self._next = threading.Event()

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        if self.n_pictures == 0:
            self.n_pictures = -1
            assert self._next.wait(20)
            raise RuntimeError("broken")
        self._next.set()
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


@pytest.fixture
def eight(home: Path, tmp_path: Path, lend_pool: PoolKeeper) -> Iterator[GalleryUnderTest]:
    """Eight pictures, embedded two at a time."""
    settings = Settings(home=home, batch_size=2)
    gallery = GalleryUnderTest(home, tmp_path / "photos", settings=settings, lend_pool=lend_pool)
    for number in range(8):
        gallery.draw(f"{number}.png", number)
    yield gallery
    gallery.close()


def test_the_model_has_the_next_batch_before_it_is_done_with_one(eight: GalleryUnderTest) -> None:
    eight.embedder = PairingEmbedder()
    assert eight.run().embedded == 8
    assert len(eight.live()) == 8


def test_content_of_the_batch_under_way_is_awaited_not_computed(embedder: SpaceEmbedder) -> None:
    first = embedder.look_up([picture("a"), picture("b")])
    second = embedder.look_up([picture("b"), picture("c"), picture("c")])
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(embedder.compute, second)
        of_first, n_first = embedder.compute(first)
        of_second, n_second = waiting.result(20)
    assert (n_first, n_second) == (2, 1)
    assert of_first.keys() == {"a", "b"}
    assert of_second.keys() == {"b", "c"}
    np.testing.assert_array_equal(of_first["b"], of_second["b"])


def test_content_that_the_batch_before_could_not_embed_is_left_out(
    embedder: SpaceEmbedder,
) -> None:
    reads = [picture("without pixels", n_pixels=0), picture("a")]
    first, second = embedder.look_up(reads), embedder.look_up(reads)
    assert embedder.compute(first)[0].keys() == {"a"}
    reused, n_computed = embedder.compute(second)
    assert (list(reused), n_computed) == (["a"], 0)


def test_a_model_that_is_not_the_one_is_opened_once_and_fails_all_batches(
    gallery: GalleryUnderTest, embedder: SpaceEmbedder
) -> None:
    opened: list[str] = []

    def open_another(spec: str) -> HashingEmbedder:
        opened.append(spec)
        return HashingEmbedder(seed=1)

    mistaken = SpaceEmbedder(gallery.catalogue, embedder.space, open_another)
    batches = [mistaken.look_up([picture(content)]) for content in ("a", "a", "b")]
    with ThreadPoolExecutor(1) as other:
        for batch in batches:
            with pytest.raises(ConflictError):
                other.submit(mistaken.compute, batch).result(20)
    assert len(opened) == 1


def test_a_model_that_fails_ends_the_run_and_the_batch_behind_is_not_stored(
    eight: GalleryUnderTest,
) -> None:
    eight.embedder = FailingEmbedder()
    with pytest.raises(RuntimeError, match="broken"):
        eight.run()
    assert eight.live() == {}


class NoPool:
    """Answers tasks with what they are to bring, without decoding."""

    def __init__(self, reads: Sequence[PictureRead]) -> None:
        self._reads = reads

    def read(self, tasks: Iterable[ReadTask]) -> Iterator[PictureRead]:
        for _, read in zip(tasks, self._reads, strict=True):
            yield read


def test_a_batch_that_needs_no_model_takes_none_of_its_time(
    gallery: GalleryUnderTest, embedder: SpaceEmbedder
) -> None:
    """Such a batch is done before the one in front of it."""
    content = (gallery.photos / "first.png").read_bytes()
    known = picture(hashlib.sha256(content).hexdigest(), n_pixels=0)
    late = threading.Event()

    class Slow(HashingEmbedder):
        def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
            assert late.wait(20)
            return super().embed_pixels(pixels)

    class Watched(SpaceEmbedder):
        def compute(self, batch: LookedUp) -> tuple[dict[str, HalfVector], int]:
            computed = super().compute(batch)
            late.set()
            return computed

    tally = Tally()
    pipeline = Pipeline(
        cast(DecodePool, NoPool([picture("new"), known])),
        Watched(gallery.catalogue, embedder.space, lambda _: Slow()),
        batch_size=BatchSize(1, fixed=True),
        tally=tally,
        stop=StopRequest(),
    )
    stored: list[str] = []
    began = time.perf_counter()
    pipeline.run(
        [known.task, known.task],
        lambda batch: stored.extend(e.read.picture.content_hash for e in batch.embedded),
    )
    assert stored == ["new", known.picture.content_hash]
    assert (tally.embedded, tally.copied) == (1, 1)
    assert 0 <= tally.seconds[Stage.EMBED] <= time.perf_counter() - began
