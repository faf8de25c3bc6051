"""Categories for stored embeddings: one matrix product a block, then the few guesses that count.

An item's logits are the mean over its views (the maximum where it may have several categories).

single: softmax over all classes; the `other` words are one class that leads nowhere. A category's
    probability is the sum of its classes'. The likeliest class is assigned if it reaches its
    threshold and beats the others; failing that, the deepest category above that reaches its own.
multi: each class on its own: a sigmoid with the model's bias (SigLIP), or for softmax models the
    share the class has against the `other` words. Any number may reach their thresholds. What
    labels taught is put over these logits, class by class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from search.categories.asking import Asking
from search.categories.taxonomy import Mode
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.category import GuessRows, Prototypes

KEPT = 3
"""The likeliest classes that are kept of each item, besides what is assigned."""

LEAST_KEPT = 0.05
"""What is less likely is not kept."""

_CELLS_AT_ONCE = 2**21
"""Logits that are held at once: 8 MiB, which a processor's cache nearly takes."""

Chances = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Correction:
    """What labels make of classes that are judged each on its own:
    `factors * logits + vectors @ weights.T + offsets`.

    Attributes:
        factors, offsets: float32, (n_own,).
        weights: float32, (n_own, dim); None where nothing was taught.
    """

    factors: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.float32]
    weights: FloatMatrix | None = None


@dataclass(frozen=True, slots=True)
class LinearScores:
    """Classes as a linear map: logits are `vectors @ weights.T + bias`.

    Attributes:
        weights: float32, (n_classes, dim).
        bias: float32, (n_classes,).
        sigmoid: each class was trained to be judged on its own (SigLIP).
        correction: in mode multi only.
    """

    weights: FloatMatrix
    bias: npt.NDArray[np.float32]
    sigmoid: bool = False
    correction: Correction | None = None

    @classmethod
    def zero_shot(cls, prototypes: Prototypes) -> LinearScores:
        """The model's own scale and bias."""
        weights = np.ascontiguousarray(prototypes.vectors * np.float32(prototypes.logit_scale))
        bias = np.full(len(weights), prototypes.logit_bias or 0.0, np.float32)
        return cls(weights, bias, prototypes.logit_bias is not None)

    def cooled(self, temperature: float) -> LinearScores:
        """All logits divided by a temperature above 0."""
        by = np.float32(1 / temperature)
        return replace(self, weights=self.weights * by, bias=self.bias * by)


