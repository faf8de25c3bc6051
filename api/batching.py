"""One model shared by everyone: what waits at the same moment is encoded together.

A `BatchingEmbedder` is an `Embedder` whose one thread owns the model. While a batch is computed
requests gather, and the next batch takes them all, so there is no waiting for company when it is
quiet and no wasted work when it is not. Queries go before the pictures that the indexer embeds,
which are taken a few at a time.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING

import numpy as np

from api.admission import current_job
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import EmbeddingSpace
from search.errors import TooBusyError
from search.ports.embedder import Embedder
from search.preprocess import fit

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_TEXTS = 64
MOST_PICTURES = 16
MOST_BACKGROUND = 8
"""Pictures of the indexer between two looks at whether a query waits."""

_REMEMBERED_PICTURES = 512

Observer = Callable[[str, int, float], None]
"""Told of each batch: `text`, `picture` or `background`, how many were in it, and the seconds."""


def observe_nothing(kind: str, size: int, seconds: float) -> None:
    """The observer of those who do not look."""


@dataclass(slots=True)
class _Request:
    """Some texts, or some pictures' pixels, that one caller waits for."""

    texts: Sequence[str] = ()
    pixels: PixelBatch | None = None
    vectors: Future[FloatMatrix] = field(default_factory=Future)

    def __len__(self) -> int:
        return len(self.texts) if self.pixels is None else len(self.pixels)


