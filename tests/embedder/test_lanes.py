"""Lanes compute what one computation does, and leave other threads their processors."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from search.adapters.openclip.lanes import N_LANES, Lanes


def rows_of(batch: torch.Tensor) -> torch.Tensor:
    return batch.to(torch.float32).mean(dim=1, keepdim=True)


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("four_threads")
@pytest.mark.parametrize("n", [1, 7, 8, 33])
def test_every_row_comes_back_in_its_place(n: int) -> None:
    batch = torch.arange(5 * n).reshape(n, 5)
    assert torch.equal(Lanes().run(rows_of, batch), rows_of(batch))


@pytest.mark.usefixtures("four_threads")
def test_a_batch_is_shared_among_threads_with_a_part_of_the_processors_each() -> None:
    seen = []
    lanes = Lanes()

    def compute(batch: torch.Tensor) -> torch.Tensor:
        seen.append((len(batch), torch.get_num_threads()))
        return batch

    lanes.run(compute, torch.zeros(16, 2))
    assert sorted(seen) == [(16 // N_LANES, 4 // N_LANES)] * N_LANES
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert (torch.get_num_threads(), others) == (4, [4])


@pytest.mark.usefixtures("four_threads")
def test_what_a_lane_raises_is_raised() -> None:
    def fail(batch: torch.Tensor) -> torch.Tensor:
        raise RuntimeError(f"no room for {len(batch)}")

    with pytest.raises(RuntimeError, match="no room for 8"):
        Lanes().run(fail, torch.zeros(16, 2))
