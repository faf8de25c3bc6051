"""Categories for what is new: after an index run, before a switch of model, and when asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.embedding import EmbedderOpener
from indexer.report import Progress, ProgressListener, Stage, ignore_progress
from indexer.stopping import StopRequest
from search.bootstrap import check_space
from search.categories.assigning import Assigning, AssignReport
from search.categories.learning import Learning
from search.categories.linear_head import HeadReport
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Taxonomy
from search.domain.space import EmbeddingSpace
from search.errors import NotFoundError
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder


@dataclass(frozen=True)
class Categoriser:
    """Assigns one gallery's taxonomies.

    Args:
        open_embedder: opens a model by its spec; called only where class names are new.
    """

    catalogue: Catalogue
    gallery_id: int
    open_embedder: EmbedderOpener
    progress: ProgressListener = ignore_progress
    stop: StopRequest | None = None

    def assign(
        self, names: Sequence[str] = (), *, space: EmbeddingSpace | None = None
    ) -> list[AssignReport]:
        """Bring the named taxonomies, or all active ones, up to date.

        Args:
            space: the space to assign in; None is the one that searches use.
        Raises:
            NotFoundError: no such taxonomy, or nothing has been indexed yet.
            ConflictError: a taxonomy was changed meanwhile, or the model is another one now.
        """
        chosen = self._chosen(names)
        if not chosen:
            return []
        assigning = self._assigning(space or self.active_space())
        return [assigning.assign(stored) for stored in chosen]

    def foresee(self, taxonomy: Taxonomy, stored: StoredTaxonomy | None) -> AssignReport:
        """What assigning a version would change; nothing is written."""
        return self._assigning(self.active_space()).foresee(taxonomy, stored)

    def teach(self, name: str) -> tuple[HeadReport, bool]:
        """Train a taxonomy on what people decided; returns what the head does on labels that were
        kept out, and whether it is used: only where it is known to be no worse.

        Raises:
            NotFoundError: no such taxonomy, or nothing has been indexed yet.
            UsageError: nothing was decided that a head could be trained on.
        """
        (stored,) = self._chosen([name])
        space = self.active_space()
        learning = Learning(self.catalogue, self.gallery_id, space, lambda: self._opened(space))
        lesson = learning.teach(stored)
        if lesson.report.is_better:
            learning.keep(stored, lesson)
        return lesson.report, lesson.report.is_better

    def _chosen(self, names: Sequence[str]) -> list[StoredTaxonomy]:
        with self.catalogue.reading() as snapshot:
            if not names:
                return list(snapshot.taxonomies(self.gallery_id))
            return [snapshot.taxonomy(self.gallery_id, name) for name in names]

    def active_space(self) -> EmbeddingSpace:
        """The space that searches use; raises NotFoundError where nothing has been indexed."""
        with self.catalogue.reading() as snapshot:
            gallery = snapshot.gallery_by_id(self.gallery_id)
            for one in snapshot.spaces(gallery.id):
                if one.space.id == gallery.active_space_id:
                    return one.space
        raise NotFoundError(
            "Nothing has been indexed in the gallery yet.", hint="Run sightline index PATH first."
        )

    def _opened(self, space: EmbeddingSpace) -> Embedder:
        embedder = self.open_embedder(space.spec)
        check_space(embedder, space)
        return embedder

    def _assigning(self, space: EmbeddingSpace) -> Assigning:
        def told(done: int, total: int | None, word: str) -> None:
            self.progress(Progress(Stage.ASSIGN, done, total, word))

        stop = self.stop or StopRequest()
        return Assigning(
            self.catalogue,
            self.gallery_id,
            space,
            lambda: self._opened(space),
            progress=told,
            leave_if_asked=stop.leave_if_asked,
        )
