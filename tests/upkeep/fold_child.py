"""A process that folds and is killed at a step.

python -m tests.upkeep.fold_child URL ROOT STEP
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from indexer.folding import fold
from search.adapters.faiss import FaissIndexBuilder
from search.adapters.files.generations import GenerationStore
from search.adapters.sql import open_catalogue
from tests.catalogue.pictures import SPACE


def main(url: str, root: str, fatal_step: str) -> None:
    def die(step: str) -> None:
        if step == fatal_step:
            os.kill(os.getpid(), signal.SIGKILL)

    catalogue = open_catalogue(url)
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
    store, builder = GenerationStore(Path(root)), FaissIndexBuilder()
    fold(catalogue, store, builder, gallery.id, SPACE.id, holder="child", on_step=die)


if __name__ == "__main__":
    main(*sys.argv[1:])
