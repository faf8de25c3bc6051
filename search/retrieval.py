"""Answers queries over one gallery, always as of one revision in one embedding space.

A `Searcher` keeps one immutable `SearchState` and, at each query, brings it up to the revision
that the query's own reading of the database sees. Everything of an answer comes from that one
reading, so it equals an exact search there; a change is found as soon as it is committed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from threading import Lock

import numpy as np

from search.adapters.files.generations import GenerationStore
from search.domain.arrays import FloatMatrix
from search.domain.facet import FacetCount
from search.domain.gallery import Gallery, GallerySpace
from search.domain.item import ItemRecord, ViewState
from search.domain.query import Answer, Hit, ItemTerm, Query, TextTerm
from search.domain.space import EmbeddingSpace
from search.encoding import QueryEncoder, check_terms, combined, needs_model
from search.errors import NotFoundError, StoreBusyError, UsageError, UserError
from search.filter_cache import FilterCache
from search.filters.ast import And, Filter
from search.loading import GenerationUnusableError, StateLoader
from search.ports.blob_store import BlobStore
from search.ports.catalogue import Catalogue, Snapshot
from search.ports.embedder import Embedder
from search.ports.vector_index import VectorIndexBuilder
from search.ranking import Scores, unit
from search.relevance.judging import Judge
from search.relevance.sample import SampleKeeper
from search.relevance.scale import N_JUDGED, Scale
from search.shadow import Shadow
from search.state import Among, Candidates, SearchState
from search.switching import SpaceSwitch

_ATTEMPTS = 20

_log = logging.getLogger(__name__)


class Searcher:
    """Searches one gallery; any number of threads may ask at once.

    Args:
        gallery_name: the gallery's name at every query; a renamed one is not found.
        open_embedder: loads the model of a space; called once per space, when first needed.
        kept: where what relevance needs of a model is kept for other processes.
        space_id: answer in this space of the gallery's, whichever is active.
        shadow: measures some of the answers of indexes that do not compare everything.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        gallery_name: str,
        generation_store: GenerationStore,
        index_builder: VectorIndexBuilder,
        open_embedder: Callable[[EmbeddingSpace], Embedder],
        kept: BlobStore | None = None,
        *,
        space_id: str | None = None,
        shadow: Shadow | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._gallery_name = gallery_name
        self._space_id = space_id
        self._shadow = shadow
        self._loader = StateLoader(generation_store, index_builder)
        self._open_embedder = open_embedder
        self._kept = kept
        self._samples = SampleKeeper()
        self._filters = FilterCache()
        self._architectures: Mapping[str, str] = {}
        self._lock = Lock()
        self._state: SearchState | None = None
        self._encoder: QueryEncoder | None = None
        self._switch: SpaceSwitch | None = None

    def answer(self, query: Query) -> Answer:
        """The items that answer the query best.

        Raises:
            UserError: the query cannot be answered as asked, such as by an unknown item.
            ModelError: the gallery's model cannot be had.
        """
        started = time.perf_counter()
        _check(query)
        n_unusable = 0
        for _ in range(_ATTEMPTS):
            encoder, vectors, texts = self._encode(query)
            with ExitStack() as stack:
                try:
                    with self._lock:
                        snapshot = stack.enter_context(self._catalogue.reading())
                        gallery = snapshot.gallery(self._gallery_name)
                        state = self._current(snapshot, gallery, without=n_unusable > 1)
                except GenerationUnusableError as unusable:
                    # Pruned since this reading began, perhaps: the next one names another.
                    _log.warning("%s", unusable)
                    n_unusable += 1
                    continue
                if not _fits(encoder, state, query):
                    continue
                judge = self._judge(state, texts)
                answered = _Answering(
                    snapshot, gallery, state, query, vectors, judge, self._filters, self._shadow
                )
                hits, exact = answered.hits()
                took_ms = 1000 * (time.perf_counter() - started)
                space_id = state.space_id if state else ""
                return Answer(hits, space_id, gallery.revision, exact, took_ms)
        raise StoreBusyError(
            "The gallery's model keeps changing while this query is asked.", hint="Try again."
        )

    def facet_counts(
        self, snapshot: Snapshot, gallery: Gallery, where: Filter, keys: Sequence[str], limit: int
    ) -> tuple[int, Mapping[str, Sequence[FacetCount]]]:
        """What `snapshot.facet_counts` says of the gallery, from what is kept of filters."""
        return self._filters.facet_counts(snapshot, gallery, where, keys, limit)

    def warm(self) -> None:
        """Load the gallery's state and, where anything can be found, its model now, so that the
        first query does not wait."""
        encoder = self._serving_encoder()
        if encoder is not None and not self.is_empty:
            encoder.open()
            encoder.background()

    @property
    def state(self) -> SearchState | None:
        """What the last query was answered from; None before the first, or without a model."""
        return self._state

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be found, as far as is known: then no model is loaded."""
        return _is_empty(self._state)

    def wait_for_switch(self, timeout_s: float | None = None) -> bool:
        """Wait until no model is being loaded in the background; False where time ran out."""
        switch = self._switch
        return switch is None or switch.wait(timeout_s)

    def _encode(
        self, query: Query
    ) -> tuple[QueryEncoder | None, Mapping[int, Scores], FloatMatrix | None]:
        """The terms' vectors and, beside words, those of other words. Outside of any reading,
        since a model may take seconds."""
        encoder = self._serving_encoder() if needs_model(query.terms) else None
        if encoder is None or self.is_empty:
            return None, {}, None
        has_words = any(isinstance(term, TextTerm) for term in query.terms)
        vectors = encoder.encode(query.terms)
        return encoder, vectors, encoder.background() if has_words else None

    def _judge(self, state: SearchState | None, texts: FloatMatrix | None) -> Judge | None:
        architecture = self._architectures.get(state.space_id) if state is not None else None
        return None if architecture is None else Judge(architecture, texts, self._samples.of)

    def _serving_encoder(self) -> QueryEncoder | None:
        with self._lock:
            for without in (False, False, True):
                if self._state is not None and self._encoder is not None:
                    break
                with self._catalogue.reading() as snapshot, suppress(GenerationUnusableError):
                    gallery = snapshot.gallery(self._gallery_name)
                    if self._current(snapshot, gallery, without=without) is None:
                        break
            return self._encoder

    def _current(
        self, snapshot: Snapshot, gallery: Gallery, *, without: bool
    ) -> SearchState | None:
        """The state at the snapshot's revision, kept for the next query; call with the lock."""
        spaces = {space.space.id: space for space in snapshot.spaces(gallery.id)}
        self._architectures = {
            space_id: space.space.architecture for space_id, space in spaces.items()
        }
        active = spaces.get(self._space_id or gallery.active_space_id or "")
        if active is None:
            self._state = self._encoder = self._switch = None
            return None
        state = self._state
        if state is None or (state.gallery_id, state.epoch) != (gallery.id, gallery.epoch):
            return self._load(snapshot, gallery, active, without=without)
        if state.space_id != active.space.id:
            state = self._switched(active)
            if state is None or state.space_id not in spaces:
                return self._load(snapshot, gallery, active, without=without)
        else:
            self._switch = None
        space = spaces[state.space_id]
        if not state.is_of(gallery) or state.generation_id != space.generation_id:
            return self._load(snapshot, gallery, space, without=without)
        if state.revision != gallery.revision:
            state = state.advanced(snapshot.changes(gallery.id, state.space_id, state.revision))
        self._state = state
        return state

    def _load(
        self, snapshot: Snapshot, gallery: Gallery, space: GallerySpace, *, without: bool
    ) -> SearchState:
        state = self._loader.load(snapshot, gallery, space, without=without)
        if self._encoder is None or self._encoder.space.id != space.space.id:
            self._encoder = QueryEncoder(space.space, self._open_embedder, self._kept)
        self._state = state
        return state

    def _switched(self, target: GallerySpace) -> SearchState | None:
        """The new space's state once it is loaded, until then the old one's."""
        if self._switch is None or not self._switch.is_towards(target.space.id):
            self._switch = SpaceSwitch(
                self._catalogue,
                self._gallery_name,
                self._loader,
                QueryEncoder(target.space, self._open_embedder, self._kept),
                with_model=self._encoder is not None and self._encoder.is_open,
            )
        if (loaded := self._switch.loaded) is not None:
            self._state, self._encoder = loaded, self._switch.encoder
            self._switch = None
        return self._state


