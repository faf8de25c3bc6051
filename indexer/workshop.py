"""What every run of the indexer works with, carried as one value."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.embedding import EmbedderOpener
from indexer.pipeline import BatchSize
from indexer.report import ProgressListener, Tally, ignore_progress
from indexer.stopping import StopRequest
from search.domain.space import Preprocessing
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder
from search.settings import Settings

LOOK_AHEAD_BYTES = 256 * 2**20
"""Decoded pictures that wait for the model."""


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

    def new_batch_size(self) -> BatchSize:
        """How many pictures a run of the pipeline begins with."""
        fixed = self.settings.batch_size
        return BatchSize(fixed, fixed=True) if fixed else BatchSize()

    def open_pool(
        self, preprocessing: Preprocessing, n_pictures: int
    ) -> AbstractContextManager[DecodePool]:
        """Decoding processes, no more than there are pictures, ahead by two batches at most."""
        if self.lend_pool is not None:
            return self.lend_pool(preprocessing)
        picture_bytes = 3 * preprocessing.height * preprocessing.width
        two_batches = 2 * (self.settings.batch_size or BatchSize().most)
        return DecodePool(
            preprocessing,
            DecodeLimits.from_settings(self.settings),
            max(1, min(self.settings.decode_workers, n_pictures)),
            look_ahead=max(8, min(two_batches, LOOK_AHEAD_BYTES // picture_bytes)),
        )


def opener_from(settings: Settings) -> EmbedderOpener:
    """Opens models as the settings say; nothing is loaded before the first one is opened."""

    def open_embedder(spec: str) -> Embedder:
        from search import bootstrap

        return bootstrap.open_embedder(spec, settings)

    return open_embedder
