"""Truncated, corrupt and bomb files end in a result or a reason, in time and within memory."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil
import pytest

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.decoding.tasks import PictureRead, ReadFailed, ReadResult, ReadTask
from search.domain.indexing import RootKind
from tests.decoding.conftest import MODEL_INPUT

GIB = 2**30
SAMPLE = (
    "65536-uint32-limit.png",
    "big-height.webp",
    "corrupt-header.jpg",
    "crash-2020-10-test.tif",
    "decompression_bomb.ico",
    "giant-image.jpg",
    "timeout-755a4d204f4208e3597ac3391edebee196462bd0.dds",
    "truncated.jpg",
)


class MemoryWatch:
    """The most memory that any of a pool's processes held, looked at all the time."""

    def __init__(self, pool: DecodePool) -> None:
        self.peak_bytes = 0
        self._pool = pool
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.002):
            for pid in self._pool.worker_pids:
                try:
                    held = psutil.Process(pid).memory_info().rss
                except psutil.Error:
                    continue
                self.peak_bytes = max(self.peak_bytes, held)


def read_all(pool: DecodePool, files: list[Path]) -> list[ReadResult]:
    return list(pool.read(ReadTask(f, str(f.parent), RootKind.FOLDER, f.name) for f in files))


def check_outcomes(results: list[ReadResult], n_files: int) -> None:
    assert len(results) == n_files
    for result in results:
        assert isinstance(result, PictureRead | ReadFailed)
        if isinstance(result, ReadFailed):
            assert result.reason.endswith(".")
            assert "\n" not in result.reason
            assert len(result.reason) < 300


def test_sample_of_hostile_files_is_survived(shared_data: Path) -> None:
    files = [shared_data / "hostile" / name for name in SAMPLE]
    with DecodePool(MODEL_INPUT, DecodeLimits(), 2) as pool:
        check_outcomes(read_all(pool, files), len(SAMPLE))
        (last,) = read_all(pool, [shared_data / "formats/hopper.png"])
    assert isinstance(last, PictureRead)


@pytest.mark.acceptance
def test_every_hostile_file_ends_in_time_and_within_memory(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted((shared_data / "hostile").iterdir())
    slowest = ("", 0.0)
    with DecodePool(MODEL_INPUT, DecodeLimits(), 1) as pool:
        read_all(pool, [shared_data / "formats/hopper.png"])
        idle = psutil.Process(pool.worker_pids[0]).memory_info().rss
        with MemoryWatch(pool) as memory:
            for file in files:
                started = time.perf_counter()
                check_outcomes(read_all(pool, [file]), 1)
                took_s = time.perf_counter() - started
                slowest = max(slowest, (file.name, took_s), key=lambda pair: pair[1])
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{len(files)} hostile files: slowest {slowest[0]} in {slowest[1]:.2f} s, "
            f"peak {(memory.peak_bytes - idle) / 2**20:.0f} MiB above {idle / 2**20:.0f} MiB idle"
        )
    assert slowest[1] < 20
    assert memory.peak_bytes - idle < GIB
