"""The socket between a supervisor and its decoding process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from indexer.decoding.channel import Channel
from indexer.decoding.supervisor_channel import LONGEST_MESSAGE, SupervisorChannel

MESSAGES = [b"", b"ready", bytes(range(256)) * 4096]


@pytest.fixture
def ends() -> Iterator[tuple[SupervisorChannel, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield SupervisorChannel(ours), theirs


def soon() -> float:
    return time.monotonic() + 0.05


def late() -> float:
    return time.monotonic() + 60


def test_messages_come_whole_both_ways(ends: tuple[SupervisorChannel, socket.socket]) -> None:
    ours, theirs = ends
    process = Channel(theirs.fileno())

    def echo() -> None:
        for _ in MESSAGES:
            process.send_bytes(process.recv_bytes())

    other = threading.Thread(target=echo)
    other.start()
    for message in MESSAGES:
        ours.send_bytes(message, until=late())
        assert ours.receive_bytes(until=late()) == message
    other.join()


def test_what_was_sent_before_is_received_though_its_time_is_up(
    ends: tuple[SupervisorChannel, socket.socket],
) -> None:
    Channel(ends[1].fileno()).send_bytes(b"ready")
    assert ends[0].receive_bytes(until=time.monotonic() - 1) == b"ready"


@pytest.mark.parametrize("beginning", [b"", b"\0\0", b"\0\0\0\x08half"])
def test_who_stops_halfway_is_not_waited_for(
    ends: tuple[SupervisorChannel, socket.socket], beginning: bytes
) -> None:
    ends[1].sendall(beginning)
    with pytest.raises(TimeoutError):
        ends[0].receive_bytes(until=soon())


def test_who_is_gone_is_not_waited_for(ends: tuple[SupervisorChannel, socket.socket]) -> None:
    ends[1].sendall(b"\0\0\0\x08half")
    ends[1].close()
    with pytest.raises(EOFError):
        ends[0].receive_bytes(until=late())


@pytest.mark.parametrize("length", [-1, LONGEST_MESSAGE + 1])
def test_no_memory_is_taken_for_what_is_no_message(
    ends: tuple[SupervisorChannel, socket.socket], length: int
) -> None:
    ends[1].sendall(length.to_bytes(4, "big", signed=True))
    with pytest.raises(OSError, match="not a message"):
        ends[0].receive_bytes(until=late())
