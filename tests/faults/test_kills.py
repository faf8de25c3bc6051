"""An index run that is killed at any moment costs nothing but the batch in flight."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from search.settings import Settings
from tests.support.contents import Contents, assert_equal_contents, contents_of
from tests.support.figures import Report
from tests.support.galleries import draw
from tests.support.zygote import Zygote

N_PHOTOS = 60


def some_photos(folder: Path) -> None:
    """Photos in folders, copies among them, an archive, and one that cannot be read."""
    for number in range(N_PHOTOS):
        draw(folder / f"{number % 5}" / f"{number}.png", number)
    shutil.copytree(folder / "0", folder / "copies")
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for number in range(10):
            archive.write(draw(folder.parent / "aside" / f"{number}.png", 500 + number))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")


def much_happens(folder: Path) -> None:
    """A tree moves, photos are edited, deleted and added."""
    (folder / "1").rename(folder / "elsewhere")
    for number in (2, 7, 12):
        draw(folder / "2" / f"{number}.png", 900 + number, mtime=time.time() - 50)
    (folder / "3" / "3.png").unlink()
    for number in range(12):
        draw(folder / "new" / f"{number}.png", 700 + number)


class Runs:
    """Index runs over one folder, each from a copy of the same home."""

    def __init__(self, zygote: Zygote, photos: Path, model: str, start: Path, work: Path) -> None:
        self._zygote = zygote
        self._photos = photos
        self._model = model
        self._start = start
        self._work = work
        self.duration_s = 0.0
        self.expected = self.undisturbed()

    def undisturbed(self) -> Contents:
        home = self._new_home("undisturbed")
        began = time.perf_counter()
        self._begin(home)
        assert self._zygote.finish() in (0, 3)
        self.duration_s = time.perf_counter() - began
        return contents_of(Settings(home=home))

    def killed_after(self, delay_s: float) -> bool:
        """Kill a run, let the next one end; returns whether the kill came in time."""
        home = self._new_home("killed")
        pid = self._begin(home)
        time.sleep(delay_s)  # The moment of the kill, not a wait for something.
        os.kill(pid, signal.SIGKILL)
        hit = self._zygote.finish() == -signal.SIGKILL
        self._begin(home)
        assert self._zygote.finish() in (0, 3)
        assert_equal_contents(contents_of(Settings(home=home)), self.expected)
        shutil.rmtree(home)
        return hit

    def _begin(self, home: Path) -> int:
        arguments = ["index", str(self._photos), "--home", str(home), "--model", self._model]
        return self._zygote.start([*arguments, "--json"])

    def _new_home(self, name: str) -> Path:
        home = self._work / name
        if self._start.exists():
            shutil.copytree(self._start, home)
        return home


def kill_often(runs: Runs, n_kills: int, seed: int) -> int:
    """Kill runs at random moments until so many were hit; returns how many had ended before."""
    moments = random.Random(seed)
    n_hit = n_missed = 0
    while n_hit < n_kills:
        if runs.killed_after(moments.uniform(0.02, 1.0) * runs.duration_s):
            n_hit += 1
        else:
            n_missed += 1
            runs.duration_s *= 0.9  # Files that are in memory by now are read faster.
        assert n_missed <= 3 * n_kills
    return n_missed


def first_runs(zygote: Zygote, photos: Path, model: str, work: Path) -> Runs:
    some_photos(photos)
    return Runs(zygote, photos, model, work / "no-home-yet", work)


def later_runs(zygote: Zygote, photos: Path, model: str, work: Path) -> Runs:
    """Runs that meet a gallery in which much has changed since it was indexed."""
    some_photos(photos)
    start = work / "start"
    zygote.start(["index", str(photos), "--home", str(start), "--model", model, "--json"])
    assert zygote.finish() in (0, 3)
    much_happens(photos)
    return Runs(zygote, photos, model, start, work)


@pytest.mark.parametrize("prepare", [first_runs, later_runs])
@pytest.mark.parametrize("n_kills", [3, pytest.param(25, marks=pytest.mark.acceptance)])
def test_killed_run_is_made_good_by_the_next_one(
    prepare: Callable[[Zygote, Path, str, Path], Runs],
    n_kills: int,
    zygote: Zygote,
    photos: Path,
    small_model: str,
    tmp_path: Path,
    report_figure: Report,
) -> None:
    runs = prepare(zygote, photos, small_model, tmp_path)

    n_missed = kill_often(runs, n_kills, seed=n_kills)

    report_figure(
        f"kills, {prepare.__name__}: {n_kills} at random moments, all made good by the next run "
        f"({n_missed} more came when the run had ended)"
    )
