"""Learning from what people decided: teach a head, draw lines, take either back.

    learning = Learning(catalogue, gallery_id, space, open_embedder)
    lesson = learning.teach(stored)         # looked at before it is used
    learning.keep(stored, lesson)

Nothing is embedded but class names that are new, and nothing is written before `keep`. Guesses
follow when the taxonomy is assigned the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from search.categories.asking import Asking
from search.categories.calibration import Calibration, Rejected, calibrate
from search.categories.calibration_apart import calibrate_apart
from search.categories.heads import FittedHead, fit_head
from search.categories.heads_apart import FittedApart, fit_heads_apart
from search.categories.labels import Labels, labels_of, logits_of
from search.categories.learnt import Learnt, digest_of_head, learnt
from search.categories.linear_head import HeadReport, LinearHead
from search.categories.scorers import open_prototypes
from search.categories.scoring import LinearScores
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Mode
from search.domain.arrays import FloatMatrix
from search.domain.category import ModelKind
from search.domain.space import EmbeddingSpace
from search.errors import UsageError
from search.filters.ast import And
from search.ports.catalogue import Catalogue, Snapshot
from search.ports.embedder import Embedder

N_BACKGROUND = 1_000
"""Items that nobody spoke about, taken as not of any class where classes are judged apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A head that can be kept, what it does on unseen labels, and the lines that go with it."""

    head: LinearHead
    report: HeadReport
    calibration: Calibration | None = None


@dataclass(frozen=True)
class Learning:
    """Learns for one gallery's taxonomies in one space.

    Args:
        open_embedder: loads the space's model; called only where class names are new to it.
    """

    catalogue: Catalogue
    gallery_id: int
    space: EmbeddingSpace
    open_embedder: Callable[[], Embedder]

    def teach(self, stored: StoredTaxonomy) -> Lesson:
        """Train a head on all that people decided; lines are drawn anew where there are some.

        Raises:
            UsageError: nothing was decided that a head could be trained on.
        """
        seen = self._look(stored)
        if seen.asking.mode is Mode.MULTI:
            apart = seen.fit_apart()
            lines = Calibration(1.0, apart.lines, None, None, apart.report.n_labels)
            return Lesson(apart.head, apart.report, _belonging(lines, apart.head))
        fitted = seen.fit()
        before = seen.known.fitted_calibration()
        found = None
        if before is not None and fitted.kept_out is not None:
            found = seen.calibrate_head(fitted, before.wanted_precision)
        return Lesson(fitted.head, fitted.report, found)

    def calibrate(
        self, stored: StoredTaxonomy, *, wanted_precision: float | None = None
    ) -> Calibration:
        """Temperature and lines, of the head's scores where the taxonomy has been taught.

        Raises:
            UsageError: nothing was decided, or a wanted precision outside (0, 1].
        """
        seen = self._look(stored)
        head = seen.known.linear_head()
        if seen.asking.mode is Mode.MULTI:
            logits = seen.zero_shot if head is None else seen.fit_apart().kept_out[: len(seen)]
            names = seen.asking.class_names[: seen.asking.n_own]
            found = calibrate_apart(
                logits, seen.labels.said, names, wanted_precision=wanted_precision
            )
            return found if head is None else replace(found, head=seen.known.head_digest)
        if head is None:
            return seen.calibrate(wanted_precision)
        fitted = seen.fit()
        if fitted.kept_out is None:
            raise UsageError(
                "Too few labels to calibrate what was taught.",
                hint="Label two or more items of each category.",
            )
        found = seen.calibrate_head(fitted, wanted_precision)
        return replace(found, head=seen.known.head_digest)

    def keep(self, stored: StoredTaxonomy, lesson: Lesson) -> None:
        """Have the head, and its lines, count from now on."""
        with self.catalogue.writing(self.gallery_id) as work:
            work.add_category_model(
                stored.id,
                self.space.id,
                ModelKind.HEAD,
                payload=lesson.head.to_bytes(),
                report=lesson.report.to_json(),
            )
            if lesson.calibration is not None:
                self._add(work.add_category_model, stored, lesson.calibration)
            work.commit()

    def keep_calibration(self, stored: StoredTaxonomy, found: Calibration) -> None:
        """Have the calibration count from now on."""
        with self.catalogue.writing(self.gallery_id) as work:
            self._add(work.add_category_model, stored, found)
            work.commit()

    def undo_head(self, stored: StoredTaxonomy) -> None:
        """Take back the head that counts, with the lines that belong to it.

        Raises:
            NotFoundError: there is none.
        """
        with self.catalogue.reading() as snapshot:
            known = learnt(snapshot, stored, self.space)
        with self.catalogue.writing(self.gallery_id) as work:
            work.undo_category_model(stored.id, self.space.id, ModelKind.HEAD)
            if known.fitted_calibration() is not None:
                work.undo_category_model(stored.id, self.space.id, ModelKind.CALIBRATION)
            work.commit()

    def undo_calibration(self, stored: StoredTaxonomy) -> None:
        """Take back the calibration that counts; raises NotFoundError where there is none."""
        with self.catalogue.writing(self.gallery_id) as work:
            work.undo_category_model(stored.id, self.space.id, ModelKind.CALIBRATION)
            work.commit()

    def _add(self, add: Callable[..., None], stored: StoredTaxonomy, found: Calibration) -> None:
        payload = found.to_json()
        add(
            stored.id,
            self.space.id,
            ModelKind.CALIBRATION,
            payload=payload.encode(),
            report=payload,
        )

    def _look(self, stored: StoredTaxonomy) -> _Seen:
        asking = Asking.of(stored.taxonomy)
        with self.catalogue.reading() as snapshot:
            known = learnt(snapshot, stored, self.space)
            decisions = snapshot.decisions(stored.id)
            ids = sorted({one.item_id for one in decisions})
            rows = snapshot.item_rows(self.gallery_id, self.space.id, ids)
            labels = labels_of(asking, decisions, rows)
            others = np.empty((0, self.space.dim), np.float32)
            if asking.mode is Mode.MULTI:
                others = self._others(snapshot, ids)
        if not labels.said.any():
            raise UsageError(
                f"Nobody has accepted or rejected a category of {stored.name} yet.",
                hint="Decide about some items first, with `sightline categories review` or in "
                "the page.",
            )
        kept = open_prototypes(self.catalogue, stored, self.space, self.open_embedder)
        return _Seen(asking, LinearScores.zero_shot(kept), known, labels, others)

    def _others(self, snapshot: Snapshot, decided: list[int]) -> FloatMatrix:
        """Vectors of items spread over the gallery about which nobody has said anything."""
        ids = np.setdiff1d(snapshot.matching_items(self.gallery_id, And(())), decided)
        ids = ids[:: max(1, -(-len(ids) // N_BACKGROUND))]
        rows = snapshot.item_rows(self.gallery_id, self.space.id, ids.tolist())
        _, first = np.unique(rows.item_ids, return_index=True)
        return rows.vectors[first].astype(np.float32)


@dataclass(frozen=True)
class _Seen:
    """What there is to learn from, and the scores before anything was learnt.

    Attributes:
        others: float32, (n, dim): items that count as not of any class.
    """

    asking: Asking
    scores: LinearScores
    known: Learnt
    labels: Labels
    others: FloatMatrix

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def zero_shot(self) -> np.ndarray:
        return logits_of(self.asking, self.scores, self.labels.vectors)

    def fit(self) -> FittedHead:
        rows, columns = self.labels.one_each
        return fit_head(
            self.labels.vectors[rows], columns, self.zero_shot[rows], self.asking.class_names
        )

    def fit_apart(self) -> FittedApart:
        vectors = np.concatenate([self.labels.vectors, self.others])
        said = np.zeros((len(vectors), self.asking.n_own), np.int8)
        said[: len(self)] = self.labels.said
        names = self.asking.class_names[: self.asking.n_own]
        return fit_heads_apart(vectors, said, logits_of(self.asking, self.scores, vectors), names)

    def calibrate(self, wanted_precision: float | None) -> Calibration:
        """Of the model's own scores."""
        rows, columns = self.labels.one_each
        return self._drawn(self.zero_shot[rows], columns, self.scores, wanted_precision)

    def calibrate_head(self, fitted: FittedHead, wanted_precision: float | None) -> Calibration:
        """Of a head's scores: each item's by a head that has not seen it."""
        _, columns = self.labels.one_each
        logits = (
            np.empty((0, self.asking.n_classes)) if fitted.kept_out is None else fitted.kept_out
        )
        scores = fitted.head.folded(self.asking, self.scores)
        found = self._drawn(logits, columns[fitted.checked], scores, wanted_precision)
        return _belonging(found, fitted.head)

    def _drawn(
        self,
        logits: np.ndarray,
        columns: np.ndarray,
        scores: LinearScores,
        wanted_precision: float | None,
    ) -> Calibration:
        asking, labels = self.asking, self.labels
        others = labels.only_rejected
        rejected = Rejected(
            logits_of(asking, scores, labels.vectors[others]), labels.said[others] == -1
        )
        return calibrate(
            logits,
            columns,
            asking.class_names[: asking.n_own],
            wanted_precision=wanted_precision,
            rejected=rejected if len(others) else None,
            also=_groups(asking),
        )


def _groups(asking: Asking) -> Mapping[str, list[int]]:
    """The classes of each category that only holds others together, by path."""
    classes = set(asking.class_node.tolist())
    return {
        path: list(range(int(asking.first[node]), int(asking.end[node])))
        for node, path in enumerate(asking.paths)
        if node not in classes
    }


def _belonging(found: Calibration, head: LinearHead) -> Calibration:
    return replace(found, head=digest_of_head(head.to_bytes()))
