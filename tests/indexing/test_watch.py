"""A watched folder follows what happens in it; every wait is on an event, with a bound."""

from __future__ import annotations

import queue
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.reconcile import IndexOptions
from indexer.stopping import StopRequest
from indexer.watch import WatchEvent, WatchOptions, watch
from search.domain.item import ItemState
from search.errors import NotFoundError
from tests.support.galleries import GalleryUnderTest, draw

BOUND_S = 60.0
FAST = WatchOptions(quiet_s=0.1, longest_burst_s=2.0)


class RunningWatch:
    """A watch in a thread, and what it tells."""

    def __init__(
        self, gallery: GalleryUnderTest, options: WatchOptions = FAST, *, folds: bool = False
    ) -> None:
        self.gallery = gallery
        self.told: queue.Queue[WatchEvent] = queue.Queue()
        self.stop = StopRequest()
        self.failure: BaseException | None = None
        self._options = options
        self._folds = folds
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            watch(
                self.gallery.settings,
                self.gallery.catalogue,
                [self.gallery.photos],
                tell=self.told.put,
                options=self._options,
                index_options=IndexOptions(fold=self._folds),
                open_embedder=self.gallery.open_embedder,
                stop=self.stop,
            )
        except BaseException as error:  # Handed to the test.
            self.failure = error

    def __enter__(self) -> RunningWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.ask()
        self._thread.join(BOUND_S)
        assert not self._thread.is_alive()
        assert self.failure is None

    def wait_until(self, names: set[str]) -> None:
        """Take what is told until exactly these photos are live."""
        deadline = time.monotonic() + BOUND_S
        while set(self.gallery.live()) != names:
            self.told.get(timeout=max(0.01, deadline - time.monotonic()))


@pytest.fixture
def running(gallery: GalleryUnderTest) -> Iterator[RunningWatch]:
    gallery.draw("first.png", 1)
    with RunningWatch(gallery) as watching:
        event = watching.told.get(timeout=BOUND_S)
        assert event.report is not None
        assert event.report.new == 1
        yield watching


def test_watched_folder_follows_additions_moves_edits_and_deletions(
    running: RunningWatch, gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    item_id = gallery.live()["first.png"]
    # Written outside and moved in, as a whole folder: one burst.
    for number in range(3):
        draw(tmp_path / "incoming" / f"{number}.png", 10 + number)
    (tmp_path / "incoming").rename(gallery.photos / "trip")
    running.wait_until({"first.png", "trip/0.png", "trip/1.png", "trip/2.png"})

    (gallery.photos / "first.png").rename(gallery.photos / "trip" / "renamed.png")
    running.wait_until({"trip/renamed.png", "trip/0.png", "trip/1.png", "trip/2.png"})
    assert gallery.live()["trip/renamed.png"] == item_id

    (gallery.photos / "trip" / "1.png").unlink()
    running.wait_until({"trip/renamed.png", "trip/0.png", "trip/2.png"})
    assert gallery.item("trip/1.png").state is ItemState.MISSING


def test_half_written_file_is_indexed_once_it_is_whole(
    running: RunningWatch, gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    content = draw(tmp_path / "whole.png", 5, size=200).read_bytes()
    with (gallery.photos / "slow.png").open("wb") as file:
        for start in range(0, len(content), len(content) // 4):
            file.write(content[start : start + len(content) // 4])
            file.flush()
    running.wait_until({"first.png", "slow.png"})

    with gallery.catalogue.reading() as snapshot:
        assert not snapshot.failed_files(gallery.row.id)


def test_vanished_root_is_told_and_hides_nothing(
    running: RunningWatch, gallery: GalleryUnderTest
) -> None:
    shutil.rmtree(gallery.photos)

    assert running.told.get(timeout=BOUND_S).problem
    assert set(gallery.live()) == {"first.png"}


def test_lost_notices_are_made_up_for_by_the_periodic_scan(gallery: GalleryUnderTest) -> None:
    gallery.draw("first.png", 1)
    with RunningWatch(gallery, WatchOptions(quiet_s=0.1, rescan_s=0.2)) as watching:
        reports = [watching.told.get(timeout=BOUND_S).report for _ in range(3)]

    assert [report and report.unchanged for report in reports] == [0, 1, 1]


def test_generation_is_built_in_the_background(gallery: GalleryUnderTest) -> None:
    gallery.draw("first.png", 1)
    with RunningWatch(gallery, folds=True) as watching:
        watching.told.get(timeout=BOUND_S)

    # Leaving waits for the process that builds.
    with gallery.catalogue.reading() as snapshot:
        assert [row.n_rows for row in snapshot.generations(gallery.row.id)] == [1]


def test_watching_what_is_not_there_is_refused(gallery: GalleryUnderTest, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        watch(gallery.settings, gallery.catalogue, [tmp_path / "nowhere"], tell=lambda event: None)
