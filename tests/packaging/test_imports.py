"""What is loaded when: help and the core answer at once, heavy libraries only when needed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "open_clip", "timm", "faiss", "sqlalchemy")


def imported_by(repository: Path, statement: str) -> set[str]:
    """Top-level packages that a fresh interpreter loads for one statement."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", statement],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize(
    "statement",
    [
        "import search",
        "import search.domain.query, search.ports.catalogue, search.errors, search.settings",
        "import search.bootstrap",
        "import cli.main; cli.main.main(['--help'])",
        "import cli.main; cli.main.main(['index', '--help'])",
        "import cli.main; cli.main.main(['search', '--help'])",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(repository: Path, statement: str) -> None:
    loaded = imported_by(repository, statement)
    assert "search" in loaded
    assert not loaded & set(HEAVY)


def test_a_decoding_process_starts_without_what_few_pictures_need(repository: Path) -> None:
    """Each process pays for it, and nothing is embedded before the first is ready."""
    statement = (
        "from indexer.decoding.worker import run_worker; "
        "from indexer.decoding.reading import PictureReader"
    )
    loaded = imported_by(repository, statement)
    assert "indexer" in loaded
    assert not loaded & {*HEAVY, "numpy", "zipfile", "tarfile", "pillow_heif"}


def test_help_says_how_long_it_took(repository: Path) -> None:
    """No limit here, as machines differ; the figure is printed for whoever reads the log."""
    took_ms = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "cli", "--help"], cwd=repository, capture_output=True, check=True
        )
        took_ms.append((time.perf_counter() - started) * 1000)
    sys.stdout.write(f"sightline --help: {min(took_ms):.0f} ms, best of three\n")
