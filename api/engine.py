"""What the service works with, opened once and handed to the app."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from api.admission import Admission
from api.background import Worker
from api.classifying import Classifying
from api.closed_sets import ClosedSets
from api.galleries import Galleries
from api.metrics import Metrics
from api.models import Models, OpenEmbedder
from api.pictures.decoder import PictureDecoder
from api.pictures.previews import Previews
from api.pictures.queries import QueryPictures
from api.uploads import Uploads
from indexer.decoding.limits import DecodeLimits
from indexer.fetching import Fetcher
from indexer.workshop import opener_from
from search.adapters.files.blobs import FileBlobStore
from search.bootstrap import (
    open_catalogue,
    open_generation_store,
    open_index_builder,
    open_relevance_store,
)
from search.errors import SightlineError
from search.ports.catalogue import Catalogue
from search.settings import Settings
from search.shadow import Shadow

_log = logging.getLogger("sightline.api")

FETCH_THREADS = 4


@dataclass
class Engine:
    """Catalogue, galleries, models, pictures and the threads that work on them.

    Attributes:
        searches: where queries are answered.
        pictures: where pictures are decoded and thumbnails made, so that they do not hold up
            queries.
        fetches: where pictures are fetched by their addresses, so that a slow host holds up
            neither.
        worker: does the background work; None where another process does.
        wake_elsewhere: tells that process that there is a job; None where it looks by itself.
    """

    settings: Settings
    catalogue: Catalogue
    models: Models
    galleries: Galleries
    decoder: PictureDecoder
    previews: Previews
    query_pictures: QueryPictures
    searches: Admission
    pictures: Admission
    fetches: Admission
    fetcher: Fetcher
    classifying: Classifying
    closed_sets: ClosedSets
    metrics: Metrics
    uploads: Uploads
    worker: Worker | None
    wake_elsewhere: Callable[[], None] | None = None
    stopping: bool = False
    _ready: threading.Event = field(default_factory=threading.Event)
    _warming: threading.Thread | None = None

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        open_embedder: OpenEmbedder | None = None,
        wake_elsewhere: Callable[[], None] | None = None,
    ) -> Engine:
        """Open everything but the models, which `warm` loads.

        Raises:
            StoreError: the database cannot be opened.
        """
        settings.home.mkdir(parents=True, exist_ok=True)
        catalogue = open_catalogue(settings)
        metrics = Metrics()
        models = Models(
            open_embedder or opener_from(settings),
            most_waiting=settings.queue_size,
            observe=metrics.observe_batch,
        )
        store = open_generation_store(settings)
        builder = open_index_builder(settings, serves=True)
        n_workers = settings.decode_workers
        limits = DecodeLimits.from_settings(settings)
        decoder = PictureDecoder(limits, settings.home / "spool", n_workers)
        return cls(
            settings=settings,
            catalogue=catalogue,
            models=models,
            galleries=Galleries(
                catalogue,
                store,
                builder,
                models,
                open_relevance_store(settings),
                Shadow(settings.shadow_share, metrics.observe_index_recall),
            ),
            decoder=decoder,
            previews=Previews(FileBlobStore(settings.previews_path), decoder),
            query_pictures=QueryPictures(decoder),
            searches=Admission("search", settings.search_threads, settings.queue_size),
            pictures=Admission("picture", 2 * n_workers, 4 * settings.queue_size),
            fetches=Admission("fetch", FETCH_THREADS, settings.queue_size),
            fetcher=Fetcher.from_settings(settings),
            classifying=Classifying(),
            closed_sets=ClosedSets(settings),
            metrics=metrics,
            uploads=Uploads(settings, catalogue),
            worker=Worker(settings, catalogue, models.for_indexing)
            if settings.background_worker
            else None,
            wake_elsewhere=wake_elsewhere,
        )

    @property
    def ready(self) -> bool:
        """Whether indexes and models are loaded."""
        return self._ready.is_set()

    def wait_until_ready(self, timeout_s: float) -> bool:
        """Wait until all is loaded; False where time ran out."""
        return self._ready.wait(timeout_s)

    def warm(self) -> None:
        """Load indexes and models; a gallery that cannot be loaded is left to its own errors."""
        for name in self.galleries.names():
            try:
                searcher = self.galleries.searcher(name)
                searcher.warm()
                if searcher.is_empty:
                    continue
                space = self.galleries.active_space(name)
                self.models.of_space(space).warm()
                fitting = space.preprocessing
                # A process dies with the thread that started it, so one that stays has to.
                self.pictures.submit(partial(self.decoder.warm, fitting)).result()
            except SightlineError as error:
                _log.warning("%s cannot be loaded yet: %s %s", name, error.message, error.hint)
        self._ready.set()

    def start(self) -> None:
        """Begin to load in a thread of its own, so that liveness is answered meanwhile; nothing
        is loaded again where `warm` has done so."""
        if not self.ready:
            self._warming = threading.Thread(target=self.warm, name="sightline-warm", daemon=True)
            self._warming.start()
        if self.worker is not None:
            self.worker.start()

    def stop(self) -> None:
        """End what goes on in the background; requests have been answered by now."""
        self.stopping = True
        if self._warming is not None:
            self._warming.join(timeout=10)
        if self.worker is not None:
            self.worker.stop()

    def wake_worker(self) -> None:
        """A job has been added; a worker that nobody tells finds it by itself."""
        if self.worker is not None:
            self.worker.wake()
        elif self.wake_elsewhere is not None:
            self.wake_elsewhere()

    def measure(self) -> None:
        """Bring the gauges up to date with what is in memory."""
        told = self.metrics
        told.processes.set(1)
        told.waiting.labels("searches").set(self.searches.n_admitted)
        told.waiting.labels("pictures").set(self.pictures.n_admitted)
        told.waiting.labels("fetches").set(self.fetches.n_admitted)
        for name, searcher in self.galleries.known().items():
            state = searcher.state
            if state is not None:
                n_views = len(state.generation) if state.generation is not None else 0
                told.index_views.labels(name).set(n_views)
                told.tail_views.labels(name).set(len(state.tail))
                told.revision.labels(name).set(state.revision)

    def close(self) -> None:
        """Finish what has begun and let go of everything."""
        self.searches.close()
        self.pictures.close()
        self.fetches.close()
        self.models.close()
        self.decoder.close()
        self.catalogue.close()
