"""How well a taxonomy fits a gallery: what a model cannot tell apart, what nothing is of, and what
has no category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from search.categories.asking import Asking
from search.categories.clusters import Cluster, clusters
from search.categories.ready_made import ready_made
from search.categories.scorers import open_prototypes
from search.categories.stored import StoredTaxonomy
from search.classification import class_prototypes
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.category import GuessRows
from search.domain.space import EmbeddingSpace
from search.domain.text import fold
from search.errors import ModelError
from search.filters.ast import And
from search.ports.catalogue import Catalogue, Snapshot
from search.ports.embedder import Embedder

N_CLUSTERS = 8
N_EXAMPLES = 6
N_WORDS = 3
MOST_PAIRS = 50
SAMPLE = 5_000
"""Items without a category that are looked at, spread over all of them."""

MOST_GUESSED = 50_000
"""Items whose guesses are looked at, in stretches spread over the gallery."""

_SAME_WORDS = 0.985
"""Cosine from which on two classes' words mean the same to a model."""

_CLOSE = 0.5
"""The second class is close where it has this share of the first one's probability."""

_MOST_COMPARED = 3_000
_TAGS = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """Two classes that the model does not tell apart.

    Attributes:
        similarity: cosine of what their words mean to the model.
        n_items: items for which both are likely.
        n_of: items whose likeliest class is either.
    """

    paths: tuple[str, str]
    similarity: float
    n_items: int
    n_of: int


@dataclass(frozen=True, slots=True)
class Group:
    """Items without a category that look alike.

    Attributes:
        n_items: an estimate where only a sample was looked at.
        examples: item ids, the most typical first.
        words: what they may show, likeliest first; empty where nothing fits.
    """

    n_items: int
    examples: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """See the module."""

    n_items: int
    n_without: int
    not_told_apart: tuple[Pair, ...]
    without_items: tuple[str, ...]
    groups: tuple[Group, ...]


