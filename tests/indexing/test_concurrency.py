"""Runs beside each other, and runs that are asked to stop."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.reconcile import index
from indexer.report import IndexReport, Progress, Stage
from indexer.stopping import StopRequest
from search.domain.arrays import FloatMatrix, PixelBatch
from search.settings import Settings
from tests.support.embedders import HashingEmbedder
from tests.support.galleries import GalleryUnderTest


class MeetingEmbedder(HashingEmbedder):
    """Waits at its first batch until the other run has one too."""

    def __init__(self, barrier: threading.Barrier) -> None:
        super().__init__()
        self._barrier = barrier
        self._met = False

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        if not self._met:
            self._met = True
            self._barrier.wait(20)
        return super().embed_pixels(pixels)


def run_together(
    gallery: GalleryUnderTest, embedders: Sequence[HashingEmbedder]
) -> list[IndexReport]:
    reports: list[IndexReport] = []

    def run(embedder: HashingEmbedder) -> None:
        reports.append(
            index(
                gallery.settings,
                gallery.catalogue,
                [gallery.photos],
                open_embedder=lambda _: embedder,
            )
        )

    threads = [threading.Thread(target=run, args=(embedder,)) for embedder in embedders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return reports


def test_two_runs_at_once_make_each_photo_once(gallery: GalleryUnderTest) -> None:
    for number in range(12):
        gallery.draw(f"{number}.png", number)
    barrier = threading.Barrier(2)

    reports = run_together(gallery, [MeetingEmbedder(barrier), MeetingEmbedder(barrier)])

    assert len(reports) == 2
    assert sum(report.new for report in reports) == 12
    assert len(gallery.live()) == len(gallery.items()) == 12
    assert gallery.run().unchanged == 12


def test_two_runs_at_once_over_a_moved_tree_move_it_once(gallery: GalleryUnderTest) -> None:
    for number in range(8):
        gallery.draw(f"old/{number}.png", number)
    gallery.run()
    before = sorted(gallery.live().values())
    (gallery.photos / "old").rename(gallery.photos / "new")

    reports = run_together(gallery, [HashingEmbedder(), HashingEmbedder()])

    assert len(reports) == 2
    assert sorted(gallery.live().values()) == before
    assert all(name.startswith("new/") for name in gallery.live())
    assert gallery.missing() == {}


def test_stop_is_heeded_after_the_commit_and_the_next_run_goes_on(
    home: Path, tmp_path: Path
) -> None:
    settings = Settings(home=home, decode_workers=1, batch_size=2)
    gallery = GalleryUnderTest(home, tmp_path / "photos", settings=settings)
    for number in range(20):
        gallery.draw(f"{number}.png", number)
    stop = StopRequest()

    def stop_at_first_commit(progress: Progress) -> None:
        if progress.stage is Stage.EMBED:
            stop.ask()

    with pytest.raises(KeyboardInterrupt):
        index(
            settings,
            gallery.catalogue,
            [gallery.photos],
            progress=stop_at_first_commit,
            open_embedder=gallery.open_embedder,
            stop=stop,
        )
    n_stored = len(gallery.live())
    report = gallery.run()

    assert 2 <= n_stored < 20
    assert (report.new, report.unchanged) == (20 - n_stored, n_stored)
    gallery.close()


def test_file_deleted_between_scan_and_reading_is_no_failure(gallery: GalleryUnderTest) -> None:
    for number in range(4):
        gallery.draw(f"{number}.png", number)

    def delete_one(progress: Progress) -> None:
        if progress.stage is Stage.SCAN:
            (gallery.photos / "2.png").unlink(missing_ok=True)

    report = index(
        gallery.settings,
        gallery.catalogue,
        [gallery.photos],
        progress=delete_one,
        open_embedder=gallery.open_embedder,
    )

    assert (report.new, report.failed) == (3, ())
    with gallery.catalogue.reading() as snapshot:
        assert not snapshot.failed_files(gallery.row.id)


def test_file_that_comes_back_before_the_run_ends_is_not_missing(
    gallery: GalleryUnderTest, tmp_path: Path
) -> None:
    for number in range(4):
        gallery.draw(f"{number}.png", number)
    gallery.run()
    shutil.move(gallery.photos / "2.png", tmp_path / "2.png")

    def put_back(progress: Progress) -> None:
        if progress.stage is Stage.SCAN and progress.total is not None:
            shutil.move(tmp_path / "2.png", gallery.photos / "2.png")

    report = index(
        gallery.settings,
        gallery.catalogue,
        [gallery.photos],
        progress=put_back,
        open_embedder=gallery.open_embedder,
    )

    assert report.missing == 0
    assert len(gallery.live()) == 4
