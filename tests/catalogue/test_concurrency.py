"""Many threads and processes on one database, and processes that die."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.adapters.sql import SqlCatalogue, open_catalogue
from search.domain.indexing import CommitReport
from search.errors import StoreBusyError
from tests.catalogue.conftest import Databases
from tests.catalogue.pictures import OTHER_SPACE, SPACE, Shelf, picture

N_THREADS = 4

DYING_WRITER = """
import sys
from search.adapters.sql import open_catalogue
from tests.catalogue.pictures import Shelf
catalogue = open_catalogue(sys.argv[1])
with catalogue.reading() as snapshot:
    shelf = Shelf(catalogue, snapshot.gallery("default"))
shelf.photo("kept.jpg", "red")
with catalogue.writing(shelf.gallery.id) as work:
    work.store_pictures([shelf.picture(f"{n}.jpg", f"{n}") for n in range(200)])
    print("stored", flush=True)
    sys.stdin.read()
"""


def test_snapshot_does_not_see_what_commits_after_it_began(shelf: Shelf) -> None:
    shelf.photo("1.jpg", "red")
    with shelf.catalogue.reading() as snapshot:
        before = snapshot.gallery_by_id(shelf.gallery.id).revision
        shelf.photo("2.jpg", "blue")
        assert snapshot.gallery_by_id(shelf.gallery.id).revision == before
        assert len(list(snapshot.known_files(shelf.root.id))) == 1
        assert len(snapshot.changes(shelf.gallery.id, SPACE.id, 0).item_ids) == 1
    assert len(shelf.known()) == 2


def test_snapshot_begins_when_it_is_opened(shelf: Shelf) -> None:
    with shelf.catalogue.reading() as snapshot:
        shelf.photo("1.jpg", "red")
        assert len(list(snapshot.known_files(shelf.root.id))) == 0


def test_commit_order_is_revision_order(
    shelf: Shelf, open_again: Callable[[], SqlCatalogue]
) -> None:
    """A reader that looks at every commit never sees a revision appear below one it has seen."""
    _ = shelf.root
    start = threading.Barrier(N_THREADS)
    seen: list[int] = []
    done = threading.Event()

    def write(n: int) -> list[int]:
        mine = Shelf(open_again(), shelf.gallery, shelf.root)
        start.wait()
        revisions = []
        for i in range(15):
            with mine.catalogue.writing(mine.gallery.id) as work:
                work.store_pictures([mine.picture(f"{n}-{i}.jpg", f"{n}-{i}")])
                revisions.append(work.commit())
        return revisions

    def read() -> None:
        revision = shelf.gallery.revision
        while not done.is_set() or revision < shelf.revision:
            changes = shelf.changes(revision)
            seen.extend(changes.item_ids.tolist())
            revision = changes.revision

    with ThreadPoolExecutor(N_THREADS + 1) as pool:
        reader = pool.submit(read)
        written = list(pool.map(write, range(N_THREADS)))
        done.set()
        reader.result()
    revisions = [revision for one in written for revision in one]
    assert len(set(revisions)) == N_THREADS * 15
    assert all(one == sorted(one) for one in written)
    assert sorted(seen) == sorted(shelf.changes().item_ids.tolist())
    assert len(seen) == len(set(seen)) == N_THREADS * 15


def test_two_indexers_that_store_the_same_photos_make_each_once(
    shelf: Shelf, open_again: Callable[[], SqlCatalogue]
) -> None:
    _ = shelf.root
    start = threading.Barrier(N_THREADS)

    def write(n: int) -> CommitReport:
        mine = Shelf(open_again(), shelf.gallery, shelf.root)
        pictures = [
            mine.picture(f"{i}.jpg", f"{i}", keywords=("a", f"k{i % 3}")) for i in range(40)
        ]
        start.wait()
        return mine.store(*(pictures if n % 2 else reversed(pictures)))

    with ThreadPoolExecutor(N_THREADS) as pool:
        reports = list(pool.map(write, range(N_THREADS)))
    assert sum(report.added for report in reports) == 40
    assert sum(report.unchanged for report in reports) == 40 * (N_THREADS - 1)
    assert len(shelf.findable()) == 40
    assert shelf.revision == shelf.gallery.revision + 1
    assert list(shelf.catalogue.problems()) == []


def test_no_view_is_claimed_twice(shelf: Shelf, open_again: Callable[[], SqlCatalogue]) -> None:
    shelf.store(*(shelf.picture(f"{n}.jpg", f"{n}") for n in range(60)))
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.add_space(OTHER_SPACE)
        work.commit()
    start = threading.Barrier(N_THREADS)

    def claim(n: int) -> list[int]:
        catalogue = open_again()
        start.wait()
        mine: list[int] = []
        for _ in range(10):
            with catalogue.writing(shelf.gallery.id) as work:
                claims = work.claim_views(OTHER_SPACE.id, holder=f"{n}", limit=4, lease_s=60)
                work.commit()
            mine += [one.view_id for one in claims]
        return mine

    with ThreadPoolExecutor(N_THREADS) as pool:
        claimed = [view_id for one in pool.map(claim, range(N_THREADS)) for view_id in one]
    assert len(claimed) == len(set(claimed)) == 60


def test_one_of_many_gets_the_lease(shelf: Shelf, open_again: Callable[[], SqlCatalogue]) -> None:
    start = threading.Barrier(N_THREADS)

    def acquire(n: int) -> bool:
        catalogue = open_again()
        start.wait()
        return catalogue.acquire_lease("build", holder=f"{n}", lease_s=60) is not None

    with ThreadPoolExecutor(N_THREADS) as pool:
        assert sum(pool.map(acquire, range(N_THREADS))) == 1


def test_claiming_does_not_wait_for_a_writer_on_postgresql(postgres: Databases) -> None:
    url = postgres.migrated()
    catalogue = open_catalogue(url, busy_timeout_s=1.0)
    gallery = catalogue.create_gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_space(SPACE)
        work.commit()
    shelf = Shelf(catalogue, gallery)
    shelf.photo("1.jpg", "red")
    with catalogue.writing(gallery.id) as work:
        work.add_space(OTHER_SPACE)
        work.commit()
    with catalogue.writing(gallery.id) as work:
        work.store_pictures([shelf.picture("2.jpg", "blue")])
        with catalogue.writing(gallery.id) as other:
            assert len(other.claim_views(OTHER_SPACE.id, holder="a", limit=9, lease_s=60)) == 1
            with catalogue.writing(gallery.id) as third:
                assert not third.claim_views(OTHER_SPACE.id, holder="b", limit=9, lease_s=60)
            other.commit()
        work.commit()
    catalogue.close()
    postgres.drop(url)


def test_writer_that_waits_too_long_says_the_database_is_busy(url: str, shelf: Shelf) -> None:
    one = shelf.picture("1.jpg", "red")
    impatient = open_catalogue(url, busy_timeout_s=0.05)
    with shelf.catalogue.writing(shelf.gallery.id) as work:
        work.store_pictures([one])
        with (
            pytest.raises(StoreBusyError) as caught,
            impatient.writing(shelf.gallery.id) as late,
        ):
            late.store_pictures([picture(shelf.root, "2.jpg", "blue")])
        work.commit()
    impatient.close()
    assert "SIGHTLINE_BUSY_TIMEOUT_S" in caught.value.hint
    assert shelf.known().keys() == {"1.jpg"}


def test_writer_killed_in_the_middle_leaves_nothing_of_its_transaction(
    url: str, shelf: Shelf
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", DYING_WRITER, url],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "stored\n"
        writer.send_signal(signal.SIGKILL)
    assert shelf.known().keys() == {"kept.jpg"}
    report = shelf.store(*(shelf.picture(f"{n}.jpg", f"{n}") for n in range(200)))
    assert report.added == 200
    assert list(shelf.catalogue.problems()) == []
