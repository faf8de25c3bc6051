"""Sightline's own index, as a generation has it: built, opened, asked through its port."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.index.contest import Ask
from benchmarks.vectors import Floats, Ids, K, Vectors
from search.adapters.faiss import FaissIndexBuilder, KindPolicy
from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.reach import Reach, SortReach
from search.domain.space import EmbeddingSpace, Preprocessing
from search.ports.vector_index import RowsInMemory, VectorIndex

_HALF = (0.5, 0.5, 0.5)
SPACE = EmbeddingSpace(
    "clip-like", "0" * 64, 512, Preprocessing(224, 224, "shortest", "bicubic", _HALF, _HALF)
)
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)


@dataclass(frozen=True, slots=True)
class Opened:
    """An index, and its vectors in the order that it gave them.

    Attributes:
        order: int64, (n,), what number each had before; mapped.
    """

    index: VectorIndex
    vectors: Vectors
    order: Ids


class Sightline:
    """As it tunes itself, and then at fixed shares of the lists."""

    def build(self, vectors: Vectors, folder: Path) -> None:
        (folder / "index").unlink(missing_ok=True)
        opened(vectors, folder)

    def open(self, vectors: Vectors, folder: Path) -> None:
        self._opened = opened(vectors, folder)

    def settings(self) -> Iterator[tuple[str, Ask]]:
        index, order = self._opened.index, self._opened.order
        yield "as built", _ask(index, order)
        if isinstance(index, CodedIndex):
            for share in _SHARES:
                sort = SortReach(share, share, 200 if share < 0.1 else 1_600)
                reach = Reach(0.0, sort, sort)
                yield f"{share:.0%} of the lists", _ask(index.reaching(reach, 0), order)


def opened(vectors: Vectors, folder: Path) -> Opened:
    """The index in the folder, built where it is not there yet."""
    builder = FaissIndexBuilder(texts_of=lambda space: vectors.known_texts)
    path, order, reordered = (folder / name for name in ("index", "order.npy", "base.npy"))
    kind = KindPolicy().kind_for(len(vectors.base))
    if not (path.exists() and reordered.exists()):
        rows = RowsInMemory(vectors.base)
        builder.build(rows, path, space=SPACE)
        np.save(reordered, rows.vectors)
        np.save(order, rows.order)
    in_order = replace(vectors, reordered=reordered)
    return Opened(builder.open(path, in_order.base, kind), in_order, np.load(order, mmap_mode="r"))


def _ask(index: VectorIndex, order: Ids) -> Ask:
    def ask(query: Floats) -> Ids:
        return order[index.search(query, K)[0][0]]

    return ask
