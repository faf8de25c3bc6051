"""Ctrl-C and SIGTERM end a run after what it is committing; the next one goes on from there."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from search.bootstrap import open_catalogue
from search.settings import Settings
from tests.support.contents import contents_of
from tests.support.galleries import draw
from tests.support.zygote import Zygote

N_PHOTOS = 150
BOUND_S = 120.0


SLICE_S = 0.005


def halt_after_first_commit(settings: Settings, pid: int) -> None:
    """Let the run go on in slices until the database says that it has stored a photo; it is left halted.

    So a quick run cannot end between the look at the database and the signal.
    """
    deadline = time.monotonic() + BOUND_S
    catalogue = open_catalogue(settings)
    try:
        while time.monotonic() < deadline:
            os.kill(pid, signal.SIGCONT)
            time.sleep(SLICE_S)
            os.kill(pid, signal.SIGSTOP)
            with catalogue.reading() as snapshot:
                galleries = snapshot.galleries()
                if galleries and snapshot.counts(galleries[0].id).embedded:
                    return
        raise TimeoutError("the run has stored nothing")
    finally:
        catalogue.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_that_is_asked_to_stop_leaves_with_130_and_loses_nothing(
    number: signal.Signals, zygote: Zygote, photos: Path, small_model: str, home: Path
) -> None:
    for at in range(N_PHOTOS):
        draw(photos / f"{at}.png", at)
    arguments = ["index", str(photos), "--home", str(home), "--model", small_model, "--json"]
    pid = zygote.start(arguments)
    halt_after_first_commit(Settings(home=home), pid)
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
