"""Decoding processes: what they give, and that nothing a picture does to them hurts the others."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.decoding.tasks import KnownContent, PictureRead, ReadFailed, ReadResult, ReadTask
from search.domain.indexing import RootKind
from tests.decoding.conftest import MODEL_INPUT, encoded, gradient


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(12):
        gradient(300 + number, 200).save(tmp_path / f"{number:02}.jpg")
    return tmp_path


@pytest.fixture(scope="module")
def pool() -> Iterator[DecodePool]:
    with DecodePool(MODEL_INPUT, DecodeLimits(), 2) as pool:
        yield pool


def tasks_of(folder: Path, **options: object) -> list[ReadTask]:
    names = sorted(path.name for path in folder.iterdir())
    return [
        ReadTask(name, str(folder), RootKind.FOLDER, name, **options)  # type: ignore[arg-type]
        for name in names
    ]


@pytest.fixture(scope="session")
def slow_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred million pixels that take most of a second to decode and few bytes to store."""
    path = tmp_path_factory.mktemp("slow") / "slow.png"
    Image.new("1", (15_000, 15_000)).save(path, "PNG", compress_level=1)
    return path


def read_with_a_signal(
    folder: Path, slow_picture: Path, how: int, *, timeout_s: float
) -> tuple[ReadResult, list[ReadResult]]:
    """What is read of a slow picture, whose process gets a signal meanwhile, and of the others."""
    shutil.copy(slow_picture, folder / "00-slow.png")
    with DecodePool(MODEL_INPUT, DecodeLimits(timeout_s=timeout_s), 1) as pool:
        list(pool.read(tasks_of(folder)[-1:]))
        (pid,) = pool.worker_pids
        process = psutil.Process(pid)
        before = process.memory_info().rss

        def signal_when_busy() -> None:
            while process.memory_info().rss < before + 20 * 2**20:
                pass
            process.send_signal(how)

        sender = threading.Thread(target=signal_when_busy)
        sender.start()
        results = by_name(list(pool.read(tasks_of(folder))))
        sender.join()
        assert pool.worker_pids != (pid,)
    slow = results.pop("00-slow.png")
    return slow, list(results.values())


def by_name(results: list[ReadResult]) -> dict[str, ReadResult]:
    return {result.task.path: result for result in results}


def test_every_task_is_answered_once_with_pixels_hash_and_size(
    pool: DecodePool, folder: Path
) -> None:
    results = by_name(list(pool.read(tasks_of(folder))))
    assert len(results) == 12
    for name, result in results.items():
        assert isinstance(result, PictureRead)
        assert result.task.key == name
        assert result.pixels.shape == (224, 224, 3)
        assert result.picture.width == 300 + int(name[:2])
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert result.picture.content_hash == digest


def test_known_content_is_hashed_and_not_decoded(pool: DecodePool, folder: Path) -> None:
    hashes = {hashlib.sha256((folder / "03.jpg").read_bytes()).hexdigest()}
    results = by_name(list(pool.read(tasks_of(folder, known_hashes=frozenset(hashes)))))
    assert isinstance(results["03.jpg"], KnownContent)
    assert {results["03.jpg"].content_hash} == hashes
    assert isinstance(results["04.jpg"], PictureRead)


def test_without_pixels_wanted_the_facts_come_alone(pool: DecodePool, folder: Path) -> None:
    results = list(pool.read(tasks_of(folder, pixels_wanted=False)))
    assert all(isinstance(r, PictureRead) and r.pixels.shape == (0, 0, 3) for r in results)


