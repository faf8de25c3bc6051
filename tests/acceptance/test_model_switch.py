"""The model changes while another process queries: no query fails, no answer is a mixture."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.reindex import activate, rollback, switch
from search.bootstrap import open_embedder
from search.ports.embedder import Embedder
from search.settings import Settings
from tests.support.figures import Report
from tests.support.galleries import GalleryUnderTest
from tests.support.models import SMALL_VIT, described_checkpoint

BOUND_S = 120.0
TIE = 1e-4

Answer = dict[str, Any]


class Asking:
    """The querying process, and its answers as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()
        self.answers: list[Answer] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    def wait_for(self, space: str, n_answers: int = 6) -> None:
        """Take answers until so many in a row came from the space."""
        n_in_a_row = 0
        while n_in_a_row < n_answers:
            line = self._lines.get(timeout=BOUND_S)
            assert line, "the querying process has ended"
            self.answers.append(json.loads(line))
            n_in_a_row = n_in_a_row + 1 if self.answers[-1]["space"] == space else 0

    def end(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(BOUND_S)
        self._reader.join(BOUND_S)
        while line := self._lines.get(timeout=BOUND_S):
            self.answers.append(json.loads(line))
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


@contextmanager
def asking(home: Path, repository: Path) -> Iterator[Asking]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.asking", str(home)],
        cwd=repository,
        env={**os.environ, "OMP_NUM_THREADS": "1", "SIGHTLINE_PRECISION": "float32"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Asking(process)
    finally:
        process.kill()
        process.wait()


def exact_scores(gallery: GalleryUnderTest, embedder: Embedder, text: str) -> dict[int, float]:
    """The score of every item, compared one by one."""
    query = embedder.embed_texts([text])[0]
    scores: dict[int, float] = {}
    with gallery.catalogue.reading() as snapshot:
        for rows in snapshot.view_rows(gallery.row.id, embedder.space.id):
            for item_id, score in zip(
                rows.item_ids.tolist(), rows.vectors.astype(np.float32) @ query, strict=True
            ):
                scores[item_id] = max(float(score), scores.get(item_id, -2.0))
    return scores


def assert_exact(answer: Answer, scores: dict[int, float]) -> None:
    best = sorted(scores.values(), reverse=True)[:10]
    assert len(answer["hits"]) == len(best)
    for (item_id, score), expected in zip(answer["hits"], best, strict=True):
        assert abs(score - expected) < TIE
        assert abs(scores[item_id] - score) < TIE


@pytest.mark.parametrize("n_photos", [40, pytest.param(1500, marks=pytest.mark.acceptance)])
def test_every_answer_during_a_switch_is_of_one_space_and_exact(
    n_photos: int, home: Path, tmp_path: Path, repository: Path, report_figure: Report
) -> None:
    specs = [
        f"small@{described_checkpoint(tmp_path / str(seed), SMALL_VIT, seed=seed)}"
        for seed in (0, 1)
    ]
    settings = Settings(home=home, precision="float32", decode_workers=2)
    old, new = (open_embedder(spec, settings) for spec in specs)
    models = {old.space.spec: old, new.space.spec: new, specs[0]: old, specs[1]: new}
    gallery = GalleryUnderTest(home, tmp_path / "photos", settings=settings)
    for number in range(n_photos):
        gallery.draw(f"{number % 7}/{number}.png", number)
    gallery.run(model=specs[0], open_embedder=models.__getitem__)
    with asking(home, repository) as process:
        process.wait_for(old.space.id)
        switch(settings, gallery.catalogue, specs[1], open_embedder=models.__getitem__)
        process.wait_for(old.space.id)
        activate(gallery.catalogue)
        process.wait_for(new.space.id)
        report = rollback(gallery.catalogue)
        process.wait_for(old.space.id)
        assert process.end() == 0

    assert report.embedded == 0
    by_id = {old.space.id: old, new.space.id: new}
    scores = {
        (space_id, question): exact_scores(gallery, embedder, question)
        for space_id, embedder in by_id.items()
        for question in {answer["question"] for answer in process.answers}
    }
    for answer in process.answers:
        assert_exact(answer, scores[answer["space"], answer["question"]])
    # After the rollback the first answers are back.
    n_questions = len({answer["question"] for answer in process.answers})
    first, last = process.answers[:n_questions], process.answers[-n_questions:]
    assert {a["question"]: a["hits"] for a in first} == {a["question"]: a["hits"] for a in last}
    n_new = sum(answer["space"] == new.space.id for answer in process.answers)
    report_figure(
        f"model switch over {n_photos} photos: {len(process.answers)} answers, {n_new} in the new "
        "space, none failed, all exact; rollback embedded nothing"
    )
    gallery.close()
