"""Reading ahead."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Executor, wait
from typing import TypeVar

T = TypeVar("T")


def ahead(blocks: Iterator[T], reader: Executor) -> Generator[T, None, None]:
    """The same blocks; the reader reads the next one while one is used.

    Close it before what the blocks come from is closed: then nothing is read any more.
    """
    end = object()
    waiting = reader.submit(next, blocks, end)
    try:
        while (block := waiting.result()) is not end:
            waiting = reader.submit(next, blocks, end)
            yield block  # type: ignore[misc]
    finally:
        wait([waiting])
