"""Ctrl-C and SIGTERM end a run after what it is committing; the next one goes on from there."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from search.bootstrap import open_catalogue
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder
from search.settings import Settings
from tests.support.contents import contents_of
from tests.support.embedders import HashingEmbedder
from tests.support.galleries import GalleryUnderTest, draw
from tests.support.zygote import Zygote

N_PHOTOS = 150
BOUND_S = 120.0


SLICE_S = 0.005


def n_embedded(catalogue: Catalogue) -> int:
    with catalogue.reading() as snapshot:
        galleries = snapshot.galleries()
        return snapshot.counts(galleries[0].id).embedded if galleries else 0


def halt_after_first_commit(catalogue: Catalogue, pid: int) -> None:
    """Let the run go on in slices until the database says that one is stored; leave it halted.

    So a quick run cannot end between the look at the database and the signal.
    """
    deadline = time.monotonic() + BOUND_S
    while not n_embedded(catalogue):
        os.kill(pid, signal.SIGCONT)
        if time.monotonic() > deadline:
            raise TimeoutError("the run has stored nothing")
        time.sleep(SLICE_S)
        os.kill(pid, signal.SIGSTOP)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_that_is_asked_to_stop_leaves_with_130_and_loses_nothing(
    number: signal.Signals, zygote: Zygote, photos: Path, small_model: str, home: Path
) -> None:
    for at in range(N_PHOTOS):
        draw(photos / f"{at}.png", at)
    arguments = ["index", str(photos), "--home", str(home), "--model", small_model, "--json"]
    catalogue = open_catalogue(Settings(home=home))
    try:
        n_embedded(catalogue)  # One connection is made before a halted run can hold a lock.
        pid = zygote.start(arguments)
        halt_after_first_commit(catalogue, pid)
    finally:
        catalogue.close()
    os.kill(pid, number)
    os.kill(pid, signal.SIGCONT)
    code = zygote.finish()
    n_stored = len(contents_of(Settings(home=home)).vectors)
    zygote.start(arguments)

    assert zygote.finish() == 0
    assert code == 130
    assert 0 < n_stored < N_PHOTOS
    after = contents_of(Settings(home=home))
    assert (len(after.vectors), after.problems) == (N_PHOTOS, [])


def test_run_that_is_fetching_its_model_leaves_at_the_first_signal(
    photos: Path, home: Path
) -> None:
    draw(photos / "a.png", 1)
    gallery = GalleryUnderTest(home, photos)
    went_on = []

    def fetch(spec: str) -> Embedder:
        os.kill(os.getpid(), signal.SIGINT)
        went_on.append(spec)
        return HashingEmbedder()

    with pytest.raises(KeyboardInterrupt):
        gallery.run(open_embedder=fetch)
    assert went_on == []
    assert gallery.items() == []
    gallery.run()
    assert len(gallery.items()) == 1
    gallery.close()
