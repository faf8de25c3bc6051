"""A process that asks the same questions over and over, and writes down every answer.

    python -m tests.support.asking HOME       # until its standard input is closed

Prints one JSON line per answer: the question, the space, the revision and the hits.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

QUESTIONS = ("a red car", "two dogs on a beach", "nothing")


def _ask_until_closed(home: Path) -> None:
    from search.bootstrap import open_searcher
    from search.domain.query import Query, TextTerm
    from search.settings import Settings

    closed = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        closed.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    searcher = open_searcher(Settings(home=home))
    while not closed.is_set():
        for question in QUESTIONS:
            answer = searcher.answer(Query((TextTerm(question),), limit=10))
            line = {
                "question": question,
                "space": answer.space_id,
                "revision": answer.revision,
                "hits": [(hit.item.id, hit.score) for hit in answer.hits],
            }
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _ask_until_closed(Path(sys.argv[1]))
