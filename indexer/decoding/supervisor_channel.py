"""A supervisor's end of the socket to a decoding process: messages of bytes, each by a time.

What comes is received into one block of memory and taken from there, since most of what pixels
would cost on this side is memory that is new to the process.
"""

from __future__ import annotations

import socket
import time

from indexer.decoding.channel import LENGTH

LONGEST_MESSAGE = 64 * 2**20


class SupervisorChannel:
    """The other end of `indexer.decoding.channel.Channel`."""

    def __init__(self, socket_: socket.socket) -> None:
        self._socket = socket_

    def send_bytes(self, message: bytes, *, until: float) -> None:
        """Send a message whole, by `until` on the monotonic clock.

        Raises:
            TimeoutError: it was not taken in time.
            OSError: nobody listens any more.
        """
        self._socket.settimeout(_left(until))
        self._socket.sendall(LENGTH.pack(len(message)) + message)

    def receive_bytes(self, *, until: float) -> bytearray:
        """The next message, by `until` on the monotonic clock.

        Raises:
            TimeoutError: it did not come, or not whole, in time.
            EOFError: none comes any more.
            OSError: the socket is broken, or what came is no message.
        """
        (length,) = LENGTH.unpack(self._read(LENGTH.size, until))
        if not 0 <= length <= LONGEST_MESSAGE:
            raise OSError("not a message")
        return self._read(length, until)

    def close(self) -> None:
        self._socket.close()

    def _read(self, n_bytes: int, until: float) -> bytearray:
        block = bytearray(n_bytes)
        left = memoryview(block)
        while left:
            self._socket.settimeout(_left(until))
            n_read = self._socket.recv_into(left)
            if n_read == 0:
                raise EOFError
            left = left[n_read:]
        return block


def _left(until: float) -> float:
    """Seconds, more than none: a timeout of 0 would not wait for what is there already."""
    return max(1e-3, until - time.monotonic())