def _fits(encoder: QueryEncoder | None, state: SearchState | None, query: Query) -> bool:
    """Whether what was encoded before the reading is what its state needs."""
    if encoder is None:
        return _is_empty(state) or not needs_model(query.terms)
    return state is not None and encoder.space.id == state.space_id


def _is_empty(state: SearchState | None) -> bool:
    return state is None or state.is_empty


def _check(query: Query) -> None:
    if query.limit < 1 or query.offset < 0:
        raise UsageError(
            f"{query.limit} hits after the first {query.offset} cannot be had.",
            hint="Ask for at least one hit, from the first on.",
        )
    check_terms(query.terms)


class _Answering:
    """One query against one snapshot and the state that equals it."""

    def __init__(
        self,
        snapshot: Snapshot,
        gallery: Gallery,
        state: SearchState | None,
        query: Query,
        vectors: Mapping[int, Scores],
        judge: Judge | None,
        filters: FilterCache,
        shadow: Shadow | None,
    ) -> None:
        self._judge = judge
        self._filters = filters
        self._shadow = shadow
        self._snapshot = snapshot
        self._gallery = gallery
        self._state = state
        self._query = query
        self._vectors = dict(vectors)

    def hits(self) -> tuple[tuple[Hit, ...], bool]:
        """The hits of the page asked for, and whether they are exact."""
        if not self._query.terms:
            return self._listed(), True
        if self._state is None:
            return (), True
        self._add_item_vectors(self._state.space_id)
        if self._state.is_empty:
            return (), True
        direction = combined(self._query.terms, self._vectors)
        among = None
        if self._query.where is not None:
            among = self._filters.views(
                self._snapshot, self._gallery, self._state, self._query.where
            )
        best, exact = self._best_views(self._state, direction, among)
        n_searched = self._state.n_among(among)
        scale = None
        if self._judge is not None:
            scale = self._judge.scale(self._query.terms, self._state, best, n_searched)
        page = best[self._query.offset : self._query.offset + self._query.limit]
        return self._hydrated(page, scale), exact

    def _listed(self) -> tuple[Hit, ...]:
        """Without terms: the items that the filter matches, by id."""
        where = And(()) if self._query.where is None else self._query.where
        page = self._snapshot.matching_items(
            self._gallery.id, where, offset=self._query.offset, limit=self._query.limit
        )
        items = self._snapshot.items(self._gallery.id, page.tolist())
        return tuple(Hit(item, _first_view(item), None) for item in items)

    def _add_item_vectors(self, space_id: str) -> None:
        for at, term in enumerate(self._query.terms):
            if isinstance(term, ItemTerm):
                rows = self._snapshot.item_rows(self._gallery.id, space_id, [term.item_id])
                mean = unit(rows.vectors.astype(np.float64).mean(axis=0)) if len(rows) else None
                if mean is None:
                    raise self._no_vector(term.item_id)
                self._vectors[at] = mean

    def _no_vector(self, item_id: int) -> UserError:
        if not self._snapshot.items(self._gallery.id, [item_id]):
            return NotFoundError(
                f"There is no item {item_id} in the gallery {self._gallery.name}.",
                hint="`sightline items show` lists the items.",
            )
        return UserError(
            f"The item {item_id} has no embedding to compare with.",
            hint="Run `sightline index` again, or choose another item.",
        )

    def _best_views(
        self, state: SearchState, direction: Scores, among: Among | None
    ) -> tuple[Sequence[tuple[int, int, float]], bool]:
        """Item, view and score of all items to the page's end, and of those that are judged;
        more views are fetched until they are found."""
        asked = {term.item_id for term in self._query.terms if isinstance(term, ItemTerm)}
        n_wanted = max(self._query.offset + self._query.limit, N_JUDGED)
        n_views = n_wanted + len(asked)
        while True:
            found = state.nearest(direction, n_views, among)
            best = _by_item(found, asked)
            if len(best) >= n_wanted or len(found) < n_views:
                if self._shadow is not None:
                    self._shadow.offer(self._sort, state, direction, among, found)
                return best[:n_wanted], found.exact
            n_views *= 4

    @property
    def _sort(self) -> str:
        has_words = any(isinstance(term, TextTerm) for term in self._query.terms)
        return "text" if has_words else "picture"

    def _hydrated(
        self, best: Sequence[tuple[int, int, float]], scale: Scale | None
    ) -> tuple[Hit, ...]:
        records = self._snapshot.items(self._gallery.id, [item_id for item_id, _, _ in best])
        by_id = {record.id: record for record in records}
        return tuple(
            # Stored vectors are float16, so a picture's cosine with itself may pass 1.
            Hit(
                by_id[item_id],
                view_id,
                max(-1.0, min(1.0, score)),
                None if scale is None else scale.relevance(score),
            )
            for item_id, view_id, score in best
            if item_id in by_id
        )


def _by_item(found: Candidates, without: set[int]) -> list[tuple[int, int, float]]:
    """Each item once, with its best view, in the candidates' order."""
    _, first = np.unique(found.item_ids, return_index=True)
    first.sort()
    rows = zip(
        found.item_ids[first].tolist(),
        found.view_ids[first].tolist(),
        found.scores[first].tolist(),
        strict=True,
    )
    return [row for row in rows if row[0] not in without]


def _first_view(item: ItemRecord) -> int:
    live = [view.id for view in item.views if view.state is ViewState.LIVE]
    return live[0] if live else 0
