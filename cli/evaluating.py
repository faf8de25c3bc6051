"""What `evaluate` measures, one function for each part; each opens what it needs and no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.names import read_names
from cli.pictures import read_query_picture
from cli.session import Session
from search.errors import GoldenQueriesError, NotFoundError, UsageError
from search.evaluation.golden import GoldenAsker, GoldenResult
from search.evaluation.golden_file import read_golden

if TYPE_CHECKING:
    from search.domain.gallery import FailedFile, GallerySpace
    from search.domain.space import EmbeddingSpace
    from search.evaluation.index_recall import IndexRecall
    from search.evaluation.judging import Judged
    from search.evaluation.labelled import LabelledSet
    from search.evaluation.ranking import Scores
    from search.evaluation.retrieving import Retrieved
    from search.evaluation.scorers import Scorer
    from search.ports.embedder import Embedder

N_INDEX_QUERIES = 200
K = 10

ScorerOpener = Callable[["Embedder", Sequence[str]], "Scorer"]
"""From a model, and the labels that pictures carry, to what is to be judged."""


@dataclass(slots=True)
class Evaluation:
    """All that one run has measured; a part that was not asked for is empty.

    Attributes:
        source: where labels and captions come from, in words.
        space: id of the embedding space that all figures are of.
        model: its spec.
        n_unknown: pictures whose labels are none of the classes offered; they are left out.
        retrieval: by kind, such as `labels_to_photos`.
        index: by kind of query, `text` and `image`.
    """

    gallery: str
    space: str = ""
    model: str = ""
    source: str = ""
    n_unknown: int = 0
    classification: Judged | None = None
    retrieval: dict[str, Retrieved] = field(default_factory=dict)
    index: dict[str, IndexRecall] = field(default_factory=dict)
    index_kind: str = ""
    golden: tuple[GoldenResult, ...] = ()
    skipped: tuple[FailedFile, ...] = ()

    @property
    def n_failed(self) -> int:
        """Golden queries whose answer was not found."""
        return sum(not result.passed for result in self.golden)

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "gallery": self.gallery,
            "space": self.space,
            "model": self.model,
            "source": self.source or None,
            "pictures_of_other_labels": self.n_unknown,
            "classification": self.classification.to_dict() if self.classification else None,
            "retrieval": {kind: one.to_dict() for kind, one in self.retrieval.items()},
            "index": {
                "kind": self.index_kind,
                **{kind: one.to_dict() for kind, one in self.index.items()},
            }
            if self.index
            else None,
            "golden": {
                "queries": len(self.golden),
                "failed": [_golden_document(one) for one in self.golden if not one.passed],
            }
            if self.golden
            else None,
            "skipped": [{"uri": one.uri, "reason": one.reason} for one in self.skipped],
        }


def _golden_document(result: GoldenResult) -> dict[str, Any]:
    return {
        "query": result.query.title,
        "problem": result.problem,
        "missed": list(result.missed),
        "hits": list(result.hits),
    }


def space_to_measure(session: Session, model: str) -> GallerySpace:
    """The gallery's space by a model's spec, in the making or not; the active one without.

    Raises:
        NotFoundError: the gallery has no such space.
    """
    with session.catalogue.reading() as snapshot:
        gallery = snapshot.gallery(session.gallery.name)
        spaces = snapshot.spaces(gallery.id)
    active = [one for one in spaces if one.space.id == gallery.active_space_id]
    if not model:
        if active:
            return active[0]
        session.active_space()  # Says what is missing.
    named = [one for one in spaces if model in (one.space.spec, one.space.id)]
    for one in active + named:
        if one in named:
            return one
    raise NotFoundError(
        f"Gallery {session.gallery.name!r} has no embeddings by {model}.",
        hint=f"Make them with: sightline reindex --model {model}",
    )


def labelled_files(
    session: Session, path: Path, embedder: Embedder, evaluation: Evaluation
) -> LabelledSet:
    """The labelled pictures of a folder or table, embedded; unreadable ones are noted."""
    from indexer.labelled import compute, read_labelled
    from search.evaluation.labelled import LabelledSet

    files = read_labelled(path)
    evaluation.source = str(path)
    with session.output.progress("Embedding") as advance:
        made = compute(
            session.settings,
            embedder.space.preprocessing,
            [picture.uri for picture in files.pictures],
            embedder.embed_pixels,
            progress=lambda done, total: advance(done, total, "Embedding"),
        )
    evaluation.skipped = (*files.skipped, *made.skipped)
    if not len(made.rows):
        raise UsageError(f"No picture of {path} can be read. {made.skipped[0].reason}")
    return LabelledSet.of([files.pictures[row] for row in made.rows], made.values)


def labelled_gallery(
    session: Session, space: EmbeddingSpace, attribute: str, evaluation: Evaluation
) -> LabelledSet:
    """The gallery's items that have a value of the attribute, or tags where none is named.

    Raises:
        NotFoundError: no item has.
    """
    from search.evaluation.gallery import attribute_of, labelled_items, tags_of

    what = f"attribute {attribute!r}" if attribute else "tags"
    evaluation.source = f"{what} of gallery {session.gallery.name!r}"
    labels_of = attribute_of(attribute) if attribute else tags_of
    with session.catalogue.reading() as snapshot:
        gallery = snapshot.gallery(session.gallery.name)
        found = labelled_items(snapshot, gallery, space.id, space.dim, labels_of)
        keys = snapshot.attribute_keys(gallery.id)
    if not len(found):
        has = f"Its items have: {', '.join(keys[:12])}." if attribute else "Tag some items first."
        raise NotFoundError(
            f"No embedded item of gallery {session.gallery.name!r} has the {what}.", hint=has
        )
    return found


def open_taxonomy_scorer(
    session: Session, embedder: Embedder, name: str, own: Sequence[str]
) -> Scorer:
    """Raises NotFoundError where neither the gallery nor the program has the taxonomy."""
    from search.bootstrap import open_ready_made
    from search.categories.managing import known_taxonomy
    from search.categories.scorers import open_scorer
    from search.evaluation.scorers import TaxonomyScorer

    stored = known_taxonomy(session.catalogue, session.gallery_name, name)
    taxonomy = open_ready_made(name) if stored is None else stored.taxonomy
    scorer = open_scorer(session.catalogue, stored or taxonomy, embedder.space, lambda: embedder)
    return TaxonomyScorer(scorer, taxonomy, own)


def open_classifier_scorer(
    session: Session, spec: str, names: Path | None, own: Sequence[str]
) -> Scorer:
    """Raises what `open_classifier` does."""
    from search.bootstrap import open_classifier
    from search.evaluation.scorers import ClassifierScorer

    found = open_classifier(spec, session.settings, names=read_names(names))
    return ClassifierScorer(found, own)


def measure_labels(
    session: Session,
    photos: LabelledSet,
    embedder: Embedder,
    open_scorer: ScorerOpener,
    threshold: float | None,
    evaluation: Evaluation,
) -> None:
    """Classification, and retrieval by labels; nothing where no picture has a label."""
    import numpy as np

    from search.evaluation.judging import judge
    from search.evaluation.labelled import class_names, truth_table
    from search.evaluation.retrieving import labels_to_photos, photos_to_photos
    from search.evaluation.scorers import ZeroShotScorer

    own = class_names(photos.pictures)
    if not own:
        return
    scorer = open_scorer(embedder, own)
    classes = list(scorer.labels)
    kept = np.flatnonzero(truth_table(photos.pictures, classes).any(axis=1)).tolist()
    evaluation.n_unknown = sum(bool(p.labels) for p in photos.pictures) - len(kept)
    if not kept:
        raise UsageError(
            "No picture carries a label among the classes offered.",
            hint=f"The pictures' labels are: {', '.join(own[:12])}.",
        )
    photos, scores = _scored(session, scorer, photos.only(kept), evaluation)
    evaluation.classification = judge(scores, photos.pictures, classes, threshold=threshold)
    truth = truth_table(photos.pictures, classes)
    if isinstance(scorer, ZeroShotScorer):
        evaluation.retrieval["labels_to_photos"] = labels_to_photos(
            photos, classes, scorer.prototypes, truth
        )
    evaluation.retrieval["photos_to_photos"] = photos_to_photos(photos, truth)


def _scored(
    session: Session, scorer: Scorer, photos: LabelledSet, evaluation: Evaluation
) -> tuple[LabelledSet, Scores]:
    """Probabilities of all photos, from their vectors where the scorer takes them; else from
    their pictures, without those that cannot be read."""
    from indexer.labelled import compute
    from search.evaluation.scorers import PictureScorer

    if not isinstance(scorer, PictureScorer):
        return photos, scorer.scores_of_vectors(photos.mean_vectors())
    uris = [picture.uri for picture in photos.pictures]
    made = compute(session.settings, scorer.preprocessing, uris, scorer.scores_of_pixels)
    evaluation.skipped = (*evaluation.skipped, *made.skipped)
    return photos.only(made.rows.tolist()), made.values


def measure_captions(photos: LabelledSet, embedder: Embedder, evaluation: Evaluation) -> None:
    """Retrieval by captions, both ways; nothing where no picture has one."""
    from search.evaluation.retrieving import captions_to_photos, photos_to_captions

    photos = photos.only([i for i, one in enumerate(photos.pictures) if one.captions])
    if not len(photos):
        return
    texts = [caption for picture in photos.pictures for caption in picture.captions]
    captions = embedder.embed_texts(texts)
    evaluation.retrieval["captions_to_photos"] = captions_to_photos(photos, captions)
    evaluation.retrieval["photos_to_captions"] = photos_to_captions(photos, captions)


def measure_index(
    session: Session, space: GallerySpace, embedder: Embedder, evaluation: Evaluation
) -> None:
    """Index recall at ten of the space's generation, for text and for pictures apart.

    Raises:
        NotFoundError: there is no generation that holds any view.
    """
    from search.bootstrap import open_generation_store, open_index_builder
    from search.evaluation.gallery import own_texts
    from search.evaluation.index_recall import measure, spread
    from search.loading import GenerationUnusableError, StateLoader

    loader = StateLoader(
        open_generation_store(session.settings), open_index_builder(session.settings)
    )
    with session.catalogue.reading() as snapshot:
        gallery = snapshot.gallery(session.gallery.name)
        texts = own_texts(snapshot, gallery)
        try:
            state = loader.load(snapshot, gallery, space)
        except GenerationUnusableError as unusable:
            raise unusable.reason from unusable
    if state.generation is None or len(state.generation) == state.n_masked_rows:
        raise NotFoundError(
            f"Gallery {session.gallery.name!r} has no index to measure; all is searched exactly.",
            hint="`sightline reindex` builds one.",
        )
    evaluation.index_kind = state.generation.manifest.index_kind
    pictures, own_views = spread(state, N_INDEX_QUERIES)
    evaluation.index["text"] = measure(state, embedder.embed_texts(texts), K)
    evaluation.index["image"] = measure(state, pictures, K, own_views=own_views)


def ask_golden(session: Session, space: EmbeddingSpace, path: Path) -> tuple[GoldenResult, ...]:
    """Ask a file's golden queries in one space of the gallery, whichever is active.

    Raises:
        UsageError: the file makes no sense.
    """
    from search.bootstrap import open_searcher

    queries = read_golden(path)
    name = session.gallery.name
    searcher = open_searcher(session.settings, name, catalogue=session.catalogue, space_id=space.id)

    def resolve(reference: str) -> Sequence[int]:
        with session.catalogue.reading() as snapshot:
            return snapshot.find_items(session.gallery.id, reference)

    asker = GoldenAsker(
        searcher.answer, resolve, lambda at: read_query_picture(at, space, session.settings)
    )
    return tuple(asker.results(queries))


def golden_gate(session: Session, path: Path) -> Callable[[EmbeddingSpace], None]:
    """What `reindex --activate --golden` calls: a space that misses an answer may not serve."""

    def gate(space: EmbeddingSpace) -> None:
        results = ask_golden(session, space, path)
        failed = [result for result in results if not result.passed]
        for result in failed:
            session.output.note(f"{result.query.title}: {result.problem}")
        if failed:
            raise GoldenQueriesError(
                f"{space.spec} does not find what {len(failed)} of {len(results)} golden queries "
                "ask for, so searches stay with the present model.",
                hint="Choose another model, or change the queries in " + path.name + ".",
            )
        session.output.text(f"{space.spec} answers all {len(results)} golden queries.")

    return gate
