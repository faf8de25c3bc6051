"""From the indexer's words on its progress to the bar on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.output import Advance

if TYPE_CHECKING:
    from indexer.report import Progress, ProgressListener


def listener(advance: Advance) -> ProgressListener:
    """Hands the indexer's progress on to a bar."""

    def listen(progress: Progress) -> None:
        word = progress.note or STAGE_WORDS.get(str(progress.stage), str(progress.stage))
        advance(progress.done, progress.total or 0, word)

    return listen


STAGE_WORDS = {
    "scan": "Looking for pictures",
    "decode": "Reading pictures",
    "embed": "Embedding",
    "store": "Storing",
    "assign": "Assigning categories",
    "fold": "Building the index",
}
