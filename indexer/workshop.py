"""What every run of the indexer works with, carried as one value."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.embedding import EmbedderOpener
from indexer.report import ProgressListener, Tally, ignore_progress
from indexer.stopping import StopRequest
from search.domain.space import Preprocessing
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder
from search.settings import Settings

DEFAULT_BATCH_SIZE = 64
"""Large enough to keep a processor busy, small enough that a killed run loses seconds."""


PoolOpener = Callable[[Preprocessing], AbstractContextManager[DecodePool]]
"""Lends decoding processes for one preprocessing; used by one run at a time."""


@dataclass(frozen=True)
class Workshop:
    """Settings, catalogue, models and listeners of one run."""

    settings: Settings
    catalogue: Catalogue
    open_embedder: EmbedderOpener
    progress: ProgressListener = ignore_progress
    stop: StopRequest = field(default_factory=StopRequest)
    tally: Tally = field(default_factory=Tally)
    lend_pool: PoolOpener | None = None

    @property
    def batch_size(self) -> int:
        """Pictures to a batch and to a transaction."""
        return self.settings.batch_size or DEFAULT_BATCH_SIZE

    def open_pool(
        self, preprocessing: Preprocessing, n_pictures: int
    ) -> AbstractContextManager[DecodePool]:
        """Decoding processes, no more than there are pictures, ahead by two batches."""
        if self.lend_pool is not None:
            return self.lend_pool(preprocessing)
        return DecodePool(
            preprocessing,
            DecodeLimits.from_settings(self.settings),
            max(1, min(self.settings.decode_workers, n_pictures)),
            look_ahead=2 * self.batch_size,
        )


def opener_from(settings: Settings) -> EmbedderOpener:
    """Opens models as the settings say; nothing is loaded before the first one is opened."""

    def open_embedder(spec: str) -> Embedder:
        from search import bootstrap

        return bootstrap.open_embedder(spec, settings)

    return open_embedder
