"""A decoding process's end of its socket; `supervisor_channel.py` is the other.

To import `multiprocessing.connection` instead would add a fifth to what every process needs to
start.
"""

from __future__ import annotations

import os
import struct

LENGTH = struct.Struct("!i")
"""Goes before each message."""


class Channel:
    """Messages of bytes over a descriptor, each under 2 GiB."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def send_bytes(self, message: bytes) -> None:
        """Send a message whole. Raises OSError where nobody listens any more."""
        left = memoryview(LENGTH.pack(len(message)) + message)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def recv_bytes(self) -> bytes:
        """The next message. Raises EOFError where none comes any more."""
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        return self._read(length)

    def _read(self, n_bytes: int) -> bytes:
        blocks: list[bytes] = []
        while n_bytes > 0:
            block = os.read(self._descriptor, n_bytes)
            if not block:
                raise EOFError
            blocks.append(block)
            n_bytes -= len(block)
        return b"".join(blocks)
