"""A GPU's index: on a GPU where there is one, by the same steps on a processor where not."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
import torch

from search.adapters.faiss import FaissIndexBuilder
from search.adapters.gpu import GpuIndexBuilder
from search.adapters.gpu.index import GpuIndex
from search.adapters.gpu.scan import best_of_all
from search.adapters.gpu.together import Together
from search.adapters.gpu.vectors import DeviceVectors, rough_products, rounding_errors
from search.adapters.openclip import hardware
from search.bootstrap import open_index_builder
from search.domain.arrays import FloatMatrix, HalfMatrix
from search.domain.rowset import RowSet
from search.errors import GenerationCorruptError, UsageError
from search.ports.vector_index import RowsInMemory
from search.ranking import best_rows, exact_scores
from search.settings import Settings

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
DIM = 64
WAIT_S = 30


def unit_rows(n: int, seed: int = 0) -> FloatMatrix:
    rows = np.random.default_rng(seed).standard_normal((n, DIM)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def index_over(vectors: HalfMatrix) -> GpuIndex:
    return GpuIndex(vectors, DeviceVectors(vectors, DEVICE), 0)


@pytest.mark.parametrize("width", [1.0, 0.6, 0.1, 0.01])
def test_filters_of_every_width_cost_nothing(width: float) -> None:
    vectors = unit_rows(3_000).astype(np.float16)
    allowed = np.random.default_rng(1).random(3_000) < width
    queries = unit_rows(5, seed=2)
    rows, scores = index_over(vectors).search(queries, 10, allowed=RowSet.of_mask(allowed))
    for i, query in enumerate(queries):
        best, exact = best_rows(vectors, query, 10, rows=np.flatnonzero(allowed))
        assert rows[i].tolist() == best.tolist()
        assert scores[i].tolist() == exact.tolist()


def test_scores_that_do_not_fit_at_once_are_taken_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("search.adapters.gpu.scan._SCORES_AT_ONCE", 256)
    vectors, queries = unit_rows(1_000).astype(np.float16), unit_rows(3, seed=2)
    allowed = np.random.default_rng(1).random(1_000) < 0.5
    rows, _ = index_over(vectors).search(queries, 10, allowed=RowSet.of_mask(allowed))
    for i, query in enumerate(queries):
        expected = best_rows(vectors, query, 10, rows=np.flatnonzero(allowed))[0]
        assert rows[i].tolist() == expected.tolist()


def test_rough_scores_err_by_no_more_than_is_said() -> None:
    vectors, queries = unit_rows(2_000).astype(np.float16), unit_rows(50, seed=3)
    on_device = DeviceVectors(vectors, DEVICE)
    halves = on_device.moved(queries).to(torch.float16)
    rough = rough_products(halves, on_device.rows[:2_000]).cpu().numpy()
    exact = np.stack([exact_scores(vectors, query) for query in queries])
    errors = np.abs(rough - exact).max(axis=1)
    assert (errors <= rounding_errors(queries)).all()
    assert errors.max() > 1e-6  # or nothing has been rounded


def test_a_block_of_the_best_does_not_hide_others() -> None:
    vectors = unit_rows(1_000).astype(np.float16)
    query = unit_rows(1, seed=4)
    vectors[300:340] = query[0].astype(np.float16)
    on_device = DeviceVectors(vectors, DEVICE)
    halves = on_device.moved(query).to(torch.float16)
    scores, rows = best_of_all(on_device, halves, 42, [None])
    expected = best_rows(vectors, query[0], 42)[0]
    assert set(rows[0].tolist()) == set(expected.tolist())
    assert scores[0].tolist() == sorted(scores[0].tolist(), reverse=True)


def test_many_threads_with_filters_of_their_own_get_their_own_answers() -> None:
    vectors, queries = unit_rows(2_000).astype(np.float16), unit_rows(80, seed=5)
    index, rng = index_over(vectors), np.random.default_rng(6)
    masks = [rng.random(2_000) < width for width in (0.9, 0.5, 0.05)]

    def ask(i: int) -> list[int]:
        allowed = None if i % 4 == 3 else RowSet.of_mask(masks[i % 4])
        return index.search(queries[i : i + 1], 1 + i % 20, allowed=allowed)[0][0].tolist()

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(ask, range(80)))
    for i, rows in enumerate(found):
        among = None if i % 4 == 3 else np.flatnonzero(masks[i % 4])
        assert rows == best_rows(vectors, queries[i], 1 + i % 20, rows=among)[0].tolist()


def test_without_room_on_the_device_processors_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*arguments: object) -> None:
        raise torch.OutOfMemoryError("no room")

    vectors, query = unit_rows(500).astype(np.float16), unit_rows(1, seed=2)
    index = index_over(vectors)
    monkeypatch.setattr("search.adapters.gpu.index.best_of_all", no_room)
    assert index.search(query, 5)[0][0].tolist() == best_rows(vectors, query[0], 5)[0].tolist()


class Gate:
    """Answers with twice the number, once it is open; knows what it was asked together."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.entered, self.open = Event(), Event()

    def __call__(self, questions: Sequence[int]) -> list[int]:
        self.asked.append(list(questions))
        self.entered.set()
        assert self.open.wait(WAIT_S)
        if 13 in questions:
            raise RuntimeError("out of luck")
        return [2 * question for question in questions]