def test_pictures_in_archives_and_catalogues_are_read_alike(
    pool: DecodePool, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("archives")
    with (
        zipfile.ZipFile(home / "a.zip", "w") as packed,
        tarfile.open(home / "a.tgz", "w:gz") as tar,
    ):
        for path in sorted(folder.iterdir()):
            packed.write(path, path.name)
            tar.add(path, path.name)
    names = sorted(path.name for path in folder.iterdir())
    tasks = [
        ReadTask(name, str(home), RootKind.FOLDER, f"{archive}!/{name}")
        for archive in ("a.zip", "a.tgz")
        for name in names
    ]
    tasks += [ReadTask(n, str(folder / "shop.csv"), RootKind.CATALOGUE, n) for n in names]
    hashes: dict[object, set[str]] = {}
    for result in pool.read(tasks):
        assert isinstance(result, PictureRead)
        hashes.setdefault(result.task.key, set()).add(result.picture.content_hash)
    assert set(hashes) == set(names)
    assert all(len(found) == 1 for found in hashes.values())


def test_file_that_is_gone_or_no_file_gives_a_reason(pool: DecodePool, folder: Path) -> None:
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    (folder / "empty.jpg").touch()
    tasks = [
        ReadTask(name, str(folder), RootKind.FOLDER, name)
        for name in ("gone.jpg", "folder.jpg", "pipe.jpg", "empty.jpg", "00.jpg")
    ]
    results = by_name(list(pool.read(tasks)))
    reasons = {name: r.reason for name, r in results.items() if isinstance(r, ReadFailed)}
    assert set(reasons) == {"gone.jpg", "folder.jpg", "pipe.jpg", "empty.jpg"}
    assert reasons["gone.jpg"] == "The file is gone."
    assert all(reason.endswith(".") for reason in reasons.values())


def test_file_beyond_the_byte_limit_is_not_read(folder: Path) -> None:
    size = (folder / "05.jpg").stat().st_size
    with DecodePool(MODEL_INPUT, DecodeLimits(n_bytes=size - 1), 1) as pool:
        (result,) = pool.read([ReadTask(1, str(folder), RootKind.FOLDER, "05.jpg")])
    assert isinstance(result, ReadFailed)
    assert "longer than" in result.reason
    assert result.content_hash is None


def test_picture_that_takes_too_long_fails_and_the_others_go_on(
    folder: Path, slow_picture: Path
) -> None:
    slow, others = read_with_a_signal(folder, slow_picture, signal.SIGSTOP, timeout_s=3)
    assert isinstance(slow, ReadFailed)
    assert "longer than the 3 s" in slow.reason
    assert len(others) == 12
    assert all(isinstance(result, PictureRead) for result in others)


def test_picture_that_needs_too_much_memory_fails_and_the_others_go_on(
    folder: Path, slow_picture: Path
) -> None:
    shutil.copy(slow_picture, folder / "05-large.png")
    limits = DecodeLimits(memory_bytes=100 * 2**20)
    with DecodePool(MODEL_INPUT, limits, 1) as pool:
        results = by_name(list(pool.read(tasks_of(folder))))
    large = results.pop("05-large.png")
    assert isinstance(large, ReadFailed)
    assert "100 MiB allowed" in large.reason
    assert all(isinstance(result, PictureRead) for result in results.values())


def test_memory_is_limited_where_no_header_tells(tmp_path: Path) -> None:
    Image.new("RGBA", (4_000, 4_000)).save(tmp_path / "a.png", compress_level=1)
    limits = DecodeLimits(memory_bytes=72 * 2**20)
    with DecodePool(MODEL_INPUT, limits, 1) as pool:
        (result,) = pool.read(tasks_of(tmp_path))
    assert isinstance(result, ReadFailed)
    assert "memory" in result.reason


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV])
def test_process_that_dies_is_blamed_on_its_picture_alone(
    folder: Path, slow_picture: Path, how: int
) -> None:
    slow, others = read_with_a_signal(folder, slow_picture, how, timeout_s=60)
    assert isinstance(slow, ReadFailed)
    assert "crashed" in slow.reason
    assert all(isinstance(result, PictureRead) for result in others)


