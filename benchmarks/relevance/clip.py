"""The same questions for real CLIP vectors (ViT-B/32), which come without labels.

A photo counts as showing what CLIP itself is surest of among some 2,000 class names, so these
figures flatter every measure that looks at CLIP's scores; only their order, and how the standing of
absent names grows with the gallery, say something.
"""

from __future__ import annotations

import runpy
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.relevance.cases import Cases
from benchmarks.relevance.photos import stored
from benchmarks.relevance.standing import Standing, standing_of
from search.domain.arrays import FloatMatrix, IdArray
from search.relevance.scale import N_JUDGED, crowding, middle_of, spread_of
from search.relevance.texts import BACKGROUND_TEXTS

LOGIT_SCALE = 100.0
_SURE = 0.3
_PLAUSIBLE = 20
_SIZES = (300, 1_000)
_SEED = 3
_BLOCK = 25_000


class ClipTests:
    """3,045 real photo embeddings, asked for class names."""

    def __init__(self, data: Path) -> None:
        folder = data / "vectors"
        self._like = runpy.run_path(str(folder / "clip_like.py"))
        self._views: FloatMatrix = stored(self._like["images"]())
        names = _distinct(self._like["texts"]())
        order = np.random.default_rng(_SEED).permutation(len(names))
        n = len(BACKGROUND_TEXTS)
        self._names = names[order[n:]]
        self.background = names[order[:n]]
        logits = LOGIT_SCALE * self._views @ self._names.T
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        places = np.argsort(np.argsort(-chances, axis=1), axis=1)
        self._shown = [np.flatnonzero(chances[:, at] > _SURE) for at in range(len(self._names))]
        self._plausible = [
            np.flatnonzero(places[:, at] < _PLAUSIBLE) for at in range(len(self._names))
        ]
        self.there = [at for at, rows in enumerate(self._shown) if len(rows)]
        self.never = [at for at, rows in enumerate(self._plausible) if not len(rows)]

    def names(self) -> Cases:
        """Names that photos show, with and without those photos, and names that no photo shows."""
        rng = np.random.default_rng(_SEED)
        parts = []
        for size in (*_SIZES, len(self._views)):
            rows = np.sort(rng.permutation(len(self._views))[:size])
            wanted: list[tuple[int, str, int, IdArray]] = []
            for at in self.there:
                shown = np.union1d(rows, self._shown[at][:3])
                rest = rows[~np.isin(rows, self._plausible[at])]
                wanted.append((at, "class name", 1, shown))
                wanted.append((at, "class name, its photos out", 0, rest))
            wanted += [(at, "class name of nothing there", 0, rows) for at in self.never]
            parts.append(self._cases(wanted))
        return Cases.joined(parts)

    def crowded(self, n_views: int) -> Cases:
        """Names that no photo shows, among so many image-like vectors."""
        asked = self._names[self.never]
        middle = middle_of(self.background).astype(np.float32)
        best = np.full((len(asked), N_JUDGED), -2.0, np.float32)
        near, everywhere = np.zeros((len(asked), N_JUDGED), np.float32), 0.0
        for start in range(0, n_views, _BLOCK):
            n = min(_BLOCK, n_views - start)
            views = stored(self._like["photos_like_clip"](n, seed=start))
            gets = views @ middle
            everywhere += float(gets.sum()) / n_views
            scores = asked @ views.T
            top = np.argpartition(-scores, N_JUDGED, axis=1)[:, :N_JUDGED]
            merged = np.concatenate([best, np.take_along_axis(scores, top, axis=1)], axis=1)
            kept = np.argsort(-merged, axis=1)[:, :N_JUDGED]
            best = np.take_along_axis(merged, kept, axis=1)
            near = np.take_along_axis(np.concatenate([near, gets[top]], axis=1), kept, axis=1)
        one = np.ones(len(asked))
        standing = Standing(
            best[:, 0].astype(np.float64),
            near.mean(axis=1, dtype=np.float64),
            everywhere * one,
            spread_of(middle_of(self.background)) * one,
            crowding(n_views) * one,
        )
        return _labelled(standing, ["class name of nothing there"] * len(asked), [0] * len(asked))

    def _cases(self, wanted: Sequence[tuple[int, str, int, IdArray]]) -> Cases:
        asked = self._names[[at for at, _, _, _ in wanted]]
        standing = standing_of(asked, self._views, [rows for *_, rows in wanted], self.background)
        found = _labelled(
            standing, [kind for _, kind, _, _ in wanted], [t for _, _, t, _ in wanted]
        )
        to_fit = np.array([at % 2 == 0 for at, _, _, _ in wanted])
        return Cases(found.standing, found.kinds, found.answered, to_fit)


def _labelled(standing: Standing, kinds: Sequence[str], truths: Sequence[int]) -> Cases:
    n = len(kinds)
    return Cases(standing, np.array(kinds), np.array(truths, np.int8), np.zeros(n, bool))


def _distinct(texts: FloatMatrix) -> FloatMatrix:
    """Each vector once: the vocabularies share many names."""
    keys = np.round(texts[:, :64], 4)
    _, first = np.unique(keys, axis=0, return_index=True)
    return np.asarray(texts[np.sort(first)], np.float32)
