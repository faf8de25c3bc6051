"""Lanes compute what one computation does, and leave other threads their processors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from search.adapters.openclip.lanes import N_LANES, Lanes, OneLane
from search.domain.arrays import PixelBatch


def rows_of(batch: torch.Tensor) -> torch.Tensor:
    return batch.to(torch.float32).mean(dim=(1, 2, 3)).reshape(-1, 1)


def pictures(n: int) -> PixelBatch:
    return np.random.default_rng(n).integers(0, 256, (n, 2, 2, 3), np.uint8)


def together(rows: Iterator[torch.Tensor]) -> torch.Tensor:
    return torch.cat([*rows])


@pytest.mark.usefixtures("four_threads")
@pytest.mark.parametrize("n", [1, 7, 8, 33, 100])
@pytest.mark.parametrize("most", [1, 8, 32])
def test_every_row_comes_back_in_its_place(n: int, most: int) -> None:
    asked: list[int] = []

    def compute(batch: torch.Tensor) -> torch.Tensor:
        asked.append(len(batch))
        return rows_of(batch)

    wanted = rows_of(torch.from_numpy(pictures(n)))
    assert torch.equal(together(Lanes(threading.Lock()).run(compute, pictures(n), most)), wanted)
    assert max(asked) <= most
    lane = OneLane(torch.device("cpu"), threading.Lock())
    assert torch.equal(together(lane.run(compute, pictures(n), most)), wanted)


def test_no_pictures_give_no_rows() -> None:
    assert list(Lanes(threading.Lock()).run(rows_of, pictures(0), 32)) == []


@pytest.mark.usefixtures("four_threads")
def test_a_batch_is_shared_among_threads_with_a_part_of_the_processors_each() -> None:
    seen = []

    def compute(batch: torch.Tensor) -> torch.Tensor:
        seen.append((len(batch), torch.get_num_threads()))
        return batch

    list(Lanes(threading.Lock()).run(compute, pictures(16), 32))
    assert sorted(seen) == [(16 // N_LANES, 4 // N_LANES)] * N_LANES
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert (torch.get_num_threads(), others) == (4, [4])


@pytest.mark.usefixtures("four_threads")
def test_a_lane_that_is_done_goes_on_with_the_batch_of_another_thread() -> None:
    lanes = Lanes(threading.Lock())
    held_now, late = threading.Event(), threading.Event()

    def hold_one_lane(batch: torch.Tensor) -> torch.Tensor:
        if batch[0, 0, 0, 0] == 0:
            held_now.set()
            assert late.wait(20)
        return rows_of(batch)

    held = pictures(8)
    held[0, 0, 0, 0], held[4, 0, 0, 0] = 0, 1
    with ThreadPoolExecutor(1) as other:
        first = other.submit(lambda: together(lanes.run(hold_one_lane, held, 8)))
        assert held_now.wait(20)
        second = together(lanes.run(rows_of, pictures(64), 8))
        late.set()
        assert torch.equal(first.result(20), rows_of(torch.from_numpy(held)))
    assert torch.equal(second, rows_of(torch.from_numpy(pictures(64))))


@pytest.mark.usefixtures("four_threads")
def test_few_pictures_do_not_wait_for_lanes_that_are_taken() -> None:
    lock = threading.Lock()
    lanes = Lanes(lock)
    taken, late = threading.Barrier(N_LANES + 1), threading.Event()

    def hold(batch: torch.Tensor) -> torch.Tensor:
        taken.wait(20)
        assert late.wait(20)
        return rows_of(batch)

    with ThreadPoolExecutor(1) as other:
        held = other.submit(lambda: together(lanes.run(hold, pictures(8), 8)))
        taken.wait(20)
        few = together(lanes.run(rows_of, pictures(1), 8))
        assert not lock.locked()  # Which texts take.
        assert not held.done()
        late.set()
        assert len(held.result(20)) == 8
    assert torch.equal(few, rows_of(torch.from_numpy(pictures(1))))


@pytest.mark.usefixtures("four_threads")
def test_what_a_lane_raises_is_raised_and_what_comes_after_it_is_not_computed() -> None:
    lanes = Lanes(threading.Lock())
    asked: list[int] = []

    def fail(batch: torch.Tensor) -> torch.Tensor:
        asked.append(len(batch))
        time.sleep(0.02)  # Longer than it takes to call 196 parts off.
        raise RuntimeError(f"no room for {len(batch)}")

    with pytest.raises(RuntimeError, match="no room for 8"):
        list(lanes.run(fail, pictures(1600), 16))
    list(lanes.run(rows_of, pictures(8), 8))  # Whatever was left would be computed before it.
    assert len(asked) < 100
