"""Sightline's own index, as a generation has it: built, opened, asked through its port."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.index.contest import Ask
from benchmarks.vectors import Floats, Ids, K, Vectors
from search.adapters.faiss import FaissIndexBuilder, KindPolicy
from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.reach import Reach, SortReach
from search.domain.space import EmbeddingSpace, Preprocessing
from search.ports.vector_index import VectorIndex

_HALF = (0.5, 0.5, 0.5)
SPACE = EmbeddingSpace(
    "clip-like", "0" * 64, 512, Preprocessing(224, 224, "shortest", "bicubic", _HALF, _HALF)
)
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)


class Sightline:
    """As it tunes itself, and then at fixed shares of the lists."""

    def build(self, vectors: Vectors, folder: Path) -> None:
        (folder / "index").unlink(missing_ok=True)
        opened(vectors, folder)

    def open(self, vectors: Vectors, folder: Path) -> None:
        self._index = opened(vectors, folder)

    def settings(self) -> Iterator[tuple[str, Ask]]:
        yield "as built", _ask(self._index)
        if isinstance(self._index, CodedIndex):
            for share in _SHARES:
                sort = SortReach(share, share, 200 if share < 0.1 else 1_600)
                reach = Reach(0.0, sort, sort)
                yield f"{share:.0%} of the lists", _ask(self._index.reaching(reach, 0))


def opened(vectors: Vectors, folder: Path) -> VectorIndex:
    """The index in the folder, built where it is not there yet."""
    builder = FaissIndexBuilder(texts_of=lambda space: vectors.known_texts)
    base: Any = vectors.base
    path = folder / "index"
    kind = KindPolicy().kind_for(len(base))
    if not path.exists():
        builder.build(base, path, space=SPACE)
    return builder.open(path, base, kind)


def _ask(index: VectorIndex) -> Ask:
    def ask(query: Floats) -> Ids:
        return index.search(query, K)[0][0]

    return ask
