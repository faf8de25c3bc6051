"""Measured queries: what each kind of query got, and whether its answer was there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.relevance.photos import N_COPIES, Encoded
from benchmarks.relevance.queries import Asked, all_queries
from benchmarks.relevance.standing import Standing, standing_of
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.query import ItemTerm, Term, TextTerm
from search.relevance.background import N_PICTURES, PictureSample, background_of
from search.relevance.texts import BACKGROUND_TEXTS

SIZES = (100, 300, 1_000)
_MOST_ANSWERS = 3
_SEED = 9


@dataclass(frozen=True)
class Cases:
    """Queries of one sort; all arrays are of shape (n,).

    Attributes:
        kinds: what the table calls them.
        answered: 1 the answer was there, 0 not, -1 nobody can say.
        to_fit: whether they are for fitting; figures come from the others.
    """

    standing: Standing
    kinds: NDArray[np.str_]
    answered: NDArray[np.int8]
    to_fit: NDArray[np.bool_]

    def only(self, chosen: NDArray[np.bool_]) -> Cases:
        """Some of them."""
        return Cases(
            self.standing.only(chosen),
            self.kinds[chosen],
            self.answered[chosen],
            self.to_fit[chosen],
        )

    @classmethod
    def joined(cls, parts: Sequence[Cases]) -> Cases:
        """All of several."""
        columns = zip(*(part.standing.parts() for part in parts), strict=True)
        standing = Standing(*(np.concatenate(column) for column in columns))
        return cls(
            standing,
            np.concatenate([part.kinds for part in parts]),
            np.concatenate([part.answered for part in parts]),
            np.concatenate([part.to_fit for part in parts]),
        )


class Tests:
    """The test photos as a gallery, and everything that is asked of it."""

    def __init__(self, encoded: Encoded, data: Path) -> None:
        self._encoded = encoded
        self._photos, self._views = encoded.photos, encoded.views
        self._texts = encoded.texts(BACKGROUND_TEXTS)
        self._asked = all_queries(encoded.photos, data)
        self._vectors = encoded.texts([asked.text for asked in self._asked])
        rng = np.random.default_rng(_SEED)
        self._order = rng.permutation(len(self._views))
        rows = np.sort(self._order[:N_PICTURES])
        self._sample = PictureSample(rows, self._views[rows])

    @property
    def n_photos(self) -> int:
        return len(self._views)

    def words(self, size: int | None = None) -> Cases:
        """Queries of words in the whole gallery, or in some of it with a few answers put in."""
        background = self._background(TextTerm("words"))
        allowed = [self._allowed(asked, size) for asked in self._asked]
        standing = standing_of(self._vectors, self._views, allowed, background)
        return _cases(standing, self._asked)

    def words_minus_words(self) -> Cases:
        """Captions with the name of something else pushed away."""
        chosen = [at for at, asked in enumerate(self._asked) if asked.kind.startswith("caption")]
        others = np.roll(self._texts, 3, axis=0)[np.arange(len(chosen)) % len(self._texts)]
        vectors = _unit(self._vectors[chosen] - 0.5 * others)
        asked = [self._asked[at] for at in chosen]
        background = self._background(TextTerm("words"), TextTerm("other words", -0.5))
        allowed = [self._allowed(one, None) for one in asked]
        return _cases(
            standing_of(vectors, self._views, allowed, background), asked, "{}, minus words"
        )

    def pictures(self, *, with_words: bool = False) -> Cases:
        """Photos of a label, with and without the other photos of it; with its name beside."""
        labels = np.array([photo.label for photo in self._photos])
        sources = np.array([photo.source for photo in self._photos])
        asked, vectors = [], []
        names = self._encoded.texts([f"a photo of a {name.lower()}" for name in labels.tolist()])
        kind = "picture and words" if with_words else "picture"
        for row in self._order.tolist():
            alike = np.flatnonzero((labels == labels[row]) & (sources == sources[row]))
            if not labels[row] or len(alike) < 2 or len(asked) >= 1_200:
                continue
            subject = str(labels[row])
            asked.append(Asked("", f"{kind} of a label", True, (row,), subject))
            asked.append(Asked("", f"{kind}, its label out", False, tuple(alike), subject))
            vectors += [self._views[row] + 0.5 * with_words * names[row]] * 2
        terms: list[Term] = [ItemTerm(0)] + [TextTerm("words", 0.5)] * with_words
        allowed = [self._allowed(one, None) for one in asked]
        found = standing_of(
            _unit(np.stack(vectors)), self._views, allowed, self._background(*terms)
        )
        return _cases(found, asked)

    def copies(self, size: int | None = None) -> Cases:
        """Altered copies of photos that are there, and of photos that are not."""
        rows = [row for row in self._order.tolist() if self._photos[row].captions][:N_COPIES]
        vectors = self._encoded.copies([self._photos[row] for row in rows])
        asked = []
        for row in rows:
            name = self._photos[row].path.name
            asked.append(Asked("", "copy", True, (), name, (row,)))
            asked.append(Asked("", "copy, its photo out", False, (row,), name))
        allowed = [self._allowed(one, size) for one in asked]
        background = self._background(ItemTerm(0))
        return _cases(
            standing_of(np.repeat(vectors, 2, axis=0), self._views, allowed, background), asked
        )

    def _background(self, *terms: Term) -> FloatMatrix:
        background = background_of(terms, self._texts, self._sample)
        if background is None:
            raise ValueError("there is nothing to make a background of")
        return background

    def _allowed(self, asked: Asked, size: int | None) -> IdArray:
        rows = self._order if size is None else self._order[:size]
        if asked.kind.endswith("other gallery"):
            rest = self._order[~np.isin(self._order, asked.without)]
            return rest if size is None else rest[:size]
        rows = rows[~np.isin(rows, asked.without)]
        return np.union1d(rows, np.array(asked.answers[:_MOST_ANSWERS], np.int64))


def _cases(standing: Standing, asked: Sequence[Asked], naming: str = "{}") -> Cases:
    truths = [-1 if one.answered is None else int(one.answered) for one in asked]
    return Cases(
        standing,
        np.array([naming.format(one.kind) for one in asked]),
        np.array(truths, np.int8),
        np.array([_is_to_fit(one.subject) for one in asked]),
    )


def _is_to_fit(subject: str) -> bool:
    return hashlib.sha256(subject.encode()).digest()[0] % 2 == 0


def _unit(vectors: FloatMatrix) -> FloatMatrix:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
