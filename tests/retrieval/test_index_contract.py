"""What every vector index promises, over numpy's, FAISS's and a GPU's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from search.adapters.brute_force import BruteForceIndexBuilder
from search.adapters.faiss import FaissIndexBuilder, KindPolicy
from search.adapters.gpu.index import GpuIndex
from search.adapters.gpu.vectors import DeviceVectors
from search.domain.arrays import FloatMatrix, HalfMatrix
from search.domain.rowset import RowSet
from search.errors import GenerationCorruptError, GenerationFormatError
from search.ports.vector_index import RowsInMemory, VectorIndex, VectorIndexBuilder
from search.ranking import best_rows, exact_scores

DIM = 16
CODED = KindPolicy(flat_rows=0, compared_rows=0, picture_recall=1.0, text_recall=1.0)
"""So few rows that without texts every list is read and all of them are candidates."""

BUILDERS: dict[str, Callable[[], VectorIndexBuilder]] = {
    "brute force": BruteForceIndexBuilder,
    "faiss flat": FaissIndexBuilder,
    "faiss coded": lambda: FaissIndexBuilder(CODED),
}


class GpuBuilder(FaissIndexBuilder):
    """Searches as a GPU does, where there is none as well."""

    def open(self, path: Path, vectors: HalfMatrix, kind: str) -> VectorIndex:
        super().open(path, vectors, kind)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        return GpuIndex(vectors, DeviceVectors(vectors, device), 0)


BUILDERS["gpu"] = GpuBuilder


@pytest.fixture(params=BUILDERS)
def builder(request: pytest.FixtureRequest) -> VectorIndexBuilder:
    return BUILDERS[request.param]()


def unit_rows(n: int, seed: int = 0, dim: int = DIM) -> FloatMatrix:
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def stored(n: int, seed: int = 0, dim: int = DIM) -> HalfMatrix:
    return unit_rows(n, seed, dim).astype(np.float16)


def opened(
    builder: VectorIndexBuilder, vectors: HalfMatrix, folder: Path
) -> tuple[VectorIndex, HalfMatrix]:
    """The index over vectors that lie in a read-only mapped file, as in a generation, and these in
    its order."""
    path = folder / f"index-{len(list(folder.iterdir()))}"
    draft = RowsInMemory(vectors)
    kind = builder.build(draft, path)
    vectors_path = path.with_suffix(".f16")
    vectors_path.write_bytes(draft.vectors.tobytes())
    mapped = draft.vectors
    if len(mapped):
        mapped = np.memmap(vectors_path, np.float16, "r", shape=mapped.shape).view(np.ndarray)
    return builder.open(path, mapped, kind), mapped


def test_it_finds_the_nearest_rows_best_first(builder: VectorIndexBuilder, tmp_path: Path) -> None:
    queries = unit_rows(5, seed=1)
    index, vectors = opened(builder, stored(300), tmp_path)
    rows, scores = index.search(queries, 10)
    for i, query in enumerate(queries):
        expected = exact_scores(vectors, query)
        best = np.lexsort((np.arange(300), -expected))[:10]
        assert rows[i].tolist() == best.tolist()
        assert scores[i].tolist() == expected[best].tolist()
    assert (rows.dtype, scores.dtype) == (np.int64, np.float32)


def test_more_rows_than_there_are_gives_all_without_padding(
    builder: VectorIndexBuilder, tmp_path: Path
) -> None:
    index, _ = opened(builder, stored(70), tmp_path)
    rows, scores = index.search(unit_rows(2), 1000)
    assert rows.shape == scores.shape == (2, 70)
    assert sorted(rows[0].tolist()) == list(range(70))


@pytest.mark.parametrize("allowed_rows", [[], [3], [0, 69], list(range(0, 70, 3)), list(range(70))])
def test_only_allowed_rows_answer(
    builder: VectorIndexBuilder, tmp_path: Path, allowed_rows: list[int]
) -> None:
    query = unit_rows(1, seed=2)
    allowed = np.zeros(70, bool)
    allowed[allowed_rows] = True
    index, vectors = opened(builder, stored(70), tmp_path)
    rows, scores = index.search(query, 10, allowed=RowSet.of_mask(allowed))
    by_number = index.search(
        query, 10, allowed=RowSet.of_numbers(np.array(allowed_rows, np.int64), 70)
    )
    assert [part.tolist() for part in by_number] == [rows.tolist(), scores.tolist()]
    expected, expected_scores = best_rows(vectors, query[0], 10, rows=np.array(allowed_rows, int))
    assert rows[0].tolist() == expected.tolist()
    assert scores[0].tolist() == expected_scores.tolist()


def test_an_index_that_misses_some_finds_all_where_it_is_asked_exactly(tmp_path: Path) -> None:
    hasty = KindPolicy(flat_rows=0, compared_rows=0, picture_recall=0.5, text_recall=0.5)
    index, vectors = opened(FaissIndexBuilder(hasty), stored(10_000), tmp_path)
    even = np.arange(10_000) % 2 == 0
    n_missed = 0
    for query in unit_rows(20, seed=5):
        for allowed in (None, even):
            kept = None if allowed is None else RowSet.of_mask(allowed)
            among = None if allowed is None else np.flatnonzero(allowed)
            expected, expected_scores = best_rows(vectors, query, 10, rows=among)
            rows, scores = index.search(query[np.newaxis], 10, allowed=kept, exactly=True)
            assert rows[0].tolist() == expected.tolist()
            assert scores[0].tolist() == expected_scores.tolist()
            hastily, _ = index.search(query[np.newaxis], 10, allowed=kept)
            n_missed += len(set(expected.tolist()) - set(hastily[0].tolist()))
    assert n_missed > 0


def test_equal_vectors_answer_by_row_however_many_there_are(
    builder: VectorIndexBuilder, tmp_path: Path
) -> None:
    vectors = stored(400)
    vectors[50:350] = vectors[50]
    query = vectors[50:51].astype(np.float32)
    index, vectors = opened(builder, vectors, tmp_path)
    equal = np.flatnonzero((vectors == vectors[index.search(query, 1)[0][0, 0]]).all(axis=1))
    assert len(equal) == 300
    assert index.search(query, 7)[0][0].tolist() == equal[:7].tolist()
    assert index.search(query, 300)[0][0].tolist() == equal.tolist()


def test_a_longer_answer_begins_with_the_shorter_one(
    builder: VectorIndexBuilder, tmp_path: Path
) -> None:
    (index, _), query = opened(builder, stored(300), tmp_path), unit_rows(1, seed=3)
    longest = index.search(query, 300)[0][0]
    for k in (1, 5, 33, 299):
        assert index.search(query, k)[0][0].tolist() == longest[:k].tolist()


@pytest.mark.parametrize("name", BUILDERS)
def test_rows_keep_their_vectors_and_equal_ones_their_order(name: str, tmp_path: Path) -> None:
    vectors = stored(400)
    vectors[50:350] = vectors[50]
    rows = RowsInMemory(vectors)
    BUILDERS[name]().build(rows, tmp_path / "index")
    assert sorted(rows.order.tolist()) == list(range(400))
    assert np.array_equal(rows.vectors, vectors[rows.order])
    equal = rows.order[(rows.vectors == vectors[50]).all(axis=1)]
    assert equal.tolist() == list(range(50, 350))


def test_queries_and_vectors_are_not_written_to(
    builder: VectorIndexBuilder, tmp_path: Path
) -> None:
    queries = unit_rows(3)
    index, _ = opened(builder, stored(300), tmp_path)
    queries.flags.writeable = False
    index.search(queries, 5)


def test_no_query_gives_no_rows(builder: VectorIndexBuilder, tmp_path: Path) -> None:
    index, _ = opened(builder, stored(60), tmp_path)
    rows, scores = index.search(np.empty((0, DIM), np.float32), 5)
    assert rows.shape == scores.shape == (0, 5)


@pytest.mark.parametrize("name", ["brute force", "faiss flat", "gpu"])
def test_an_index_of_nothing_answers_nothing(name: str, tmp_path: Path) -> None:
    index, _ = opened(BUILDERS[name](), stored(0), tmp_path)
    assert index.search(unit_rows(1), 5)[0].shape == (1, 0)


@pytest.mark.parametrize(("dim", "k"), [(DIM + 1, 5), (DIM, 0)])
def test_a_wrong_call_is_refused(
    builder: VectorIndexBuilder, tmp_path: Path, dim: int, k: int
) -> None:
    index, _ = opened(builder, stored(60), tmp_path)
    with pytest.raises(ValueError, match="must be"):
        index.search(unit_rows(1, dim=dim), k)


def test_an_unknown_kind_is_refused(builder: VectorIndexBuilder, tmp_path: Path) -> None:
    with pytest.raises(GenerationFormatError, match="kind"):
        builder.open(tmp_path / "index", stored(5), "quantum")


def test_a_file_of_something_else_is_corrupt(builder: VectorIndexBuilder, tmp_path: Path) -> None:
    vectors, path = stored(60), tmp_path / "index"
    kind = builder.build(RowsInMemory(vectors), path)
    path.write_bytes(b"something else entirely, but long enough to be read as a header" * 4)
    with pytest.raises(GenerationCorruptError, match="damaged"):
        builder.open(path, vectors, kind)
    path.unlink()
    with pytest.raises(GenerationCorruptError):
        builder.open(path, vectors, kind)


@pytest.mark.parametrize("name", ["faiss flat", "faiss coded"])
def test_an_index_of_other_dimensions_is_corrupt(name: str, tmp_path: Path) -> None:
    builder, path = BUILDERS[name](), tmp_path / "index"
    kind = builder.build(RowsInMemory(stored(60)), path)
    with pytest.raises(GenerationCorruptError):
        builder.open(path, stored(60, dim=DIM * 2), kind)


def test_the_policy_keeps_small_galleries_exact(tmp_path: Path) -> None:
    builder = FaissIndexBuilder(KindPolicy(flat_rows=50, compared_rows=10))
    assert builder.build(RowsInMemory(stored(50)), tmp_path / "small") == "flat16"
    assert builder.build(RowsInMemory(stored(51)), tmp_path / "large") == "ivf-pq4"
    assert builder.open(tmp_path / "small", stored(50), "flat16").compares_all(50)
    large = builder.open(tmp_path / "large", stored(51), "ivf-pq4")
    assert (large.compares_all(10), large.compares_all(11)) == (True, False)


@given(
    n=st.integers(1, 120),
    k=st.integers(1, 130),
    seed=st.integers(0, 50),
    n_distinct=st.integers(1, 120),
    share=st.floats(0, 1),
)
def test_all_that_are_exact_agree_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory,
    n: int,
    k: int,
    seed: int,
    n_distinct: int,
    share: float,
) -> None:
    rng = np.random.default_rng(seed)
    vectors = stored(n_distinct, seed)[rng.integers(0, n_distinct, n)]
    allowed = rng.random(n) <= share
    query = vectors[:1].astype(np.float32)
    folder = tmp_path_factory.mktemp("agree")
    found = [
        index.search(query, k, allowed=RowSet.of_mask(allowed))
        for index, _ in (
            opened(BUILDERS[name](), vectors, folder)
            for name in ("brute force", "faiss flat", "gpu")
        )
    ]
    for rows, scores in found[1:]:
        assert rows.tolist() == found[0][0].tolist()
        assert scores.tolist() == found[0][1].tolist()
