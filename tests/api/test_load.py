"""The load check: a short one always, in full by `make acceptance`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.service_gallery import make_gallery, photo_gallery
from benchmarks.service_load import Load, Report, run
from search.settings import Settings
from tests.support.embedders import hashing_space

HASHING = (sys.executable, "-m", "tests.support.serve_hashing")


def _hold(report: Report) -> None:
    assert set(report.statuses) <= {"200", "429"}
    assert report.answered_share >= 0.8
    if report.load["disturb"]:
        assert report.reindex == "done"
        assert report.uploads_confirmed > 0
        assert report.hung_client.startswith("HTTP/1.1 408")


def test_clients_are_answered_while_the_index_is_rebuilt_and_one_hangs(home: Path) -> None:
    settings = Settings(home=home, decode_workers=1, upload_idle_s=2.0)
    make_gallery(settings, hashing_space(), 600)
    load = Load(600, 6, 4.0, disturb=True, model="hashing", command=HASHING)
    _hold(run(load, settings))


@pytest.mark.acceptance
@pytest.mark.parametrize("disturb", [False, True])
def test_64_clients_for_a_minute_on_100_000_views(
    home: Path, shared_data: Path, disturb: bool
) -> None:
    with photo_gallery(home, "tiny", shared_data, 100_000):
        settings = Settings(home=home, offline=True, upload_idle_s=15.0)
        report = run(Load(disturb=disturb), settings)
    sys.stdout.write(json.dumps(asdict(report), indent=2) + "\n")
    _hold(report)
    assert report.memory_growth < 0.02