def examine(
    catalogue: Catalogue,
    gallery_id: int,
    stored: StoredTaxonomy,
    space: EmbeddingSpace,
    open_embedder: Callable[[], Embedder],
    *,
    n_groups: int = N_CLUSTERS,
) -> Health:
    """Look at a taxonomy's guesses, counts and gaps in a space; nothing is changed."""
    asking = Asking.of(stored.taxonomy)
    with catalogue.reading() as snapshot:
        ids = snapshot.matching_items(gallery_id, And(()))
        counts = snapshot.category_counts(stored.id, gallery_id)
        without = snapshot.uncategorised_items(stored.id, gallery_id)
        close, likeliest = _close_pairs(snapshot, stored, space, asking, ids)
        sample = without[:: max(1, -(-len(without) // SAMPLE))]
        sampled, vectors = _means(snapshot, gallery_id, space, sample)
        tags = [name for name, _ in snapshot.tags(gallery_id)[:_TAGS]]
    prototypes = open_prototypes(catalogue, stored, space, open_embedder)
    found = clusters(vectors)[:n_groups]
    words = _suggested(found, vectors, stored, tags, open_embedder) if found else []
    scale = len(without) / max(1, len(sampled))
    return Health(
        n_items=len(ids),
        n_without=len(without),
        not_told_apart=_pairs(asking, prototypes.vectors, close, likeliest),
        without_items=tuple(
            path for path in asking.class_names[: asking.n_own] if not counts.get(path)
        ),
        groups=tuple(
            Group(
                round(len(group) * scale),
                tuple(sampled[group.rows[:N_EXAMPLES]].tolist()),
                some,
            )
            for group, some in zip(found, words, strict=True)
        ),
    )


def _close_pairs(
    snapshot: Snapshot,
    stored: StoredTaxonomy,
    space: EmbeddingSpace,
    asking: Asking,
    ids: IdArray,
) -> tuple[Counter[tuple[int, int]], Counter[int]]:
    """How often two classes are both likely, and how often a class is the likeliest."""
    coverage = snapshot.coverage(stored.id, space.id)
    close: Counter[tuple[int, int]] = Counter()
    likeliest: Counter[int] = Counter()
    if coverage is None or not len(ids):
        return close, likeliest
    column_of = {
        stored.category_ids[path]: column
        for column, path in enumerate(asking.class_names[: asking.n_own])
    }
    for first, last in _stretches(ids):
        rows = snapshot.guesses(coverage.id, first, last)
        _count(rows, column_of, close, likeliest)
    return close, likeliest


def _stretches(ids: IdArray) -> list[tuple[int, int]]:
    """First and last item of stretches that hold some tens of thousands of items together."""
    if len(ids) <= MOST_GUESSED:
        return [(int(ids[0]), int(ids[-1]))]
    length = MOST_GUESSED // 50
    starts = np.linspace(0, len(ids) - length, 50).astype(int)
    return [(int(ids[start]), int(ids[start + length - 1])) for start in starts]


def _count(
    rows: GuessRows,
    column_of: dict[int, int],
    close: Counter[tuple[int, int]],
    likeliest: Counter[int],
) -> None:
    columns = np.array([column_of.get(one, -1) for one in rows.category_ids.tolist()], np.int64)
    kept = columns >= 0
    items, columns, chances = rows.item_ids[kept], columns[kept], rows.probabilities[kept]
    order = np.lexsort((-chances, items))
    items, columns, chances = items[order], columns[order], chances[order]
    first = np.flatnonzero(np.diff(items, prepend=-1))
    likeliest.update(columns[first].tolist())
    second = first[first + 1 < len(items)] + 1
    second = second[items[second] == items[second - 1]]
    second = second[chances[second] >= _CLOSE * chances[second - 1]]
    pairs = np.sort(np.stack([columns[second - 1], columns[second]], axis=1), axis=1)
    close.update(map(tuple, pairs.tolist()))


def _pairs(
    asking: Asking,
    vectors: FloatMatrix,
    close: Counter[tuple[int, int]],
    likeliest: Counter[int],
) -> tuple[Pair, ...]:
    own = vectors[: asking.n_own]
    wanted = {pair for pair, n in close.items() if n >= 3 and 4 * n >= _either(likeliest, pair)}
    if asking.n_own <= _MOST_COMPARED:
        rows, columns = np.nonzero(np.triu(own @ own.T, 1) >= _SAME_WORDS)
        wanted |= set(zip(rows.tolist(), columns.tolist(), strict=True))
    found = [
        Pair(
            (asking.class_names[a], asking.class_names[b]),
            float(own[a] @ own[b]),
            close[a, b],
            _either(likeliest, (a, b)),
        )
        for a, b in wanted
    ]
    found.sort(key=lambda one: (-one.n_items, -one.similarity, one.paths))
    return tuple(found[:MOST_PAIRS])


def _either(likeliest: Counter[int], pair: tuple[int, int]) -> int:
    return likeliest[pair[0]] + likeliest[pair[1]]


def _means(
    snapshot: Snapshot, gallery_id: int, space: EmbeddingSpace, ids: IdArray
) -> tuple[IdArray, FloatMatrix]:
    """Items that have an embedding, and the direction of each."""
    rows = snapshot.item_rows(gallery_id, space.id, ids.tolist())
    found, first = np.unique(rows.item_ids, return_index=True)
    if not len(found):
        return found, np.empty((0, space.dim), np.float32)
    sums = np.add.reduceat(rows.vectors.astype(np.float32), first, axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return found, np.asarray(sums / np.maximum(lengths, 1e-12), np.float32)


def _suggested(
    found: Sequence[Cluster],
    vectors: FloatMatrix,
    stored: StoredTaxonomy,
    tags: Sequence[str],
    open_embedder: Callable[[], Embedder],
) -> list[tuple[str, ...]]:
    """Words of everyday things, and the gallery's tags, that fit a group better than the rest."""
    taken = {fold(word) for one in stored.taxonomy.walk() for word in (one.name, *one.words)}
    names = [one.name for one in ready_made("everyday").walk() if one.words]
    candidates = list({fold(name): name for name in [*names, *tags] if name.strip()}.items())
    words = [name for folded, name in candidates if folded not in taken]
    try:
        meanings = class_prototypes(open_embedder(), words)
    except ModelError:
        return [() for _ in found]
    meanings = meanings - meanings.mean(axis=0)
    fitting = np.stack([group.middle for group in found]) @ meanings.T
    best = np.argsort(-fitting, axis=1)[:, :N_WORDS]
    return [
        tuple(words[at] for at in row.tolist() if fits[at] > 0)
        for row, fits in zip(best, fitting, strict=True)
    ]
