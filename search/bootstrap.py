"""Opens the real parts from settings; what it needs is imported when it is opened, not before.

from search import bootstrap
embedder = bootstrap.open_embedder("tiny")
embedder.embed_texts(["a red car"])     # float32, (1, dim), unit rows
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from search.errors import ConflictError, SightlineError

IMAGENET = "imagenet"
"""The ready-made taxonomy that is no file: open_clip carries its class names."""

if TYPE_CHECKING:
    from search.adapters.faiss import KindPolicy
    from search.adapters.files.generations import GenerationStore
    from search.categories.taxonomy import Taxonomy
    from search.domain.arrays import FloatMatrix
    from search.domain.space import EmbeddingSpace
    from search.ports.blob_store import BlobStore
    from search.ports.catalogue import Catalogue
    from search.ports.classifier import Classifier
    from search.ports.embedder import Embedder
    from search.ports.index_trials import IndexTrials
    from search.ports.vector_index import VectorIndexBuilder
    from search.retrieval import Searcher
    from search.settings import Settings

_log = logging.getLogger(__name__)


def open_catalogue(settings: Settings) -> Catalogue:
    """The database, brought to this program's schema where that is safe.

    Raises:
        StoreError: it cannot be opened.
        MigrationNeededError: its schema is newer, or is PostgreSQL's and has to be migrated.
    """
    from search.adapters import sql

    return sql.open_catalogue(settings.sqlalchemy_url, busy_timeout_s=settings.busy_timeout_s)


def migrate_database(settings: Settings) -> None:
    """Bring the database's schema up to this program's, making it where there is none."""
    from search.adapters import sql

    sql.migrate(settings.sqlalchemy_url, busy_timeout_s=settings.busy_timeout_s)


def open_embedder(spec: str, settings: Settings | None = None) -> Embedder:
    """Load the model that a spec names: `embed_images(list of PIL.Image)` and `embed_texts(list of
    str)` give float32, shape (n, dim), unit rows.

    Raises:
        UsageError: not a spec.
        ModelUnavailableError: its weights are neither at hand nor to be had.
    """
    from search.adapters import openclip

    if settings is None:
        from search.settings import Settings

        settings = Settings()
    return openclip.open_embedder(
        spec,
        device=settings.device,
        precision=settings.precision,
        offline=settings.offline,
        batch_size=settings.batch_size,
    )


def open_classifier(
    spec: str, settings: Settings, *, names: Sequence[str] | None = None
) -> Classifier:
    """Load the closed-set classifier that a spec such as `timm:resnet50` names.

    Raises:
        UsageError: not a spec, an unknown model, or names that do not fit its classes.
        NotFoundError: no such file of weights.
        ModelUnavailableError: its weights are neither at hand nor to be had.
    """
    from search.adapters import timm

    return timm.open_classifier(spec, names=names, device=settings.device, offline=settings.offline)


def ready_made_names() -> list[str]:
    """Names of the taxonomies that come with the program, in order."""
    from search.categories.ready_made import names

    return sorted([*names(), IMAGENET])


def open_ready_made(name: str) -> Taxonomy:
    """The taxonomy of this name that comes with the program.

    Raises:
        NotFoundError: there is none.
    """
    if name == IMAGENET:
        from search.adapters.openclip.imagenet import imagenet

        return imagenet()
    from search.categories.ready_made import ready_made

    return ready_made(name)


def open_embedder_of(space: EmbeddingSpace, settings: Settings | None = None) -> Embedder:
    """Load the model of a space.

    Raises:
        ConflictError: its spec opens another model now, so its vectors would not compare.
    """
    embedder = open_embedder(space.spec, settings)
    check_space(embedder, space)
    return embedder


def check_space(embedder: Embedder, space: EmbeddingSpace) -> None:
    """Raises ConflictError where an opened model is not the one that made the space."""
    if embedder.space.id != space.id:
        raise ConflictError(
            f"The model {space.spec} is not the one that this gallery was indexed with: its "
            f"weights or its preprocessing have changed ({embedder.space.id}, not {space.id}).",
            hint=f"Put the former weights back, or run: sightline reindex --model {space.spec}",
        )


def open_generation_store(settings: Settings) -> GenerationStore:
    """The generations, as folders in the home."""
    from search.adapters.files.generations import GenerationStore

    return GenerationStore(settings.generations_path)


def open_relevance_store(settings: Settings) -> BlobStore:
    """What relevance needs of each model, as files in the home; made again where they are gone."""
    from search.adapters.files.blobs import FileBlobStore

    return FileBlobStore(settings.relevance_path)


def open_index_builder(settings: Settings, *, serves: bool = False) -> VectorIndexBuilder:
    """Makes and opens index files with FAISS, which is loaded at the first one; a large index is
    fitted to the background's texts, which are embedded where no other process has done so.

    Args:
        serves: what is opened is searched often, so that it pays to bring it to a GPU.
    Raises:
        UsageError: the GPU that is to search is not there.
    """
    from search.adapters.faiss import FaissIndexBuilder

    builder = FaissIndexBuilder(
        _kind_policy(settings), lambda space: _background_texts(space, settings)
    )
    wanted = settings.search_device
    if not serves or wanted == "cpu":
        return builder
    from search.adapters.gpu import GpuIndexBuilder, check_device, may_have_gpu

    if wanted != "auto":
        check_device(wanted)
    return GpuIndexBuilder(builder, wanted) if wanted != "auto" or may_have_gpu() else builder


def open_index_trials(settings: Settings) -> IndexTrials:
    """Makes indexes to be compared, of the kinds that `open_index_builder` makes."""
    from search.adapters.faiss import FaissIndexTrials

    return FaissIndexTrials(_kind_policy(settings))


def _kind_policy(settings: Settings) -> KindPolicy:
    from search.adapters.faiss import KindPolicy

    return KindPolicy(
        picture_recall=settings.index_picture_recall, text_recall=settings.index_text_recall
    )


def background_texts(space: EmbeddingSpace, settings: Settings) -> FloatMatrix:
    """What an index of this space is fitted to: float32, (n, dim), unit rows.

    Raises:
        ModelUnavailableError: no file has them, and the model cannot be had.
    """
    from search.relevance.kept import BackgroundTexts

    texts = BackgroundTexts(space, open_relevance_store(settings))
    return texts.vectors(lambda: open_embedder_of(space, settings))


def _background_texts(space: EmbeddingSpace, settings: Settings) -> FloatMatrix | None:
    """None where the model cannot be had: an index without it is slower for words, not wrong."""
    try:
        return background_texts(space, settings)
    except SightlineError as error:
        _log.warning("The index is built without texts to fit it to: %s", error.message)
        return None


def open_searcher(
    settings: Settings,
    gallery: str = "default",
    *,
    catalogue: Catalogue | None = None,
    space_id: str | None = None,
) -> Searcher:
    """A searcher over one gallery; its model is loaded by the first query that has words or a
    picture. Without `catalogue` it opens one of its own; with `space_id` it answers in that space,
    whichever is active."""
    from search.retrieval import Searcher

    return Searcher(
        open_catalogue(settings) if catalogue is None else catalogue,
        gallery,
        open_generation_store(settings),
        open_index_builder(settings),
        lambda space: open_embedder_of(space, settings),
        open_relevance_store(settings),
        space_id=space_id,
    )
