"""Train the small embedded model: `python -m training --config ... --data ... --out ...`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.allocator import keep_freed_memory
from training.config import read_config
from training.pipeline import Run, run_pipeline, stages

_CONFIG = Path(__file__).parent / "configs" / "tiny.toml"


def main(arguments: list[str] | None = None) -> None:
    """Run all stages, or go on with those that a cut left undone."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--config", type=Path, default=_CONFIG)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("build/tiny"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stages", nargs="*", choices=list(stages()), default=())
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    keep_freed_memory()
    torch.set_num_threads(chosen.threads)
    run = Run(read_config(chosen.config), chosen.data, chosen.out, torch.device(chosen.device))
    run_pipeline(run, tuple(chosen.stages))


if __name__ == "__main__":
    main()
