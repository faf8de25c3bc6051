"""Assigns categories to every item that changed since they were last assigned.

One loop serves new photos, a new version of a taxonomy, something newly learnt, and a space in the
making: whatever guesses are made from is written down with them, and where it differs they are
made again from the first revision on. Memory holds a few blocks of embeddings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from search.ahead import ahead
from search.categories.asking import Asking, make_prototypes
from search.categories.comparing import Comparison, Reassigned, compare
from search.categories.learnt import Learnt, learnt, made_from
from search.categories.scoring import LinearScores, Scorer
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Mode, Taxonomy
from search.domain.arrays import IdArray
from search.domain.category import Coverage, Decision, GuessRows, Prototypes, Verdict
from search.domain.space import EmbeddingSpace
from search.ports.catalogue import Catalogue, Snapshot
from search.ports.embedder import Embedder

BLOCK_ROWS = 16_384
MOST_EXAMPLES = 200

Progress = Callable[[int, int | None, str], None]
"""Called with how many are done, how many there are (None: not known), and a word on it."""


def no_progress(done: int, total: int | None, word: str) -> None:
    """The listener of those who do not look."""


def never() -> None:
    """The stop of those who do not stop."""


@dataclass(frozen=True, slots=True)
class Change:
    """An item whose categories in one taxonomy are, or would be, others."""

    item_id: int
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(slots=True)
class AssignReport:
    """What assigning one taxonomy did, or with a dry run would do.

    Attributes:
        n_items: items looked at.
        n_assigned: those of them with a category afterwards, people's decisions aside.
        n_changed: items whose categories are others now.
        moves: how often one list of categories took the place of another.
        examples: some of the changed items, the first ones.
        up_to_date: there was nothing to look at.
    """

    taxonomy: str
    space: str
    n_items: int = 0
    n_assigned: int = 0
    n_changed: int = 0
    moves: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=Counter)
    examples: list[Change] = field(default_factory=list)
    up_to_date: bool = False


@dataclass(frozen=True, slots=True)
class _Stored:
    """A block's guesses, what differed, and the gallery's revision after it was written."""

    items: IdArray
    new: GuessRows
    comparison: Comparison
    revision: int


@dataclass(frozen=True)
class Assigning:
    """Assigns one gallery's taxonomies in one space.

    Args:
        open_embedder: loads the space's model; called only where class names are new to it.
        leave_if_asked: called between two commits; raises where the run should end.
    """

    catalogue: Catalogue
    gallery_id: int
    space: EmbeddingSpace
    open_embedder: Callable[[], Embedder]
    progress: Progress = no_progress
    leave_if_asked: Callable[[], None] = never
    block_rows: int = BLOCK_ROWS

    def assign(self, stored: StoredTaxonomy) -> AssignReport:
        """Bring a taxonomy's guesses up to date.

        Raises:
            ConflictError: the taxonomy was changed meanwhile.
            ModelError: class names are new and the model cannot be had.
        """
        known = self._learnt(stored)
        with self.catalogue.writing(self.gallery_id) as work:
            coverage = work.begin_guessing(stored.id, self.space.id, made_from(stored, known))
            work.commit()
        report = AssignReport(stored.name, self.space.id)
        with self.catalogue.reading() as snapshot:
            revision = snapshot.gallery_by_id(self.gallery_id).revision
            if coverage.revision >= revision:
                report.up_to_date = True
                return report
            has_rows = next(
                snapshot.changed_rows(self.gallery_id, self.space.id, coverage.revision, 1), None
            )
        if has_rows is None:
            self._finish(coverage, revision)
            report.up_to_date = True
            return report
        scorer = self._scorer(stored.taxonomy, known, coverage)
        self._write(stored, scorer, coverage, report)
        return report

    def foresee(self, taxonomy: Taxonomy, stored: StoredTaxonomy | None) -> AssignReport:
        """What assigning this version would change; nothing is written.

        Args:
            stored: the taxonomy as it is kept now, None where it is new.
        """
        known = None if stored is None else self._learnt(stored)
        coverage = None
        if stored is not None:
            with self.catalogue.reading() as snapshot:
                coverage = snapshot.coverage(stored.id, self.space.id)
        scorer = self._scorer(taxonomy, known, coverage)
        report = AssignReport(taxonomy.name, self.space.id)
        names = _Names(taxonomy, stored)
        with self.catalogue.reading() as snapshot:
            total = snapshot.counts(self.gallery_id).embedded
            said = [] if stored is None else snapshot.decisions(stored.id)
            tally = _Tally(report, names, said, single=taxonomy.mode is Mode.SINGLE)
            done = 0
            for block in snapshot.changed_rows(self.gallery_id, self.space.id, 0, self.block_rows):
                new = scorer.guesses(block.item_ids, block.vectors, names.node_ids)
                items = np.unique(block.item_ids)
                old = names.no_rows if coverage is None else _of(snapshot, coverage, items)
                tally.count(items, new, compare(items, old, new))
                done += len(block)
                self.progress(done, total, f"Trying {taxonomy.name}")
        return report

    def _learnt(self, stored: StoredTaxonomy) -> Learnt:
        with self.catalogue.reading() as snapshot:
            return learnt(snapshot, stored, self.space)

    def _scorer(
        self, taxonomy: Taxonomy, known: Learnt | None, coverage: Coverage | None
    ) -> Scorer:
        asking = Asking.of(taxonomy)
        prototypes = self._prototypes(asking, coverage)
        scores = LinearScores.zero_shot(prototypes)
        if known is not None:
            asking, scores = known.applied(asking, scores)
        return Scorer(asking, scores)

    def _prototypes(self, asking: Asking, coverage: Coverage | None) -> Prototypes:
        """The kept ones where they are of these class names, else new ones, kept."""
        if coverage is not None:
            with self.catalogue.reading() as snapshot:
                kept = snapshot.prototypes(coverage)
            if kept is not None and kept.digest == asking.digest:
                return kept
        made = make_prototypes(
            asking,
            self.open_embedder(),
            lambda done, total: self.progress(done, total, "Reading class names"),
        )
        if coverage is not None:
            with self.catalogue.writing(self.gallery_id) as work:
                work.keep_prototypes(coverage, made)
                work.commit()
        return made

    def _write(
        self, stored: StoredTaxonomy, scorer: Scorer, coverage: Coverage, report: AssignReport
    ) -> None:
        names = _Names(stored.taxonomy, stored)
        with self.catalogue.reading() as snapshot:
            revision = seen = snapshot.gallery_by_id(self.gallery_id).revision
            total = snapshot.counts(self.gallery_id).embedded if not coverage.revision else None
            said = snapshot.decisions(stored.id)
            tally = _Tally(report, names, said, single=stored.taxonomy.mode is Mode.SINGLE)
            done = 0
            waiting: Future[_Stored] | None = None
            # One block is written and one is read while another is scored; by a single thread, for
            # two that handle rows one by one would wait for each other at every row.
            changed = snapshot.changed_rows(
                self.gallery_id, self.space.id, coverage.revision, self.block_rows
            )
            with (
                ThreadPoolExecutor(1, "sightline-assign") as other,
                closing(ahead(changed, other)) as blocks,
            ):
                for block in blocks:
                    self.leave_if_asked()
                    new = scorer.guesses(block.item_ids, block.vectors, names.node_ids)
                    if waiting is not None:
                        revision, seen = tally.stored(waiting.result(), revision, seen)
                    waiting = other.submit(self._store, coverage, np.unique(block.item_ids), new)
                    done += len(block)
                    self.progress(done, total, f"Assigning {stored.name}")
                if waiting is not None:
                    revision, seen = tally.stored(waiting.result(), revision, seen)
        self._finish(coverage, revision)

    def _store(self, coverage: Coverage, items: IdArray, new: GuessRows) -> _Stored:
        """Replace what differs."""
        with self.catalogue.reading() as snapshot:
            old = _of(snapshot, coverage, items)
        comparison = compare(items, old, new)
        differing = comparison.differing
        with self.catalogue.writing(self.gallery_id) as work:
            changed = new.taken(np.isin(new.item_ids, differing))
            work.store_guesses(coverage, differing, changed)
            return _Stored(items, new, comparison, work.commit())

    def _finish(self, coverage: Coverage, revision: int) -> None:
        with self.catalogue.writing(self.gallery_id) as work:
            work.finish_guessing(coverage, revision)
            work.commit()


def _of(snapshot: Snapshot, coverage: Coverage, items: IdArray) -> GuessRows:
    """The stored guesses of these items."""
    old = snapshot.guesses(coverage.id, int(items[0]), int(items[-1]))
    return old.taken(np.isin(old.item_ids, items))


class _Names:
    """Category ids for a taxonomy's nodes, made up for those that are not stored, and back."""

    def __init__(self, taxonomy: Taxonomy, stored: StoredTaxonomy | None) -> None:
        known = {} if stored is None else dict(stored.category_ids)
        self.path_of = {category_id: path for path, category_id in known.items()}
        next_id = max(known.values(), default=0) + 1
        ids = []
        for path in taxonomy.paths():
            if path not in known:
                known[path], next_id = next_id, next_id + 1
            ids.append(known[path])
            self.path_of[known[path]] = path
        self.node_ids: IdArray = np.array(ids, np.int64)
        nothing = np.empty(0, np.int64)
        self.no_rows = GuessRows(nothing, nothing, np.empty(0, np.float32), np.empty(0, bool))