class BatchingEmbedder:
    """Safe to use from any number of threads.

    Args:
        most_waiting: queries that may wait for the model; one more is refused.
    """

    def __init__(
        self, embedder: Embedder, *, most_waiting: int = 256, observe: Observer = observe_nothing
    ) -> None:
        self._embedder = embedder
        self._most_waiting = most_waiting
        self._observe = observe
        self._changed = Condition()
        self._texts: deque[_Request] = deque()
        self._pictures: deque[_Request] = deque()
        self._background: deque[_Request] = deque()
        self._closed = False
        self._known: OrderedDict[bytes, FloatMatrix] = OrderedDict()
        self._knowing = Lock()
        self._thread = Thread(target=self._run, name="sightline-model", daemon=True)
        self._thread.start()

    @property
    def space(self) -> EmbeddingSpace:
        return self._embedder.space

    @property
    def logit_scale(self) -> float:
        return self._embedder.logit_scale

    @property
    def logit_bias(self) -> float | None:
        return self._embedder.logit_bias

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        """As `Embedder.embed_texts`; raises TooBusyError where too many wait already."""
        if not texts:
            return self._nothing()
        # One after another, so that a long list takes one place in the queue.
        parts = [
            self._ask(self._texts, _Request(texts=list(texts[at : at + MOST_TEXTS]))).result()
            for at in range(0, len(texts), MOST_TEXTS)
        ]
        return np.concatenate(parts)

    def embed_images(self, images: Sequence[Image]) -> FloatMatrix:
        """As `Embedder.embed_images`; pictures that were asked lately are remembered."""
        if not images:
            return self._nothing()
        return self._remembering(np.stack([fit(i, self.space.preprocessing) for i in images]))

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        return self._remembering(pixels) if len(pixels) else self._nothing()

    def background(self) -> Embedder:
        """The same model for work that nobody waits for: queries go before it."""
        return _Background(self)

    def warm(self) -> None:
        """Compute the largest batches once, so that nobody's first query waits for memory and
        kernels to be made ready, and memory is then what it will be."""
        wants = self.space.preprocessing
        noise = np.random.default_rng(0).integers(
            0, 256, (MOST_PICTURES, wants.height, wants.width, 3), np.uint8
        )
        asked = [
            self._ask(self._texts, _Request(texts=["a picture"] * MOST_TEXTS)),
            self._ask(self._pictures, _Request(pixels=noise)),
        ]
        for one in asked:
            one.result()

    def wait_until_waiting(self, n_queries: int, timeout_s: float) -> bool:
        """Wait until so many queries wait for the model; False where time ran out."""
        with self._changed:
            return self._changed.wait_for(
                lambda: len(self._texts) + len(self._pictures) >= n_queries, timeout_s
            )

    def close(self) -> None:
        """Finish what is waiting, then end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _remembering(self, pixels: PixelBatch) -> FloatMatrix:
        keys = [hashlib.blake2b(one.tobytes(), digest_size=16).digest() for one in pixels]
        with self._knowing:
            known = {key: self._known[key] for key in keys if key in self._known}
        new = [at for at, key in enumerate(keys) if key not in known]
        if new:
            parts = [
                self._ask(self._pictures, _Request(pixels=pixels[new[at : at + MOST_PICTURES]]))
                for at in range(0, len(new), MOST_PICTURES)
            ]
            rows = np.concatenate([part.result() for part in parts])
            known.update((keys[at], row) for at, row in zip(new, rows, strict=True))
        with self._knowing:
            for key in keys:
                self._known[key] = known[key]
                self._known.move_to_end(key)
            while len(self._known) > _REMEMBERED_PICTURES:
                self._known.popitem(last=False)
        return np.ascontiguousarray(np.stack([known[key] for key in keys]))

    def _nothing(self) -> FloatMatrix:
        return np.empty((0, self.space.dim), np.float32)

    def _ask(self, queue: deque[_Request], request: _Request) -> Future[FloatMatrix]:
        job = current_job()
        with self._changed:
            if self._closed:
                raise TooBusyError("The service is stopping.", hint="Try again in a moment.")
            waiting = len(self._texts) + len(self._pictures)
            if queue is not self._background and waiting >= self._most_waiting:
                raise TooBusyError(
                    "Too many queries wait for the model.", hint="Try again in a second."
                )
            if job is not None:
                job.on_cancel(request.vectors.cancel)
            queue.append(request)
            self._changed.notify_all()
        return request.vectors

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            kind, requests = batch
            wanted = [one for one in requests if one.vectors.set_running_or_notify_cancel()]
            if wanted:
                started = time.perf_counter()
                self._encode(wanted)
                size = sum(len(one) for one in wanted)
                self._observe(kind, size, time.perf_counter() - started)

    def _next_batch(self) -> tuple[str, list[_Request]] | None:
        """Texts before pictures before the background; None when closed and empty."""
        with self._changed:
            while True:
                if self._texts:
                    return "text", _taken(self._texts, MOST_TEXTS)
                if self._pictures:
                    return "picture", _taken(self._pictures, MOST_PICTURES)
                if self._background:
                    return "background", _taken(self._background, MOST_BACKGROUND)
                if self._closed:
                    return None
                self._changed.wait()

    def _encode(self, requests: list[_Request]) -> None:
        """One call of the model; where it fails, one each, so that nobody pays for another."""
        try:
            rows = self._call(requests)
        except Exception as error:
            if len(requests) == 1:
                requests[0].vectors.set_exception(error)
                return
            for one in requests:
                self._encode([one])
            return
        at = 0
        for one in requests:
            one.vectors.set_result(rows[at : at + len(one)])
            at += len(one)

    def _call(self, requests: list[_Request]) -> FloatMatrix:
        if requests[0].pixels is None:
            return self._embedder.embed_texts([text for one in requests for text in one.texts])
        pixels = [one.pixels for one in requests if one.pixels is not None]
        return self._embedder.embed_pixels(np.concatenate(pixels))


class _Background:
    """The embedder that the indexer gets: a few pictures at a time, after all queries."""

    def __init__(self, shared: BatchingEmbedder) -> None:
        self._shared = shared

    @property
    def space(self) -> EmbeddingSpace:
        return self._shared.space

    @property
    def logit_scale(self) -> float:
        return self._shared.logit_scale

    @property
    def logit_bias(self) -> float | None:
        return self._shared.logit_bias

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        shared = self._shared
        if len(pixels) == 0:
            return shared._nothing()
        parts = [
            shared._ask(shared._background, _Request(pixels=pixels[at : at + MOST_BACKGROUND]))
            for at in range(0, len(pixels), MOST_BACKGROUND)
        ]
        return np.concatenate([part.result() for part in parts])

    def embed_images(self, images: Sequence[Image]) -> FloatMatrix:
        if not images:
            return self._shared._nothing()
        return self.embed_pixels(np.stack([fit(i, self.space.preprocessing) for i in images]))

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        return self._shared.embed_texts(texts)


def _taken(queue: deque[_Request], most: int) -> list[_Request]:
    """Requests from the front that together have at most `most` entries, at least one."""
    taken = [queue.popleft()]
    size = len(taken[0])
    while queue and size + len(queue[0]) <= most:
        size += len(queue[0])
        taken.append(queue.popleft())
    return taken
