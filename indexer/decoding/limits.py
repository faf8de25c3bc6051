"""What one picture may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.settings import Settings


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Bounds that hold for every single picture; a picture beyond one fails with a reason.

    Attributes:
        n_bytes: longest file that is read.
        n_pixels: most pixels by the picture's own header, before any scaling.
        memory_bytes: most a decoding process may take above what it starts with.
        timeout_s: seconds from handing a file to a process to its result; the process is killed.
    """

    n_bytes: int = 512 * 2**20
    n_pixels: int = 250_000_000
    memory_bytes: int = 900 * 2**20
    timeout_s: float = 15.0

    @classmethod
    def from_settings(cls, settings: Settings) -> DecodeLimits:
        return cls(
            n_bytes=settings.limit_bytes,
            n_pixels=settings.limit_pixels,
            memory_bytes=settings.limit_memory_bytes,
            timeout_s=settings.decode_timeout_s,
        )
