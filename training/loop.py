"""The loop that every stage of training shares: steps, a log, and checkpoints to go on from."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import torch


class Stateful(Protocol):
    """A module or an optimiser: whatever a checkpoint has to hold."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any: ...


def run_stage(
    name: str,
    *,
    n_steps: int,
    parts: Mapping[str, Stateful],
    step: Callable[[int], dict[str, float]],
    folder: Path,
    checkpoint_every: int,
    log_every: int = 20,
    snapshot: str = "",
) -> None:
    """Run `step(0)` to `step(n_steps - 1)`, going on from the last checkpoint.

    A step may draw chance only from its own number, so that a run that was cut at any time
    ends in the weights of one that was not. Each `log_every` steps the means of the losses
    become one line of `log.jsonl`; seconds are those spent in steps, over all the cuts. Each
    checkpoint also leaves the part named `snapshot` aside, to plot progress from later.
    """
    checkpoint = folder / f"{name}.checkpoint.pt"
    start, seconds = _resume(checkpoint, parts)
    window: dict[str, list[float]] = {}
    began = time.perf_counter()
    for number in range(start, n_steps):
        for key, value in step(number).items():
            window.setdefault(key, []).append(value)
        done = number + 1
        spent = seconds + time.perf_counter() - began
        if done % log_every == 0 or done == n_steps:
            means = {key: round(sum(values) / len(values), 5) for key, values in window.items()}
            append_log(folder, {"stage": name, "step": done, "seconds": round(spent, 1), **means})
            window.clear()
        if done % checkpoint_every == 0 or done == n_steps:
            states = {key: part.state_dict() for key, part in parts.items()}
            save(checkpoint, {"step": done, "seconds": spent, "parts": states})
            if snapshot:
                kept = {"step": done, "seconds": spent, "part": states[snapshot]}
                save(folder / "snapshots" / f"{name}-{done:06d}.pt", kept)


def append_log(folder: Path, entry: dict[str, Any]) -> None:
    """Add one line of JSON to the run's log."""
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a run's `log.jsonl`."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def stage_seconds(log: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds spent in the steps of each stage, over all the cuts."""
    return {line["stage"]: float(line["seconds"]) for line in log if "seconds" in line}


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint aside and rename it, so that a cut leaves the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".partial")
    torch.save(content, aside)
    aside.replace(path)


def warmup_then(step: int, *, warmup: int, n_steps: int, decay_from: float) -> float:
    """A factor in [0, 1] for the learning rate: up, steady, then down along a cosine.

    `decay_from` is the share of the steps after which it begins to fall; 1.0 never falls.
    """
    if step < warmup:
        return (step + 1) / warmup
    begin = decay_from * n_steps
    if step < begin:
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (step - begin) / max(1, n_steps - begin)))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set every group's learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("rate_scale", 1.0)


def without_decay(modules: list[torch.nn.Module], weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups in which biases, norms and scales are not decayed."""
    parameters = [p for module in modules for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _resume(path: Path, parts: Mapping[str, Stateful]) -> tuple[int, float]:
    if not path.exists():
        return 0, 0.0
    content = torch.load(path, map_location="cpu", weights_only=True)
    for key, part in parts.items():
        part.load_state_dict(content["parts"][key])
    return int(content["step"]), float(content["seconds"])