class _Tally:
    """Adds blocks up to a report; people's decisions are put over the guesses first."""

    def __init__(
        self, report: AssignReport, names: _Names, said: Sequence[Decision], *, single: bool
    ) -> None:
        self._report = report
        self._names = names
        self._single = single
        self._accepted: dict[int, set[str]] = {}
        self._rejected: dict[int, set[str]] = {}
        for one in said:
            kept = self._accepted if one.verdict is Verdict.ACCEPT else self._rejected
            kept.setdefault(one.item_id, set()).add(one.path)
        self._spoken_of = np.array(sorted({one.item_id for one in said}), np.int64)

    def stored(self, block: _Stored, revision: int, seen: int) -> tuple[int, int]:
        """Count a block; returns up to which revision guesses are made, and the last one seen.

        What others commit meanwhile has to be looked at next time.
        """
        self.count(block.items, block.new, block.comparison)
        own = seen + bool(len(block.comparison.differing))
        alone = revision == seen and block.revision == own
        return (block.revision if alone else revision), block.revision

    def count(self, items: IdArray, new: GuessRows, comparison: Comparison) -> None:
        report = self._report
        report.n_items += len(items)
        report.n_assigned += len(np.unique(new.item_ids[new.assigned]))
        found = comparison.reassigned()
        if not len(found.items):
            return
        plain = found.simple() & ~np.isin(found.items, self._spoken_of)
        self._count_plain(found, plain)
        for item_id, before, after in found.lists(~plain):
            old, now = self._effective(item_id, before), self._effective(item_id, after)
            if old != now:
                self._add(old, now, 1)
                self._show(Change(item_id, old, now))

    def _count_plain(self, found: Reassigned, plain: npt.NDArray[np.bool_]) -> None:
        """Items about which nobody has said anything: one number for each kind of change."""
        old, new = (ids[plain] for ids in found.pairs())
        width = 1 + int(max(old.max(initial=0), new.max(initial=0)))
        kinds, counts = np.unique(old * width + new, return_counts=True)
        for kind, n in zip(kinds.tolist(), counts.tolist(), strict=True):
            self._add(self._paths([kind // width]), self._paths([kind % width]), n)
        few = np.flatnonzero(plain)[: MOST_EXAMPLES - len(self._report.examples)]
        which = np.zeros(len(plain), bool)
        which[few] = True
        for item_id, before, after in found.lists(which):
            self._show(Change(item_id, self._paths(before), self._paths(after)))

    def _add(self, old: tuple[str, ...], new: tuple[str, ...], n: int) -> None:
        self._report.n_changed += n
        self._report.moves[old, new] += n

    def _show(self, change: Change) -> None:
        if len(self._report.examples) < MOST_EXAMPLES:
            self._report.examples.append(change)

    def _paths(self, category_ids: Sequence[int]) -> tuple[str, ...]:
        return tuple(sorted({self._names.path_of.get(one, "") for one in category_ids} - {""}))

    def _effective(self, item_id: int, category_ids: Sequence[int]) -> tuple[str, ...]:
        accepted = self._accepted.get(item_id, set())
        if self._single and accepted:
            return tuple(sorted(accepted))
        rejected = self._rejected.get(item_id, set())
        paths = self._paths(category_ids)
        kept = {path for path in paths if not _is_rejected(path, rejected)}
        return tuple(sorted(kept | accepted))


def _is_rejected(path: str, rejected: set[str]) -> bool:
    return any(path == one or path.startswith(one + "/") for one in rejected)
