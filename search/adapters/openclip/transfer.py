"""Pictures from memory to the device, the next ones while the device computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch

from search.domain.arrays import PixelBatch


def as_tensor(pixels: PixelBatch) -> torch.Tensor:
    """The same memory as a tensor, copied only where torch could not write to it."""
    array = np.ascontiguousarray(pixels)
    return torch.from_numpy(array if array.flags.writeable else array.copy())


class Transfer:
    """Copies batches of pixels to a device; on CUDA through pinned memory on a side stream."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def start(self, pixels: PixelBatch) -> Callable[[], torch.Tensor]:
        """Begin a copy; what comes back waits for its end and returns the tensor."""
        source = as_tensor(pixels)
        stream = self._stream
        if stream is None:
            moved = source.to(self._device)
            return lambda: moved
        pinned = source.pin_memory()
        with torch.cuda.stream(stream):
            copied = pinned.to(self._device, non_blocking=True)
            done = stream.record_event()

        def finish() -> torch.Tensor:
            current = torch.cuda.current_stream(self._device)
            current.wait_event(done)
            copied.record_stream(current)
            return copied

        return finish

    def ahead(self, batches: Iterable[PixelBatch]) -> Iterator[torch.Tensor]:
        """Each batch on the device, its successor's copy already begun."""
        waiting: Callable[[], torch.Tensor] | None = None
        for pixels in batches:
            begun = self.start(pixels)
            if waiting is not None:
                yield waiting()
            waiting = begun
        if waiting is not None:
            yield waiting()
