"""The loop that every stage of training shares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from training.loop import run_stage, warmup_then  # noqa: E402
from training.sampling import Prefetch, epoch_rows, step_rng  # noqa: E402


class CutError(Exception):
    """The power went out."""


def _train(folder: Path, n_steps: int, cut_at: int | None = None) -> torch.Tensor:
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, 1)
    optimiser = torch.optim.AdamW(layer.parameters(), lr=0.1)

    def step(number: int) -> dict[str, float]:
        if number == cut_at:
            raise CutError
        x = torch.from_numpy(step_rng(3, number).normal(size=(8, 4))).float()
        loss = (layer(x) - x.sum(1, keepdim=True)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return {"loss": float(loss.detach())}

    parts = {"layer": layer, "optimiser": optimiser}
    run_stage(
        "fit",
        n_steps=n_steps,
        parts=parts,
        step=step,
        folder=folder,
        checkpoint_every=3,
        log_every=2,
    )
    return layer.weight.detach().clone()


@pytest.mark.parametrize("cut_at", [0, 2, 3, 7, 9])
def test_a_run_that_was_cut_ends_in_the_weights_of_one_that_was_not(
    tmp_path: Path, cut_at: int
) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    whole = _train(tmp_path / "whole", 10)
    with pytest.raises(CutError):
        _train(tmp_path / "cut", 10, cut_at=cut_at)

    assert torch.equal(_train(tmp_path / "cut", 10), whole)


def test_the_log_is_json_lines_with_falling_losses(tmp_path: Path) -> None:
    _train(tmp_path, 20)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]

    assert [line["step"] for line in lines] == list(range(2, 21, 2))
    assert lines[-1]["loss"] < lines[0]["loss"]


def test_a_finished_stage_does_nothing_more(tmp_path: Path) -> None:
    first = _train(tmp_path, 6)

    assert torch.equal(_train(tmp_path, 6, cut_at=0), first)


def test_the_rate_warms_up_stays_and_falls_to_nothing() -> None:
    rates = [warmup_then(s, warmup=10, n_steps=100, decay_from=0.5) for s in range(101)]

    assert rates[0] == pytest.approx(0.1)
    assert rates[10:50] == [1.0] * 40
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert rates[100] == pytest.approx(0.0)


def test_an_epoch_shows_each_row_once() -> None:
    import numpy as np

    pool = np.arange(100, 130)
    seen = np.concatenate([epoch_rows(pool, step, 5, seed=1) for step in range(6)])

    assert sorted(seen) == list(pool)
    assert not np.array_equal(epoch_rows(pool, 0, 5, seed=1), epoch_rows(pool, 6, 5, seed=1))


def test_prefetched_batches_are_those_of_their_steps() -> None:
    batches = Prefetch(lambda step: step * step, n_steps=7)

    assert [batches(step) for step in range(2, 7)] == [4, 9, 16, 25, 36]
