"""Connections of a shared socket go to whoever has the fewest."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack

import pytest

from api.listening import bound
from api.processes.accepting import NOT_LISTENING, Accepting


class Process:
    """One of those that share a socket, as far as taking connections goes."""

    def __init__(self, shared: socket.socket, n_open: list[int], number: int) -> None:
        self.taken: list[socket.socket] = []
        self.accepting = Accepting(
            [shared.dup()], lambda: len(self.taken), n_open, number, self.take
        )

    async def take(self, connection: socket.socket) -> None:
        self.taken.append(connection)


async def all_taken(processes: list[Process], n: int) -> None:
    async with asyncio.timeout(60):
        while sum(len(one.taken) for one in processes) < n:
            await asyncio.sleep(0)


@pytest.fixture
def shared() -> socket.socket:
    (listener,) = bound("127.0.0.1", 0)
    return listener


def call(stack: ExitStack, shared: socket.socket, n_callers: int) -> None:
    for _ in range(n_callers):
        stack.enter_context(socket.create_connection(shared.getsockname()))


def end(stack: ExitStack, processes: list[Process]) -> None:
    for one in processes:
        one.accepting.close()
        for connection in one.taken:
            stack.enter_context(connection)


def test_a_burst_of_connections_is_shared_out(shared: socket.socket) -> None:
    async def scenario() -> None:
        n_open = [NOT_LISTENING] * 3
        processes = [Process(shared, n_open, number) for number in (0, 1)]
        call(stack, shared, 20)
        await all_taken(processes, 20)
        end(stack, processes)
        assert sorted(len(one.taken) for one in processes) == [10, 10]

    with ExitStack() as stack:
        stack.enter_context(shared)
        asyncio.run(scenario())


def test_new_connections_go_to_the_one_that_has_fewer(shared: socket.socket) -> None:
    async def scenario() -> None:
        n_open = [NOT_LISTENING] * 2
        busy = Process(shared, n_open, 0)
        call(stack, shared, 6)
        await all_taken([busy], 6)
        fresh = Process(shared, n_open, 1)
        call(stack, shared, 4)
        await all_taken([busy, fresh], 10)
        end(stack, [busy, fresh])
        assert (len(busy.taken), len(fresh.taken)) == (6, 4)
        assert n_open == [NOT_LISTENING] * 2

    with ExitStack() as stack:
        stack.enter_context(shared)
        asyncio.run(scenario())


def test_connection_that_the_one_with_fewer_leaves_is_taken_all_the_same(
    shared: socket.socket,
) -> None:
    async def scenario() -> None:
        n_open = [NOT_LISTENING, 0]  # the second says that it listens, and is stuck
        busy = Process(shared, n_open, 0)
        call(stack, shared, 3)
        await all_taken([busy], 3)
        end(stack, [busy])

    with ExitStack() as stack:
        stack.enter_context(shared)
        asyncio.run(scenario())
