"""Hostile files, end to end: each is indexed or recorded with a reason, none stops the run."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import psutil
import pytest

from tests.support.figures import Report
from tests.support.galleries import GalleryUnderTest

LIMIT_BYTES = 2**30
LIMIT_S = 20.0


class MemoryWatch:
    """The most memory that any decoding process takes above what it starts with."""

    def __init__(self) -> None:
        self.most_bytes = 0
        self._idle: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        parent = psutil.Process(os.getpid())
        while not self._stop.wait(0.01):
            for child in parent.children():
                try:
                    resident = child.memory_info().rss
                except psutil.Error:
                    continue
                idle = self._idle.setdefault(child.pid, resident)
                self.most_bytes = max(self.most_bytes, resident - idle)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def index_hostile(gallery: GalleryUnderTest, files: list[Path], report_figure: Report) -> None:
    gallery.draw("good.png", 1)
    for path in files:
        shutil.copyfile(path, gallery.photos / path.name)
    # In a folder, files of unknown endings are passed over; each that is named is tried.
    targets = sorted(gallery.photos.iterdir())
    began = time.perf_counter()
    with MemoryWatch() as memory:
        report = gallery.run(*targets)
    took_s = time.perf_counter() - began

    failed = {Path(file.uri).name: file.reason for file in report.failed}
    assert set(gallery.live()) | failed.keys() == {path.name for path in files} | {"good.png"}
    assert all(reason.strip() for reason in failed.values())
    assert memory.most_bytes < LIMIT_BYTES
    assert took_s < LIMIT_S * len(files)
    with gallery.catalogue.reading() as snapshot:
        recorded = snapshot.failed_files(gallery.row.id)
    assert {Path(file.uri).name for file in recorded} == failed.keys()

    again = gallery.run(*targets)
    assert (again.new, again.embedded, again.failed) == (0, 0, ())
    report_figure(
        f"{len(files)} hostile files: {len(failed)} recorded with a reason, "
        f"{len(gallery.live()) - 1} indexed, in {took_s:.1f} s; most memory above idle "
        f"{memory.most_bytes / 2**20:.0f} MiB"
    )


def test_run_over_some_hostile_files_goes_on(
    gallery: GalleryUnderTest, shared_data: Path, report_figure: Report
) -> None:
    files = sorted((shared_data / "hostile").iterdir(), key=lambda path: path.stat().st_size)
    index_hostile(gallery, files[:8], report_figure)


@pytest.mark.acceptance
def test_run_over_all_hostile_files_goes_on(
    gallery: GalleryUnderTest, shared_data: Path, report_figure: Report
) -> None:
    index_hostile(gallery, sorted((shared_data / "hostile").iterdir()), report_figure)
