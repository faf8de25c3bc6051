"""Bring a gallery up to date with its files: scan, plan, read, embed, commit, settle, fold.

Whatever a crash interrupts, the next run finds again: a photo and its embedding are committed
together, and absences are settled last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.categorising import Categoriser
from indexer.embedding import EmbedderOpener, SpaceEmbedder
from indexer.filling import SpaceFiller
from indexer.folding import fold_if_due
from indexer.foresight import foresee
from indexer.gallery import active_space, check_model, first_space, gallery_or_none, make_gallery
from indexer.pipeline import Pipeline
from indexer.plan import Reading
from indexer.report import IndexReport, ProgressListener, Stage, ignore_progress
from indexer.scanning import KnownFiles, Scanned, scan
from indexer.settling import settle_missing, settle_moves
from indexer.stopping import StopRequest, stopping_on_signals
from indexer.storing import Storer
from indexer.targets import Scope, resolve_targets
from indexer.workshop import PoolOpener, Workshop, opener_from
from search.domain.gallery import Gallery
from search.domain.indexing import FailedPicture, FileSlot, FileStamp, Root
from search.domain.space import EmbeddingSpace
from search.errors import ConfirmationNeededError, ConflictError, ModelError
from search.ports.catalogue import Catalogue
from search.settings import Settings


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """How a run is to go.

    Attributes:
        model: spec for a gallery's first run; later it must name the space the gallery has.
        exclude: patterns of paths not to look at, as in an ignore file.
        rehash: read every file again, whatever its size and time say.
        confirm_missing: mark files missing even where that looks like an unmounted disk.
        fold: build a generation at the end where it is due.
    """

    model: str | None = None
    dry_run: bool = False
    exclude: tuple[str, ...] = ()
    rehash: bool = False
    confirm_missing: bool = False
    fold: bool = True


def index(
    settings: Settings,
    catalogue: Catalogue,
    targets: Sequence[str | Path],
    *,
    gallery_name: str = "default",
    options: IndexOptions | None = None,
    progress: ProgressListener = ignore_progress,
    open_embedder: EmbedderOpener | None = None,
    lend_pool: PoolOpener | None = None,
    stop: StopRequest | None = None,
) -> IndexReport:
    """Add or refresh what lies at the targets, in a gallery that is made if it is new.

    Args:
        open_embedder: opens a model by its spec; by default as the settings say.
        lend_pool: lends decoding processes that outlive the run; by default it starts its own.
        stop: asks the run to end after what it is committing; signals do so by themselves.
    Returns:
        What was done. Files that could not be read are in it; they stop nothing.
    Raises:
        NotFoundError: a target that is neither there nor known.
        ConflictError: the gallery has another model than the one asked for, or its weights have
            changed; nothing is embedded.
        ConfirmationNeededError: files are gone in a way that looks like an accident; everything
            else is done, and the error's `report` says what.
        KeyboardInterrupt: the run was asked to stop; all that was committed stays.
    """
    shop = Workshop(
        settings,
        catalogue,
        open_embedder or opener_from(settings),
        progress,
        stop or StopRequest(),
        lend_pool=lend_pool,
    )
    with stopping_on_signals(shop.stop):
        report = _Run(shop, gallery_name, options or IndexOptions()).go(targets)
    if report.refusals and not report.dry_run:
        raise ConfirmationNeededError(
            " ".join(report.refusals),
            hint="If they are gone for good, run again with --confirm-missing.",
            report=report,
        )
    return report


class _Run:
    """One run over some targets; made for one use."""

    def __init__(self, shop: Workshop, gallery_name: str, options: IndexOptions) -> None:
        self._shop = shop
        self._catalogue = shop.catalogue
        self._gallery_name = gallery_name
        self._options = options
        self._tally = shop.tally

    def go(self, targets: Sequence[str | Path]) -> IndexReport:
        gallery = gallery_or_none(self._catalogue, self._gallery_name)
        space = None if gallery is None else active_space(self._catalogue, gallery.id)
        check_model(space, self._options.model)
        resolved = resolve_targets(targets, self._roots(gallery))
        scopes = resolved.scopes
        for line in resolved.not_there:
            self._tally.fail(line.path, line.reason)
        if self._options.dry_run:
            scans = self._scan(scopes, gallery)
            foresee(scans, self._tally, confirmed=self._options.confirm_missing)
            space_id = None if space is None else space.id
            return self._tally.report(dry_run=True, space=space_id, revision=None)
        if gallery is None:
            gallery = make_gallery(self._catalogue, self._gallery_name)
        scans = self._scan(scopes, gallery)
        self._store_what_was_seen(gallery, scans)
        readings = [reading for scanned in scans for reading in scanned.plan.readings]
        moved_ids: frozenset[int] = frozenset()
        if readings or (space is None and self._options.model is not None):
            with self._shop.stop.at_once():
                embedder = self._embedder(gallery, space)
            space = embedder.space
            moved_ids = self._work_off(gallery, scans, readings, embedder)
        self._remember_containers(gallery, scans)
        self._settle_missing(gallery, scans, moved_ids)
        if space is not None:
            self._bring_up_to_date(gallery)
        with self._catalogue.reading() as snapshot:
            revision = snapshot.gallery_by_id(gallery.id).revision
        space_id = None if space is None else space.id
        return self._tally.report(dry_run=False, space=space_id, revision=revision)

    def _roots(self, gallery: Gallery | None) -> list[Root]:
        if gallery is None:
            return []
        with self._catalogue.reading() as snapshot:
            return list(snapshot.roots(gallery.id))

    def _scan(self, scopes: Sequence[Scope], gallery: Gallery | None) -> list[Scanned]:
        roots = {root.path: root for root in self._roots(gallery)}
        known = KnownFiles(self._catalogue, scopes)
        scans = []
        with self._tally.clock(Stage.SCAN):
            for scope in scopes:
                root = roots.get(scope.root_path)
                if root is None and gallery is not None and not self._options.dry_run:
                    root = roots[scope.root_path] = self._record_root(gallery, scope)
                scans.append(
                    scan(
                        known,
                        scope,
                        root,
                        exclude=self._options.exclude,
                        rehash=self._options.rehash,
                        progress=self._shop.progress,
                        stop=self._shop.stop,
                    )
                )
        for scanned in scans:
            self._tally.unchanged += scanned.plan.n_unchanged
            self._tally.skipped += scanned.plan.n_failed_before
        return scans

    def _record_root(self, gallery: Gallery, scope: Scope) -> Root:
        """The root, made or with the device that it lies on now."""
        device = Path(scope.root_path).stat().st_dev
        with self._catalogue.writing(gallery.id) as work:
            root = work.root(scope.root_path, scope.kind, device)
            work.commit()
        return root

    def _store_what_was_seen(self, gallery: Gallery, scans: Sequence[Scanned]) -> None:
        """Missing files that are back, and places that could not be looked at."""
        for scanned in scans:
            returned, failures = scanned.plan.returned, _unreadable(scanned)
            for failure in failures:
                self._tally.fail(scanned.uri(failure.slot.path), failure.reason)
            self._tally.returned += len(returned)
            if not failures and not returned:
                continue
            with self._tally.clock(Stage.STORE), self._catalogue.writing(gallery.id) as work:
                if returned:
                    work.mark_found(returned)
                if failures:
                    work.store_failures(failures)
                work.commit()

    def _embedder(self, gallery: Gallery, space: EmbeddingSpace | None) -> SpaceEmbedder:
        """The gallery's space, made by its first run; the model is loaded when it is needed."""
        open_embedder = self._shop.open_embedder
        if space is None:
            spec = self._options.model or self._shop.settings.model
            with self._tally.clock(Stage.LOAD):
                loaded = first_space(self._catalogue, gallery, spec, open_embedder)
            return SpaceEmbedder(self._catalogue, loaded.space, lambda _: loaded)
        return SpaceEmbedder(self._catalogue, space, open_embedder)

    def _work_off(
        self,
        gallery: Gallery,
        scans: Sequence[Scanned],
        readings: Sequence[Reading],
        embedder: SpaceEmbedder,
    ) -> frozenset[int]:
        """The pipeline, twice: what the scans ask for, then what turned out to be known.

        Returns the files that have moved.
        """
        if not readings:
            return frozenset()
        storer = Storer(
            self._catalogue,
            gallery.id,
            self._roots(gallery),
            embedder,
            self._tally,
            self._shop.progress,
        )
        shop = self._shop
        with shop.open_pool(embedder.space.preprocessing, len(readings)) as pool:
            pipeline = Pipeline(
                pool, embedder, batch_size=shop.new_batch_size(), tally=shop.tally, stop=shop.stop
            )
            pipeline.run(storer.tasks(readings), storer.commit)
            settled = settle_moves(self._catalogue, gallery.id, scans, storer.arrivals, self._tally)
            pipeline.run(storer.tasks_again([*settled.copies, *storer.refreshed]), storer.commit)
        return settled.moved_ids

    def _remember_containers(self, gallery: Gallery, scans: Sequence[Scanned]) -> None:
        """Archives whose members are all stored need not be opened again while they stay."""
        for scanned in scans:
            if scanned.plan.containers:
                with self._catalogue.writing(gallery.id) as work:
                    work.store_containers(scanned.plan.root_id, scanned.plan.containers)
                    work.commit()

    def _settle_missing(
        self, gallery: Gallery, scans: Sequence[Scanned], moved_ids: frozenset[int]
    ) -> None:
        self._shop.stop.leave_if_asked()
        trusted = settle_missing(
            self._catalogue,
            gallery.id,
            scans,
            moved_ids,
            self._tally,
            confirmed=self._options.confirm_missing,
        )
        for scanned in trusted:
            if scanned.other_device:
                self._record_root(gallery, scanned.scope)

    def _bring_up_to_date(self, gallery: Gallery) -> None:
        """What other ways in have left without embedding, and generations that are due."""
        with self._catalogue.reading() as snapshot:
            active_id = snapshot.gallery_by_id(gallery.id).active_space_id
            wanted = [s for s in snapshot.spaces(gallery.id) if s.wanted]
        for space in [each.space for each in wanted]:
            self._shop.stop.leave_if_asked()
            try:
                self._fill(gallery, space)
            except (ModelError, ConflictError) as error:
                if space.id == active_id:
                    raise
                self._tally.notes.append(f"{space.spec}: {error.message}")
        self._categorise(gallery)
        if self._options.fold:
            self._shop.stop.leave_if_asked()
            with self._tally.clock(Stage.FOLD):
                for each in wanted:
                    # Opening a generation loads FAISS, which an idle run can do without.
                    if each.generation_id is None or self._tally.has_changes:
                        fold_if_due(self._shop.settings, self._catalogue, gallery.id, each.space.id)

    def _categorise(self, gallery: Gallery) -> None:
        """New items get categories; that failing is a remark, since the next run goes on."""
        shop = self._shop
        categoriser = Categoriser(
            self._catalogue, gallery.id, shop.open_embedder, shop.progress, shop.stop
        )
        try:
            with self._tally.clock(Stage.ASSIGN):
                categoriser.assign()
        except (ModelError, ConflictError) as error:
            self._tally.notes.append(f"Categories: {error.message}")

    def _fill(self, gallery: Gallery, space: EmbeddingSpace) -> None:
        embedder = SpaceEmbedder(self._catalogue, space, self._shop.open_embedder)
        filled = SpaceFiller(self._shop, gallery.id, embedder).fill()
        for file in filled.unreadable:
            self._tally.fail(file.uri, file.reason)


def _unreadable(scanned: Scanned) -> list[FailedPicture]:
    stamp = FileStamp(0, 0)
    return [
        FailedPicture(FileSlot(scanned.plan.root_id, e.path, e.path), stamp, e.reason)
        for e in scanned.plan.unreadable
    ]
