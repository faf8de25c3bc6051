"""FAISS behind `IndexTrials`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.coding import held_out, open_coded, write_coded
from search.adapters.faiss.flat import open_flat, write_flat
from search.adapters.faiss.kinds import FLAT16, IVF_PQ4, KindPolicy
from search.adapters.faiss.tuning import Tuner
from search.domain.arrays import FloatMatrix, HalfMatrix
from search.ports.index_trials import KindCost, Trial, Trials
from search.ports.vector_index import RowsInMemory, VectorIndex


class FaissIndexTrials:
    """Tries both kinds."""

    def __init__(self, policy: KindPolicy | None = None) -> None:
        self._policy = policy or KindPolicy()

    @property
    def least_rows(self) -> int:
        return self._policy.compared_rows

    @property
    def flat_rows(self) -> int:
        return self._policy.flat_rows

    def held_out(self, texts: FloatMatrix) -> FloatMatrix:
        return held_out(texts)

    def tried(
        self,
        index: VectorIndex,
        vectors: HalfMatrix,
        texts: FloatMatrix,
        recalls: Sequence[float],
    ) -> Trials:
        policy = self._policy
        in_use = index if isinstance(index, CodedIndex) else None
        with tempfile.TemporaryDirectory() as folder:
            # What is opened stays mapped when the folder is gone.
            path = Path(folder) / "coded"
            vectors, coded = (vectors, in_use) if in_use else _made(vectors, path, policy, texts)
            write_flat(vectors, Path(folder) / "flat")
            flat = open_flat(Path(folder) / "flat", vectors, 0)
        n_rows = len(vectors)
        exact = Trial(FLAT16, None, in_use is None, flat, lambda query: n_rows)
        reaching = _reaching(coded, vectors, texts, recalls, in_use is not None)
        costs = (
            KindCost(FLAT16, 0, vectors.nbytes, 0.0),
            KindCost(IVF_PQ4, coded.own_bytes, vectors.nbytes + coded.mapped_bytes, coded.build_s),
        )
        return Trials(vectors, (exact, *reaching), costs)


def _made(
    vectors: HalfMatrix, path: Path, policy: KindPolicy, texts: FloatMatrix
) -> tuple[HalfMatrix, CodedIndex]:
    """The vectors in another order, and an index of these."""
    rows = RowsInMemory(vectors)
    write_coded(rows, path, policy, texts)
    return rows.vectors, open_coded(path, rows.vectors, policy)


def _reaching(
    coded: CodedIndex,
    vectors: HalfMatrix,
    texts: FloatMatrix,
    recalls: Sequence[float],
    is_in_use: bool,
) -> Iterator[Trial]:
    if is_in_use:
        present = coded.reaching(coded.reach, 0)
        yield Trial(IVF_PQ4, None, True, present, present.n_read)
    tuner = Tuner(coded, vectors, held_out(texts))
    for recall in recalls:
        other = coded.reaching(tuner.reach(recall, recall), 0)
        yield Trial(IVF_PQ4, recall, False, other, other.n_read)