@dataclass(frozen=True)
class Scorer:
    """Guesses for blocks of views; memory is bounded whatever the block's size."""

    asking: Asking
    scores: LinearScores
    _turned: FloatMatrix = field(init=False)
    _taught: FloatMatrix | None = field(init=False)

    def __post_init__(self) -> None:
        correction = self.scores.correction
        taught = None
        if correction is not None and correction.weights is not None:
            taught = np.ascontiguousarray(correction.weights.T)
        object.__setattr__(self, "_turned", np.ascontiguousarray(self.scores.weights.T))
        object.__setattr__(self, "_taught", taught)

    def guesses(
        self, item_ids: IdArray, vectors: HalfMatrix | FloatMatrix, node_ids: IdArray
    ) -> GuessRows:
        """The guesses of whole items, by item then category id.

        Args:
            item_ids: int64, (n,), ascending: the item of each row; none goes on elsewhere.
            vectors: float16 or float32, (n, dim), unit rows; not written to.
            node_ids: int64, (n_nodes,): the category id of each node.
        """
        pick = self._single if self.asking.mode is Mode.SINGLE else self._multi
        found = []
        for items, logits in self.logits(item_ids, vectors):
            rows, nodes, likely, assigned = pick(logits)
            some = GuessRows(items[rows], node_ids[nodes], likely, assigned)
            found.append(some.taken(np.lexsort((some.category_ids, some.item_ids))))
        return joined(found)

    def blocks(
        self, item_ids: IdArray, vectors: HalfMatrix | FloatMatrix
    ) -> Iterator[tuple[IdArray, Chances]]:
        """Items, each once, and their probabilities, float32, (n_items, n_classes), in blocks.

        The array is used again for the next block.
        """
        for items, logits in self.logits(item_ids, vectors):
            single = self.asking.mode is Mode.SINGLE
            yield items, _softmax(logits) if single else _sigmoid(logits)

    @property
    def n_columns(self) -> int:
        """Columns that count: all classes compete, or those that lead to a category."""
        single = self.asking.mode is Mode.SINGLE
        return self.asking.n_classes if single else self.asking.n_own

    def logits(
        self, item_ids: IdArray, vectors: HalfMatrix | FloatMatrix
    ) -> Iterator[tuple[IdArray, Chances]]:
        """What `blocks` makes probabilities of, as it does; only the first `n_columns` count."""
        n_rows = max(64, _CELLS_AT_ONCE // max(1, self.asking.n_classes))
        for start, end in _whole_items(item_ids, n_rows):
            items, first = np.unique(item_ids[start:end], return_index=True)
            wide = vectors[start:end].astype(np.float32)
            yield items, self._item_logits(wide, None if len(items) == end - start else first)

    def _item_logits(self, vectors: FloatMatrix, first: IdArray | None) -> Chances:
        if self.asking.mode is Mode.SINGLE:
            if first is not None:  # The mean of logits is the logit of the mean.
                lengths = np.diff(first, append=len(vectors))[:, np.newaxis]
                vectors = (np.add.reduceat(vectors, first) / lengths).astype(np.float32)
            return self._logits(vectors)
        logits = self._logits(vectors)
        own, others = logits[:, : self.asking.n_own], logits[:, self.asking.n_own :]
        if not self.scores.sigmoid:
            own -= _log_sum(others)
        self._correct(own, vectors)
        return logits if first is None else np.maximum.reduceat(logits, first)

    def _correct(self, own: Chances, vectors: FloatMatrix) -> None:
        """In place."""
        correction = self.scores.correction
        if correction is not None:
            own *= correction.factors
            own += correction.offsets
        if self._taught is not None:
            own += vectors @ self._taught

    def _logits(self, vectors: FloatMatrix) -> Chances:
        logits: Chances = vectors @ self._turned
        if self.scores.bias.any():
            logits += self.scores.bias
        return logits

    def _single(self, logits: Chances) -> _Picked:
        """Passes over all classes are what takes the time, so probabilities are never made of all:
        powers are compared with what is kept, and only those few are divided by their total."""
        asking = self.asking
        powers, totals = _powers(logits)
        own = powers[:, : asking.n_own]
        others = powers[:, asking.n_own :].sum(axis=1) / totals
        likely_cells = np.flatnonzero(own >= (LEAST_KEPT * totals)[:, np.newaxis])
        rows, classes = np.divmod(likely_cells, own.shape[1])
        bare = np.setdiff1d(np.arange(len(own)), rows)
        if len(bare) and asking.thresholds.min() < LEAST_KEPT:
            rows = np.append(rows, bare)
            classes = np.append(classes, own[bare].argmax(axis=1))
        likely = own[rows, classes] / totals[rows]
        order = np.lexsort((classes, -likely, rows))
        rows, classes, likely = rows[order], classes[order], likely[order]
        place = np.arange(len(rows)) - np.searchsorted(rows, rows)
        nodes = asking.class_node[classes]
        sure = (likely >= asking.thresholds[nodes]) & (likely >= others[rows]) & (place == 0)
        kept = sure | ((likely >= LEAST_KEPT) & (place < KEPT))
        picked: _Picked = (rows[kept], nodes[kept], likely[kept], sure[kept])
        unsure = np.setdiff1d(np.arange(len(own)), rows[sure])
        if not asking.inner.size or not len(unsure):
            return picked
        shares = powers[unsure] / totals[unsure, np.newaxis]
        return _merged(_concatenated([self._above(shares, unsure), picked]))

    def _above(self, chances: Chances, rows: IdArray) -> _Picked:
        """For items without a sure class, at these rows: the deepest category of several classes
        that is sure."""
        asking = self.asking
        sums = np.zeros((len(rows), chances.shape[1] + 1))
        np.cumsum(chances, axis=1, out=sums[:, 1:])
        others = sums[:, -1] - sums[:, asking.n_own]
        best = np.full(len(rows), -1)
        likely = np.zeros(len(rows), np.float32)
        depth = np.full(len(rows), -1)
        for node in asking.inner:
            chance = sums[:, asking.end[node]] - sums[:, asking.first[node]]
            sure = (chance >= asking.group_thresholds[node]) & (chance >= others)
            better = sure & (
                (asking.depth[node] > depth) | ((asking.depth[node] == depth) & (chance > likely))
            )
            best[better], likely[better] = node, chance[better]
            depth[better] = asking.depth[node]
        found = best >= 0
        yes = np.ones(int(found.sum()), bool)
        return rows[found], best[found], likely[found], yes

    def _multi(self, logits: Chances) -> _Picked:
        asking, chances = self.asking, _sigmoid(logits)
        own = chances[:, : asking.n_own]
        sure = own >= asking.thresholds[asking.class_node]
        rows, classes = np.nonzero(sure)
        yes = np.ones(len(rows), bool)
        picked: list[_Picked] = [(rows, asking.class_node[classes], own[rows, classes], yes)]
        for node in asking.inner:
            first, end = asking.first[node], asking.end[node]
            likely = own[:, first:end].max(axis=1)
            here = (likely >= asking.group_thresholds[node]) & ~sure[:, first:end].any(axis=1)
            (rows,) = np.nonzero(here)
            nodes = np.full(len(rows), node)
            picked.append((rows, nodes, likely[rows], np.ones(len(rows), bool)))
            sure[rows, first] = True  # Those above it are spoken for.
        every = np.arange(len(own))
        unsure = np.where(own >= asking.thresholds[asking.class_node], np.float32(-1), own)
        for _ in range(min(KEPT, asking.n_own)):
            best = unsure.argmax(axis=1)
            likely = unsure[every, best]
            kept = likely >= LEAST_KEPT
            no = np.zeros(int(kept.sum()), bool)
            picked.append((every[kept], asking.class_node[best[kept]], likely[kept], no))
            unsure[every, best] = -1
        return _merged(_concatenated(picked))


_Picked = tuple[IdArray, IdArray, Chances, npt.NDArray[np.bool_]]
"""Row numbers, nodes, probabilities, assigned."""


def _whole_items(item_ids: IdArray, n_rows: int) -> Iterator[tuple[int, int]]:
    """Stretches of about `n_rows` rows that divide no item."""
    start = 0
    while start < len(item_ids):
        end = min(start + n_rows, len(item_ids))
        end = int(np.searchsorted(item_ids, item_ids[end - 1], side="right"))
        yield start, end
        start = end


def _softmax(logits: Chances) -> Chances:
    """In place."""
    powers, totals = _powers(logits)
    powers /= totals[:, np.newaxis]
    return powers


def _powers(logits: Chances) -> tuple[Chances, npt.NDArray[np.float32]]:
    """What a softmax divides by its total, in place, and the totals, (n,)."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    return logits, logits.sum(axis=1)


def _sigmoid(logits: Chances) -> Chances:
    """In place, without overflow: tanh saturates quietly."""
    logits *= np.float32(0.5)
    np.tanh(logits, out=logits)
    logits += np.float32(1)
    logits *= np.float32(0.5)
    return logits


def _log_sum(logits: Chances) -> Chances:
    """The logarithm of the sum of powers along the rows, (n, 1)."""
    top = logits.max(axis=1, keepdims=True)
    found: Chances = top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return found


def _concatenated(picked: list[_Picked]) -> _Picked:
    rows, nodes, likely, assigned = (np.concatenate(column) for column in zip(*picked, strict=True))
    return rows, nodes, likely, assigned


def _merged(picked: _Picked) -> _Picked:
    """Each pair of row and node once; the first one counts."""
    rows, nodes, likely, assigned = picked
    keys = rows * (int(nodes.max(initial=0)) + 1) + nodes
    _, first = np.unique(keys, return_index=True)
    return rows[first], nodes[first], likely[first], assigned[first]


def joined(blocks: list[GuessRows]) -> GuessRows:
    """All rows as one."""
    nothing = GuessRows(
        np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, bool)
    )
    every = [nothing, *blocks]
    return GuessRows(
        np.concatenate([one.item_ids for one in every]),
        np.concatenate([one.category_ids for one in every]),
        np.concatenate([one.probabilities for one in every]),
        np.concatenate([one.assigned for one in every]),
    )
