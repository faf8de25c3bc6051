"""What people said of a taxonomy's items, beside those items' embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.categories.asking import Asking
from search.categories.scoring import LinearScores, Scorer
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.category import Decision, Verdict
from search.domain.indexing import ViewRows

Said = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Labelled items that have an embedding.

    Attributes:
        item_ids: int64, (n,), ascending.
        vectors: float32, (n, dim): the mean of an item's views, so not of unit length.
        said: int8, (n, n_own): 1 is of the class, -1 is not, 0 nobody has said.
    """

    item_ids: IdArray
    vectors: FloatMatrix
    said: Said

    def __len__(self) -> int:
        return len(self.item_ids)

    @property
    def one_each(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
        """Rows of the items that are of exactly one class, and its column."""
        rows = np.flatnonzero((self.said == 1).sum(axis=1) == 1)
        return rows, (self.said[rows] == 1).argmax(axis=1).astype(np.int64)

    @property
    def only_rejected(self) -> npt.NDArray[np.intp]:
        """Rows of the items of which is only known what they are not."""
        return np.flatnonzero(~(self.said == 1).any(axis=1) & (self.said == -1).any(axis=1))


def labels_of(asking: Asking, decisions: Sequence[Decision], rows: ViewRows) -> Labels:
    """Decisions as a table over the classes that are asked about.

    Accepting a category that only holds others together says nothing of a class; rejecting it
    rejects all its classes.

    Args:
        rows: the embedded views of the items decided about, by item.
    """
    item_ids, first = np.unique(rows.item_ids, return_index=True)
    said = np.zeros((len(item_ids), asking.n_own), np.int8)
    row_of = {item: row for row, item in enumerate(item_ids.tolist())}
    node_of = {path: node for node, path in enumerate(asking.paths)}
    class_of = {node: column for column, node in enumerate(asking.class_node.tolist())}
    for one in decisions:
        row, node = row_of.get(one.item_id), node_of.get(one.path)
        if row is None or node is None:
            continue
        if one.verdict is Verdict.REJECT:
            said[row, asking.first[node] : asking.end[node]] = -1
    for one in decisions:
        row, node = row_of.get(one.item_id), node_of.get(one.path)
        if row is not None and node in class_of and one.verdict is Verdict.ACCEPT:
            said[row, class_of[node]] = 1
    return Labels(item_ids, _means(rows, first), said)


def _means(rows: ViewRows, first: IdArray) -> FloatMatrix:
    if not len(first):
        return rows.vectors.astype(np.float32)
    counts = np.diff(first, append=len(rows))[:, np.newaxis]
    sums = np.add.reduceat(rows.vectors.astype(np.float32), first, axis=0)
    return np.asarray(sums / counts, np.float32)


def logits_of(
    asking: Asking, scores: LinearScores, vectors: FloatMatrix
) -> npt.NDArray[np.float64]:
    """Logits of items from their mean vectors: float64, (n, n_classes); in mode multi
    (n, n_own)."""
    scorer = Scorer(asking, scores)
    n_wanted = scorer.n_columns
    found = np.empty((len(vectors), n_wanted))
    done = 0
    for items, logits in scorer.logits(np.arange(len(vectors)), vectors):
        found[done : done + len(items)] = logits[:, :n_wanted]
        done += len(items)
    return found
