"""What `sightline tune` finds out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from search.errors import ConflictError, NotFoundError
from search.evaluation.reaches import RECALLS, K, Measured, Queries, recommended

if TYPE_CHECKING:
    from cli.session import Session
    from search.domain.gallery import WantedRecall
    from search.domain.space import EmbeddingSpace
    from search.generations import Generation
    from search.ports.index_trials import IndexTrials, KindCost
    from search.ports.vector_index import VectorIndex

N_CAPTIONS = 200
SORTS = {"text": ("texts", "captions"), "picture": ("pictures",)}
"""What each recall is about."""


@dataclass(frozen=True, slots=True)
class Recall:
    """A recall, and who says so: option, gallery or settings."""

    recall: float
    source: str


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was measured, and what follows.

    Attributes:
        kind: of the index that searches use.
        flat_rows: up to so many views an index compares everything.
        n_queries: by sort.
        wanted: to be found, by option or settings, for `text` and for `picture`.
        tuned_to: what builds are tuned to, by gallery or settings. It says nothing about what is
            wanted: it may be what an earlier `recommended` made up for harder queries with.
        recommended: what builds should be tuned to, so that what is wanted is found.
    """

    gallery: str
    space: str
    kind: str
    n_views: int
    flat_rows: int
    n_queries: dict[str, int]
    wanted: dict[str, Recall]
    tuned_to: dict[str, Recall]
    measured: tuple[Measured, ...]
    costs: tuple[KindCost, ...]
    recommended: dict[str, float]

    @property
    def compares_all(self) -> bool:
        return any(one.in_use and one.kind == "flat16" for one in self.measured)

    @property
    def falls_short(self) -> list[str]:
        """Of what the index in use finds less than is wanted, chance left aside."""
        return [
            sort
            for name, sorts in SORTS.items()
            for sort in sorts
            for one in self.measured
            if one.in_use
            and one.queries == sort
            and one.recall + one.error < self.wanted[name].recall
        ]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "gallery": self.gallery,
            "space": self.space,
            "kind": self.kind,
            "views": self.n_views,
            "k": K,
            "queries": self.n_queries,
            "wanted": {name: asdict(one) for name, one in self.wanted.items()},
            "tuned_to": {name: asdict(one) for name, one in self.tuned_to.items()},
            "reaches": [one.to_dict() for one in self.measured],
            "kinds": [asdict(cost) for cost in self.costs],
            "falls_short": self.falls_short,
            "recommended": self.recommended,
        }


def tune_gallery(session: Session, given: dict[str, float | None]) -> Tuning:
    """Measure the active generation's index beside others.

    Args:
        given: wanted recalls for `text` and `picture`; None takes the settings'.
    Raises:
        NotFoundError: no gallery, or nothing indexed, or no generation.
        ConflictError: too few vectors.
        ModelUnavailableError: there are no texts to ask, since the model cannot be had.
    """
    from search.bootstrap import background_texts, open_embedder_of, open_index_trials
    from search.evaluation.gallery import captions_of
    from search.evaluation.reaches import measure_trials, stored_pictures

    settings = session.settings
    space, trials = session.active_space(), open_index_trials(settings)
    generation, index = _opened(session, space, trials)
    texts = background_texts(space, settings)
    asked = [Queries("texts", trials.held_out(texts))]
    set_text, set_picture = settings.index_text_recall, settings.index_picture_recall
    wanted = {
        "text": _or_set(given.get("text"), "option", set_text),
        "picture": _or_set(given.get("picture"), "option", set_picture),
    }
    with session.catalogue.reading() as snapshot:
        gallery = snapshot.gallery_by_id(session.gallery.id)
        kept = gallery.wanted_recall
        captions = captions_of(snapshot, gallery, generation.item_ids, N_CAPTIONS)
    if captions:
        embedder = open_embedder_of(space, settings)
        asked.append(Queries("captions", embedder.embed_texts(captions)))
    recalls = sorted({*RECALLS, *(one.recall for one in wanted.values())})
    with session.output.progress("Measuring") as advance:
        advance(0, 0, "Tuning")
        tried = trials.tried(index, generation.vectors, texts, recalls)
        asked.append(stored_pictures(tried.vectors))
        measured = tuple(measure_trials(tried.trials, tried.vectors, asked, advance))
    return Tuning(
        gallery=session.gallery.name,
        space=space.id,
        kind=generation.manifest.index_kind,
        n_views=len(generation),
        flat_rows=trials.flat_rows,
        n_queries={queries.sort: len(queries.vectors) for queries in asked},
        wanted=wanted,
        tuned_to={
            "text": _or_set(kept.texts, "gallery", set_text),
            "picture": _or_set(kept.pictures, "gallery", set_picture),
        },
        measured=measured,
        costs=tried.costs,
        recommended={
            name: recommended(measured, SORTS[name], one.recall) for name, one in wanted.items()
        },
    )


def _opened(
    session: Session, space: EmbeddingSpace, trials: IndexTrials
) -> tuple[Generation, VectorIndex]:
    """The active generation; raises where there is none, or too little in it."""
    from search.bootstrap import open_generation_store, open_index_builder
    from search.loading import StateLoader

    settings = session.settings
    loader = StateLoader(open_generation_store(settings), open_index_builder(settings))
    with session.catalogue.reading() as snapshot:
        gallery = snapshot.gallery_by_id(session.gallery.id)
        (own,) = [one for one in snapshot.spaces(gallery.id) if one.space.id == space.id]
        if own.generation_id is None:
            raise NotFoundError(
                f"Gallery {gallery.name!r} has no index to measure; all is searched exactly.",
                hint="`sightline reindex` builds one.",
            )
        generation, index = loader.open(gallery, own, snapshot.generation(own.generation_id))
    if len(generation) <= trials.least_rows:
        raise ConflictError(
            f"The index of gallery {gallery.name!r} holds {len(generation):,} views; up to "
            f"{trials.least_rows:,}, every search compares all of them, and nothing can be tuned.",
            hint="Index more pictures first.",
        )
    return generation, index


def _or_set(said: float | None, source: str, setting: float) -> Recall:
    return Recall(setting, "settings") if said is None else Recall(said, source)


def apply(session: Session, wanted: WantedRecall) -> dict[str, Any]:
    """Keep these recalls with the gallery, and build its index again; returns the generation.

    Raises what `tune_gallery` does, before anything is changed.
    """
    from indexer.reindex import rebuild
    from search.bootstrap import open_index_trials

    _opened(session, session.active_space(), open_index_trials(session.settings))
    report = rebuild(
        session.settings, session.catalogue, gallery_name=session.gallery.name, wanted=wanted
    )
    (built,) = report.generations
    return asdict(built)
