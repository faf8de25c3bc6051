"""Embed every live view that a space still lacks: after a switch of model, a crash, an upload.

Views are claimed under leases, so any number of processes may fill one space together.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexer.decoding.tasks import ReadTask
from indexer.embedding import SpaceEmbedder
from indexer.leases import new_holder
from indexer.pipeline import Batch, Pipeline
from indexer.places import Places
from indexer.report import Progress, Stage
from indexer.workshop import Workshop
from search.domain.gallery import FailedFile
from search.domain.indexing import ClaimedVector, ClaimedView

LEASE_S = 60.0
"""How long a claim holds; a killed process's views are free again after it."""

POLL_S = 0.25

CLAIMED_AT_ONCE = 64

CHANGED_SINCE = "The file has changed since it was indexed; run: sightline index"
NO_PLACE = "The file belongs to no indexed folder any more."


@dataclass(slots=True)
class Filled:
    """What filling a space came to.

    Attributes:
        n_stored: embeddings stored, computed or copied.
        unreadable: live views whose file cannot be read now; they stay without.
        n_left: views without an embedding at the end, those of others and the unreadable ones.
    """

    n_stored: int = 0
    unreadable: list[FailedFile] = field(default_factory=list)
    n_left: int = 0


class SpaceFiller:
    """Fills one space of one gallery.

    Args:
        patience_s: how long to wait for views that others hold without anything happening.
    """

    def __init__(
        self,
        shop: Workshop,
        gallery_id: int,
        embedder: SpaceEmbedder,
        *,
        patience_s: float = LEASE_S + 5.0,
    ) -> None:
        self._shop = shop
        self._catalogue = shop.catalogue
        self._tally = shop.tally
        self._gallery_id = gallery_id
        self._embedder = embedder
        self._space_id = embedder.space.id
        self._patience_s = patience_s
        self._holder = new_holder()
        self._filled = Filled()
        self._held: dict[int, ClaimedView] = {}
        self._given_up: set[int] = set()
        self._next_claims: list[ClaimedView] = []
        self._total = 0

    def fill(self) -> Filled:
        """Embed until nothing is left that this process could embed."""
        self._total = self._n_left()
        if self._total == 0:
            return self._filled
        with self._catalogue.reading() as snapshot:
            places = Places(snapshot.roots(self._gallery_id))
        shop = self._shop
        try:
            with shop.open_pool(self._embedder.space.preprocessing, self._total) as pool:
                pipeline = Pipeline(
                    pool,
                    self._embedder,
                    batch_size=shop.new_batch_size(),
                    tally=shop.tally,
                    stop=shop.stop,
                )
                while self._wait_for_views():
                    pipeline.run(self._tasks(places), self._commit)
        finally:
            self._release()
        self._filled.n_left = self._n_left()
        return self._filled

    def _tasks(self, places: Places) -> Iterator[ReadTask]:
        for claims in self._claims():
            known = self._embedder.stored(sorted({claim.content_hash for claim in claims}))
            copies = [
                ClaimedVector(claim, known[claim.content_hash])
                for claim in claims
                if claim.content_hash in known
            ]
            self._store(copies)
            self._tally.copied += len(copies)
            for claim in claims:
                if claim.content_hash in known:
                    continue
                place = places.of(claim.uri)
                if place is None:
                    self._give_up(claim, NO_PLACE)
                else:
                    yield ReadTask(claim, place.root_path, place.root_kind, place.path)

    def _wait_for_views(self) -> bool:
        """Wait until a view may be free: the leases of others end, by themselves or by death."""
        waiting_since, n_before = time.monotonic(), -1
        while (n_left := self._n_left() - len(self._given_up)) > 0:
            self._shop.stop.leave_if_asked()
            self._next_claims = self._claim()
            if self._next_claims:
                return True
            if n_left != n_before:
                waiting_since, n_before = time.monotonic(), n_left
            if time.monotonic() - waiting_since > self._patience_s:
                return False
            self._shop.stop.wait(POLL_S)
        return False

    def _claims(self) -> Iterator[Sequence[ClaimedView]]:
        """Claims until nothing is free."""
        while self._next_claims:
            yield self._next_claims
            self._next_claims = [] if self._shop.stop.asked else self._claim()

    def _claim(self) -> list[ClaimedView]:
        """Views to work on. Where our own lease ran out meanwhile, the new one takes its place."""
        with self._catalogue.writing(self._gallery_id) as work:
            claims = work.claim_views(
                self._space_id, holder=self._holder, limit=CLAIMED_AT_ONCE, lease_s=LEASE_S
            )
            work.commit()
        fresh = [claim for claim in claims if claim.view_id not in self._held]
        self._held.update((claim.view_id, claim) for claim in claims)
        return fresh

    def _commit(self, batch: Batch) -> None:
        vectors = []
        for embedded in batch.embedded:
            claim = self._claim_of(embedded.read.task)
            if embedded.read.picture.content_hash == claim.content_hash:
                vectors.append(ClaimedVector(claim, embedded.vector))
            else:
                self._give_up(claim, CHANGED_SINCE)
        for failed in batch.failed:
            self._give_up(self._claim_of(failed.task), failed.reason)
        self._store(vectors)

    def _store(self, vectors: Sequence[ClaimedVector]) -> None:
        if not vectors:
            return
        with self._catalogue.writing(self._gallery_id) as work:
            report = work.store_vectors(self._space_id, vectors)
            work.commit()
        for vector in vectors:
            self._held.pop(vector.claim.view_id, None)
        self._filled.n_stored += report.added
        self._tally.skipped += report.superseded
        self._shop.progress(Progress(Stage.EMBED, self._filled.n_stored, self._total))

    def _give_up(self, claim: ClaimedView, reason: str) -> None:
        """Keep the claim, so that it is not handed out again, until everything else is done."""
        self._given_up.add(claim.view_id)
        self._filled.unreadable.append(FailedFile(claim.uri, reason))

    def _release(self) -> None:
        """Give back what was not embedded, so that another run need not wait for it."""
        if self._held:
            with self._catalogue.writing(self._gallery_id) as work:
                work.release_views(self._space_id, list(self._held.values()))
                work.commit()

    def _claim_of(self, task: ReadTask) -> ClaimedView:
        if not isinstance(task.key, ClaimedView):
            raise TypeError(f"a filling task carries its claim, not {task.key!r}")
        return self._held.get(task.key.view_id, task.key)

    def _n_left(self) -> int:
        with self._catalogue.reading() as snapshot:
            return snapshot.n_unembedded(self._gallery_id, self._space_id)