def test_process_killed_between_pictures_is_replaced(folder: Path) -> None:
    with DecodePool(MODEL_INPUT, DecodeLimits(), 1) as pool:
        list(pool.read(tasks_of(folder)))
        process = psutil.Process(pool.worker_pids[0])
        process.kill()
        psutil.wait_procs([process], timeout=10)
        results = list(pool.read(tasks_of(folder)))
    failed = [result for result in results if isinstance(result, ReadFailed)]
    assert len(results) == 12
    assert len(failed) <= 1


def test_no_more_pictures_are_under_way_than_allowed(folder: Path) -> None:
    drawn = 0

    def counted() -> Iterator[ReadTask]:
        nonlocal drawn
        for _ in range(5):
            for task in tasks_of(folder):
                drawn += 1
                yield task

    with DecodePool(MODEL_INPUT, DecodeLimits(), 1, look_ahead=5) as pool:
        for n_taken, _ in enumerate(pool.read(counted())):
            assert drawn <= n_taken + 5


def test_iteration_left_early_does_not_leak_into_the_next(pool: DecodePool, folder: Path) -> None:
    for _ in pool.read(tasks_of(folder)):
        break
    results = list(pool.read(tasks_of(folder)[:3]))
    assert sorted(result.task.path for result in results) == ["00.jpg", "01.jpg", "02.jpg"]


def test_no_process_is_left_when_the_pool_closes(folder: Path, slow_picture: Path) -> None:
    shutil.copy(slow_picture, folder / "00-slow.png")
    with DecodePool(MODEL_INPUT, DecodeLimits(timeout_s=60), 2) as pool:
        next(pool.read(tasks_of(folder)))
        processes = [psutil.Process(pid) for pid in pool.worker_pids]
        assert processes
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert not alive


def test_pool_without_tasks_starts_no_process() -> None:
    with DecodePool(MODEL_INPUT, DecodeLimits(), 2) as pool:
        assert list(pool.read([])) == []
        assert pool.worker_pids == ()


RUN = """
import sys
from indexer.decoding.pool import DecodePool
from indexer.decoding.limits import DecodeLimits
from indexer.decoding.tasks import ReadTask
from search.domain.indexing import RootKind
from search.domain.space import Preprocessing

MODEL_INPUT = Preprocessing(224, 224, "shortest", "bicubic", (0, 0, 0), (1, 1, 1))

def endless():
    while True:
        yield ReadTask(1, sys.argv[1], RootKind.FOLDER, "00.jpg")

with DecodePool(MODEL_INPUT, DecodeLimits(), 2) as pool:
    for number, _ in enumerate(pool.read(endless())):
        if number == 10:
            print(*pool.worker_pids, flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_their_parent_and_say_nothing(
    folder: Path, repository: Path, how: int
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder)],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    assert workers
    if how == signal.SIGINT:
        os.killpg(parent.pid, how)  # As a terminal does: to every process of the command.
    else:
        parent.kill()
    _, errors = parent.communicate(timeout=30)
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert errors.count(b"Traceback") == (1 if how == signal.SIGINT else 0)


def test_decoding_process_loads_neither_model_nor_database(folder: Path) -> None:
    with DecodePool(MODEL_INPUT, DecodeLimits(), 1) as pool:
        list(pool.read(tasks_of(folder)))
        maps = psutil.Process(pool.worker_pids[0]).memory_maps()
    libraries = " ".join(entry.path for entry in maps)
    assert "_imaging" in libraries
    for heavy in ("torch", "faiss", "sqlalchemy", "sqlite3", "open_clip", "pydantic"):
        assert heavy not in libraries


def test_what_codecs_print_is_not_seen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    content = bytearray(encoded(gradient(), "TIFF", compression="tiff_lzw"))
    content[20:40] = bytes(20)
    (tmp_path / "a.tif").write_bytes(content)
    with DecodePool(MODEL_INPUT, DecodeLimits(), 1) as pool:
        list(pool.read(tasks_of(tmp_path)))
    assert capfd.readouterr() == ("", "")
