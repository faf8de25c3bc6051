"""Queries, commits, folds and pruning at once: each answer is of one revision, and exact there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from indexer.folding import fold_in_background
from indexer.prune import prune
from search.settings import Settings
from tests.catalogue.pictures import SPACE
from tests.upkeep.conftest import Upkeep

N_COMMITS = 24


def test_answers_during_commits_folds_and_pruning_are_of_one_revision(upkeep: Upkeep) -> None:
    first = upkeep.shelf.photo("first.jpg", "first")
    searcher, ended = upkeep.searcher(), Event()
    expected: dict[int, set[int]] = {upkeep.gallery.revision: set()}

    def ask() -> list[tuple[int, set[int], int]]:
        answers = []
        while not ended.is_set():
            answer = upkeep.like(first, searcher)
            ids = [hit.item.id for hit in answer.hits]
            answers.append((answer.revision, set(ids), len(ids)))
        return answers

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(3)]
        try:
            ids: set[int] = set()
            for i in range(N_COMMITS):
                if i % 5 == 4:
                    gone = min(ids)
                    with upkeep.catalogue.writing(upkeep.gallery.id) as work:
                        work.delete_items([gone])
                        work.commit()
                    ids.discard(gone)
                else:
                    ids.add(upkeep.shelf.photo(f"{i}.jpg", f"content {i}"))
                expected[upkeep.gallery.revision] = set(ids)
                if i % 8 == 7:
                    upkeep.fold()
                    prune(upkeep.catalogue, upkeep.store, "default")
        finally:
            ended.set()
        answers = [answer for thread in asking for answer in thread.result()]
    assert len({revision for revision, _, _ in answers}) > 1
    for revision, found, n_hits in answers:
        assert found == expected[revision]
        assert n_hits == len(found), "an item was answered twice"


def test_folding_in_the_background_is_a_process_of_its_own(upkeep: Upkeep, tmp_path: Path) -> None:
    item, twin = upkeep.shelf.photo("1.jpg", "red"), upkeep.shelf.photo("2.jpg", "red")
    searcher = upkeep.searcher()
    settings = Settings(home=tmp_path)
    assert fold_in_background(settings, upkeep.gallery.id, SPACE.id).wait(120) == 0
    assert [row.n_rows for row in upkeep.rows] == [2]
    assert [hit.item.id for hit in upkeep.like(item, searcher).hits] == [twin]
