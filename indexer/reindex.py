"""Generations built again, and a gallery's model switched without a pause, and back.

Switching is blue/green: the new space is filled while the old one serves; one statement flips,
one flips back. What is in SQL is never embedded twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from indexer.categorising import Categoriser
from indexer.embedding import EmbedderOpener, SpaceEmbedder
from indexer.filling import SpaceFiller
from indexer.folding import fold
from indexer.overlap import overlap_at_10
from indexer.report import ProgressListener, Stage, ignore_progress
from indexer.stopping import StopRequest, stopping_on_signals
from indexer.workshop import PoolOpener, Workshop, opener_from
from search.bootstrap import open_embedder, open_generation_store, open_index_builder
from search.domain.gallery import FailedFile, Gallery, GallerySpace, GenerationRow, WantedRecall
from search.domain.space import EmbeddingSpace
from search.errors import ConfirmationNeededError, ConflictError, NotFoundError
from search.ports.catalogue import Catalogue, Snapshot
from search.settings import Settings

Gate = Callable[[EmbeddingSpace], None]


@dataclass(frozen=True, slots=True)
class ReindexReport:
    """Where a space stands after a step.

    Attributes:
        n_views: live views of the gallery.
        n_unembedded: those of them without an embedding in this space.
        n_unfindable: those of them that the active space does find.
        unreadable: files that could not be read for it, and why.
        embedded, copied: embeddings computed and reused in this step.
        overlap_at_10: mean share of the ten nearest items in common with the active space;
            None where there is nothing to compare.
        generations: the generations built in this step.
        activated: searches use this space from now on.
    """

    space: str
    spec: str
    n_views: int = 0
    n_unembedded: int = 0
    n_unfindable: int = 0
    unreadable: tuple[FailedFile, ...] = ()
    embedded: int = 0
    copied: int = 0
    overlap_at_10: float | None = None
    generations: tuple[GenerationRow, ...] = ()
    activated: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def coverage(self) -> float:
        """Share of the live views that are embedded in the space, in [0, 1]."""
        return 1.0 if self.n_views == 0 else 1 - self.n_unembedded / self.n_views

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {**asdict(self), "coverage": self.coverage}


def rebuild(
    settings: Settings,
    catalogue: Catalogue,
    *,
    gallery_name: str = "default",
    full: bool = False,
    wanted: WantedRecall | None = None,
) -> ReindexReport:
    """Build the active space's generation again from the database, embedding nothing.

    Args:
        full: those of all of the gallery's spaces.
        wanted: what this build and all later ones are tuned to; stays as it is where not given.
            It is kept first, and stays kept where building fails.
    Raises:
        NotFoundError: no such gallery, or nothing was ever indexed in it.
        ConflictError: another process is building; it may not have read what is wanted now.
    """
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        active = _active(snapshot, gallery)
        spaces = snapshot.spaces(gallery.id) if full else [active]
    if wanted is not None:
        with catalogue.writing(gallery.id) as work:
            work.set_wanted_recall(wanted)
            work.commit()
    try:
        built = tuple(_build(settings, catalogue, gallery.id, space) for space in spaces)
    except ConflictError as refused:
        if wanted is None:
            raise
        raise ConflictError(
            f"{refused.message} Later builds are tuned as asked all the same.",
            hint="Run sightline reindex when the other one is done.",
        ) from refused
    return _standing(catalogue, gallery.id, active, generations=built)


def switch(
    settings: Settings,
    catalogue: Catalogue,
    model: str,
    *,
    gallery_name: str = "default",
    progress: ProgressListener = ignore_progress,
    open_embedder: EmbedderOpener | None = None,
    lend_pool: PoolOpener | None = None,
    stop: StopRequest | None = None,
) -> ReindexReport:
    """Embed every live view with another model and build its generation; searches stay as they are.

    What an earlier run has embedded stays; so it can be interrupted and run again.

    Raises:
        KeyboardInterrupt: the run was asked to stop; what was embedded stays.
    """
    opener = open_embedder or opener_from(settings)
    shop = Workshop(
        settings, catalogue, opener, progress, stop or StopRequest(), lend_pool=lend_pool
    )
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
    with stopping_on_signals(shop.stop):
        with shop.stop.at_once():
            loaded = opener(model)
        with catalogue.writing(gallery.id) as work:
            work.add_space(loaded.space)
            work.commit()
        embedder = SpaceEmbedder(catalogue, loaded.space, lambda _: loaded)
        filled = SpaceFiller(shop, gallery.id, embedder).fill()
        shop.stop.leave_if_asked()
        space = _space(catalogue, gallery.id, loaded.space.id)
        with shop.tally.clock(Stage.FOLD):
            built = _build(settings, catalogue, gallery.id, space)
    return _standing(
        catalogue,
        gallery.id,
        space,
        unreadable=tuple(filled.unreadable),
        embedded=shop.tally.embedded,
        copied=shop.tally.copied,
        generations=(built,),
        seconds=shop.tally.rounded_seconds(),
    )


def activate(
    catalogue: Catalogue,
    *,
    gallery_name: str = "default",
    model: str | None = None,
    allow_missing: int = 0,
    gate: Gate | None = None,
    open_embedder: EmbedderOpener = open_embedder,
    progress: ProgressListener = ignore_progress,
) -> ReindexReport:
    """Have searches use the space in the making from now on; the one before stays for rollback.

    Categories are assigned in it first.

    Args:
        model: the spec of the space; not needed where only one is in the making.
        allow_missing: how many views may become unfindable.
        gate: called with the space before anything is changed; what it raises stops the switch.
    Raises:
        NotFoundError: no such space is in the making.
        ConfirmationNeededError: more views than allowed would become unfindable.
    """
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        target = _in_the_making(snapshot, gallery, model)
    if gate is not None:
        gate(target.space)  # Searches, so it holds no lock of the gallery's.
    space_id = target.space.id
    Categoriser(catalogue, gallery.id, open_embedder, progress).assign(space=target.space)
    with catalogue.writing(gallery.id) as work:
        work.set_wanted(space_id, True)  # Locks the gallery, so that what is counted stays so.
        standing = _standing(catalogue, gallery.id, target)
        if standing.n_unfindable > allow_missing:
            n = standing.n_unfindable
            raise ConfirmationNeededError(
                f"{n} picture{'s' if n > 1 else ''} that can be found now could not be found any "
                f"more, having no embedding by {target.space.spec}.",
                hint=f"Run sightline reindex --model {target.space.spec} again; for files that "
                f"cannot be read any more, allow it with --allow-missing {n}.",
                report=standing,
            )
        former = gallery.active_space_id
        work.activate_space(space_id)
        if former is not None and former != space_id:
            work.set_wanted(former, False)
        work.commit()
    return _standing(catalogue, gallery.id, target, activated=True)


def rollback(
    catalogue: Catalogue,
    *,
    gallery_name: str = "default",
    open_embedder: EmbedderOpener = open_embedder,
) -> ReindexReport:
    """Have searches use the space before the last switch again; nothing is embedded.

    Its guesses of categories are still there; what a taxonomy has got since is made up first.

    Views that were added since the switch are counted as unfindable; the next index run or
    `reindex --model` embeds them.

    Raises:
        ConflictError: the model was never switched.
    """
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery(gallery_name)
        spaces = {space.space.id: space for space in snapshot.spaces(gallery.id)}
    target = spaces.get(gallery.previous_space_id or "")
    if target is None or gallery.active_space_id is None:
        raise ConflictError(
            f"The gallery {gallery.name} has had one model only, so there is none to go back to."
        )
    Categoriser(catalogue, gallery.id, open_embedder).assign(space=target.space)
    before = _standing(catalogue, gallery.id, target)
    with catalogue.writing(gallery.id) as work:
        work.set_wanted(target.space.id, True)
        work.activate_space(target.space.id)
        work.set_wanted(gallery.active_space_id, False)
        work.commit()
    return _standing(
        catalogue, gallery.id, target, n_unfindable=before.n_unfindable, activated=True
    )


def _build(
    settings: Settings, catalogue: Catalogue, gallery_id: int, space: GallerySpace
) -> GenerationRow:
    store, builder = open_generation_store(settings), open_index_builder(settings)
    row = fold(catalogue, store, builder, gallery_id, space.space.id)
    if row is None:
        raise ConflictError(
            "Another process is building this generation.", hint="Wait for it, or try again."
        )
    return row


def _standing(
    catalogue: Catalogue, gallery_id: int, space: GallerySpace, **known: Any
) -> ReindexReport:
    """What a space covers now, compared with the active one."""
    space_id = space.space.id
    with catalogue.reading() as snapshot:
        active_id = snapshot.gallery_by_id(gallery_id).active_space_id
        n_unembedded = snapshot.n_unembedded(gallery_id, space_id)
        n_views = snapshot.counts(gallery_id).views
        n_unfindable = 0
        if n_unembedded and active_id is not None and active_id != space_id:
            found = _view_ids(snapshot, gallery_id, active_id)
            n_unfindable = len(found - _view_ids(snapshot, gallery_id, space_id))
    overlap = None
    if active_id is not None and active_id != space_id:
        overlap = overlap_at_10(catalogue, gallery_id, (active_id, space_id))
    fields: dict[str, Any] = {
        "space": space_id,
        "spec": space.space.spec,
        "n_views": n_views,
        "n_unembedded": n_unembedded,
        "n_unfindable": n_unfindable,
        "overlap_at_10": overlap,
    }
    return ReindexReport(**(fields | known))


def _view_ids(snapshot: Snapshot, gallery_id: int, space_id: str) -> set[int]:
    ids: set[int] = set()
    for rows in snapshot.view_rows(gallery_id, space_id):
        ids.update(rows.view_ids.tolist())
    return ids


def _active(snapshot: Snapshot, gallery: Gallery) -> GallerySpace:
    for space in snapshot.spaces(gallery.id):
        if space.space.id == gallery.active_space_id:
            return space
    raise NotFoundError(
        f"Nothing has been indexed in the gallery {gallery.name} yet.",
        hint="Run sightline index PATH first.",
    )


def _space(catalogue: Catalogue, gallery_id: int, space_id: str) -> GallerySpace:
    with catalogue.reading() as snapshot:
        (space,) = [s for s in snapshot.spaces(gallery_id) if s.space.id == space_id]
    return space


def _in_the_making(snapshot: Snapshot, gallery: Gallery, model: str | None) -> GallerySpace:
    spaces: Sequence[GallerySpace] = snapshot.spaces(gallery.id)
    others = [s for s in spaces if s.space.id != gallery.active_space_id]
    if model is None:
        candidates = [s for s in others if s.wanted]
    else:
        candidates = [s for s in others if model in (s.space.spec, s.space.id)]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        raise NotFoundError(
            f"No {'other model' if model is None else model} is in the making for this gallery.",
            hint="Begin with: sightline reindex --model SPEC",
        )
    names = ", ".join(s.space.id for s in candidates)
    raise ConflictError(
        f"Several spaces are in the making: {names}.", hint="Name one of them with --model."
    )