def test_what_waits_meanwhile_is_answered_together() -> None:
    gate = Gate()
    together: Together[int, int] = Together(gate, most=3)
    found: dict[int, list[int]] = {}

    def ask(i: int) -> None:
        found[i] = together.ask([i])

    first = Thread(target=ask, args=(1,))
    first.start()
    assert gate.entered.wait(WAIT_S)
    others = [Thread(target=ask, args=(i,)) for i in (2, 3, 4, 5)]
    for thread in others:
        thread.start()
    while together.n_waiting < 4:
        pass
    gate.open.set()
    for thread in (first, *others):
        thread.join(WAIT_S)
    assert found == {i: [2 * i] for i in range(1, 6)}
    assert [len(asked) for asked in gate.asked] == [1, 3, 1]


def test_a_failure_reaches_those_that_asked_together_and_nobody_later() -> None:
    gate = Gate()
    gate.open.set()
    together: Together[int, int] = Together(gate, most=2)
    with pytest.raises(RuntimeError, match="luck"):
        together.ask([13, 1])
    assert together.ask([2]) == [4]


def test_without_a_gpu_generations_are_opened_as_before(tmp_path: Path) -> None:
    vectors = unit_rows(100).astype(np.float16)
    builder = GpuIndexBuilder(FaissIndexBuilder(), least_rows=0)
    kind = builder.build(RowsInMemory(vectors), tmp_path / "index")
    index = builder.open(tmp_path / "index", vectors, kind)
    assert isinstance(index, GpuIndex) == torch.cuda.is_available()
    (tmp_path / "index").write_bytes(b"something else")
    with pytest.raises(GenerationCorruptError):
        builder.open(tmp_path / "index", vectors, kind)


def test_a_gpu_that_is_named_and_not_there_is_refused(tmp_path: Path) -> None:
    vectors = unit_rows(100).astype(np.float16)
    builder = GpuIndexBuilder(FaissIndexBuilder(), "cuda:99", least_rows=0)
    kind = builder.build(RowsInMemory(vectors), tmp_path / "index")
    with pytest.raises(UsageError, match="cuda:99"):
        builder.open(tmp_path / "index", vectors, kind)


def test_few_rows_are_left_to_processors(tmp_path: Path) -> None:
    vectors = unit_rows(100).astype(np.float16)
    builder = GpuIndexBuilder(FaissIndexBuilder(), "cuda:99")
    kind = builder.build(RowsInMemory(vectors), tmp_path / "index")
    assert not isinstance(builder.open(tmp_path / "index", vectors, kind), GpuIndex)


def test_without_room_for_the_vectors_processors_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*arguments: object) -> None:
        raise torch.OutOfMemoryError("no room")

    vectors = unit_rows(100).astype(np.float16)
    builder = GpuIndexBuilder(FaissIndexBuilder(), least_rows=0)
    kind = builder.build(RowsInMemory(vectors), tmp_path / "index")
    monkeypatch.setattr(hardware, "choose_device", lambda wanted: torch.device("cuda"))
    monkeypatch.setattr("search.adapters.gpu.vectors.DeviceVectors", no_room)
    assert not isinstance(builder.open(tmp_path / "index", vectors, kind), GpuIndex)


@pytest.mark.parametrize(("wanted", "serves"), [("auto", False), ("cpu", True), ("cuda:99", False)])
def test_processes_that_do_not_stay_and_those_told_so_leave_a_gpu_alone(
    tmp_path: Path, wanted: str, serves: bool
) -> None:
    settings = Settings(home=tmp_path, search_device=wanted)
    assert isinstance(open_index_builder(settings, serves=serves), FaissIndexBuilder)


def test_a_service_whose_gpu_is_not_there_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cuda:99"):
        open_index_builder(Settings(home=tmp_path, search_device="cuda:99"), serves=True)
