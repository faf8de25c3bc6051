"""Blocks that are read while the one before them is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing

import pytest

from search.ahead import ahead


@pytest.fixture
def reader() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as found:
        yield found


def test_blocks_come_whole_and_in_order(reader: Executor) -> None:
    assert list(ahead(iter(range(100)), reader)) == list(range(100))


def test_nothing_to_read_gives_nothing(reader: Executor) -> None:
    assert list(ahead(iter(()), reader)) == []


def test_the_next_block_is_read_while_one_is_used(reader: Executor) -> None:
    second_is_read = threading.Event()

    def blocks() -> Iterator[int]:
        yield 1
        second_is_read.set()
        yield 2

    with closing(ahead(blocks(), reader)) as found:
        assert next(found) == 1
        assert second_is_read.wait(timeout=30)


def test_what_goes_wrong_in_reading_is_raised_where_blocks_are_used(reader: Executor) -> None:
    def blocks() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    found = ahead(blocks(), reader)
    assert next(found) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(found)


def test_once_closed_nothing_is_read_any_more(reader: Executor) -> None:
    read: list[int] = []

    def blocks() -> Iterator[int]:
        for number in range(1_000):
            read.append(number)
            yield number

    with closing(ahead(blocks(), reader)) as found:
        next(found)
    seen = len(read)
    assert seen <= 3
    reader.submit(int).result()
    assert len(read) == seen
