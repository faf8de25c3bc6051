"""Vectors for decoded pictures in one space: reused where the content is known, else computed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt

from indexer.decoding.tasks import PictureRead, Pixels
from search.bootstrap import check_space
from search.domain.arrays import HalfMatrix, PixelBatch
from search.domain.space import EmbeddingSpace
from search.errors import EmbedderError
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder

HalfVector = npt.NDArray[np.float16]
ComingVectors = Future[dict[str, HalfVector]]
EmbedderOpener = Callable[[str], Embedder]


@dataclass(frozen=True, slots=True)
class LookedUp:
    """The contents of one batch, before the model has seen them.

    Attributes:
        found: vectors that the catalogue has already.
        lacking: contents to compute.
        awaited: contents that the batch before computes, in `earlier`.
        computed: what becomes of `lacking`; without those that the model cannot embed.
    """

    found: Mapping[str, HalfVector]
    lacking: Mapping[str, Pixels]
    awaited: frozenset[str]
    earlier: ComingVectors
    computed: ComingVectors = field(default_factory=Future)


class SpaceEmbedder:
    """Embeds in one space of the catalogue, loading the model when the first picture needs it.

    One thread looks up batch after batch, and each is computed in a thread of its own, so that the
    model need not wait for what is done between two batches. Every batch that was looked up has to
    be computed, since the next may wait for it.
    """

    def __init__(
        self, catalogue: Catalogue, space: EmbeddingSpace, open_embedder: EmbedderOpener
    ) -> None:
        self.space = space
        self._catalogue = catalogue
        self._open = open_embedder
        self._embedder: Embedder | None = None
        self._not_opened: Exception | None = None
        self._loading = threading.Lock()
        self._latest: frozenset[str] = frozenset()
        self._computed: ComingVectors = Future()

    def look_up(self, reads: Sequence[PictureRead]) -> LookedUp:
        """Which contents have a vector; all batches but the last are committed by now."""
        wanted = {read.picture.content_hash: read.pixels for read in reads}
        awaited = self._latest & wanted.keys()
        found = self.stored([h for h in wanted if h not in awaited])
        lacking = {
            h: pixels
            for h, pixels in wanted.items()
            if h not in found and h not in awaited and pixels.size
        }
        batch = LookedUp(found, lacking, awaited, self._computed)
        self._latest, self._computed = frozenset(lacking), batch.computed
        return batch

    def compute(self, batch: LookedUp) -> tuple[dict[str, HalfVector], int]:
        """A vector for each content of a batch, and how many were computed.

        Contents that the model cannot embed are left out.

        Raises:
            ConflictError: the model is not the one of the space any more.
            EmbedderError: the model can embed none of several pictures.
        """
        try:
            computed = self._compute(batch.lacking)
        except BaseException as error:
            batch.computed.set_exception(error)
            raise
        batch.computed.set_result(computed)
        earlier = batch.earlier.result() if batch.awaited else {}
        reused = {h: earlier[h] for h in batch.awaited if h in earlier}
        return {**batch.found, **reused, **computed}, len(computed)

    def stored(self, hashes: Sequence[str]) -> dict[str, HalfVector]:
        """Vectors that the catalogue has for these contents."""
        if not hashes:
            return {}
        with self._catalogue.reading() as snapshot:
            found = snapshot.stored_vectors(self.space.id, hashes)
        return {h: cast(HalfVector, vector) for h, vector in found.items()}

    def _compute(self, pixels: Mapping[str, Pixels]) -> dict[str, HalfVector]:
        if not pixels:
            return {}
        embedder = self._loaded()
        try:
            return dict(zip(pixels, _embed(embedder, list(pixels.values())), strict=True))
        except EmbedderError:
            if len(pixels) == 1:
                return {}
        vectors: dict[str, HalfVector] = {}
        failure: EmbedderError | None = None
        for content_hash, picture in pixels.items():
            try:
                vectors[content_hash] = _embed(embedder, [picture])[0]
            except EmbedderError as exc:
                failure = exc
        if failure is not None and not vectors:
            raise failure
        return vectors

    def _loaded(self) -> Embedder:
        with self._loading:
            if self._not_opened is not None:  # The batch behind does not try again.
                raise self._not_opened
            if self._embedder is None:
                try:
                    embedder = self._open(self.space.spec)
                    check_space(embedder, self.space)
                except Exception as error:
                    self._not_opened = error
                    raise
                self._embedder = embedder
            return self._embedder


def _embed(embedder: Embedder, pictures: list[Pixels]) -> HalfMatrix:
    return embedder.embed_pixels(_stacked(pictures)).astype(np.float16)


def _stacked(pictures: list[Pixels]) -> PixelBatch:
    """What `np.stack` makes, without letting other threads go on after each picture.

    While decoders answer, `np.stack` waits for its turn as often as there are pictures, together
    ten times as long as the copies take.
    """
    made = np.empty((len(pictures), *pictures[0].shape), np.uint8)
    places = made.reshape(-1).data
    n_bytes = pictures[0].size
    for number, picture in enumerate(pictures):
        places[number * n_bytes : (number + 1) * n_bytes] = picture.reshape(-1).data
    return made
