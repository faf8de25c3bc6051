"""A second run over unchanged files costs a `stat` each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.figures import Report
from tests.support.galleries import GalleryUnderTest, draw

LIMIT_S = 3.0


@pytest.mark.parametrize("n_files", [300, pytest.param(10_000, marks=pytest.mark.acceptance)])
def test_second_run_embeds_nothing_and_takes_no_revision(
    n_files: int, home: Path, tmp_path: Path, repository: Path, report_figure: Report
) -> None:
    gallery = GalleryUnderTest(home, tmp_path / "photos")
    for number in range(n_files):
        draw(gallery.photos / f"{number % 50}" / f"{number}.bmp", number, size=8)
    gallery.run()
    before = gallery.row

    seconds = []
    for _ in range(3 if n_files >= 10_000 else 1):
        began = time.perf_counter()
        finished = subprocess.run(
            [sys.executable, "-m", "cli", "index", str(gallery.photos), "--json"],
            cwd=repository,
            env={**os.environ, "SIGHTLINE_HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds.append(time.perf_counter() - began)

    report = json.loads(finished.stdout)
    assert (report["unchanged"], report["new"], report["embedded"]) == (n_files, 0, 0)
    assert report["seconds"]["embed"] == report["seconds"]["decode"] == 0
    assert gallery.row == before
    report_figure(
        f"second run over {n_files} unchanged files: {min(seconds):.2f} s, of which the scan "
        f"{report['seconds']['scan']:.2f} s"
    )
    if n_files >= 10_000:
        assert min(seconds) < LIMIT_S
    gallery.close()
