"""open_clip behind the port `Embedder`."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch

from search.adapters.openclip.alone import FEW_PRODUCTS, alone
from search.adapters.openclip.batching import BatchSize, is_out_of_memory
from search.adapters.openclip.graphs import Compute, CudaRecorder, Recorded
from search.adapters.openclip.lanes import Lanes, OneLane
from search.adapters.openclip.loading import Tokenizer
from search.adapters.openclip.shortening import ShortTextTower
from search.adapters.openclip.towers import ImageTower, TextTower
from search.adapters.openclip.tracing import traced
from search.domain.arrays import FloatMatrix, PixelBatch
from search.domain.space import EmbeddingSpace
from search.errors import EmbedderError, UsageError
from search.preprocess import fit

if TYPE_CHECKING:
    from PIL.Image import Image

T = TypeVar("T", PixelBatch, list[str])

CHARACTERS_PER_TOKEN = 32
"""Texts are cut to this many characters per token of context before they are tokenised: no
written language comes near it, and a megabyte in the search box costs nothing."""


class OpenClipEmbedder:
    """A loaded open_clip model: see `search.ports.embedder.Embedder` for what it promises.

    One model serves any number of threads. On a CPU pictures are computed in lanes, and a query
    beside them; on a GPU it waits for the batches before it.
    """

    def __init__(
        self,
        space: EmbeddingSpace,
        image: ImageTower,
        text: TextTower,
        tokenizer: Tokenizer,
        *,
        device: torch.device,
        batch_size: BatchSize,
        context_length: int,
        logit_scale: float,
        logit_bias: float | None,
    ) -> None:
        self._space = space
        self._image, self._text = image, text
        self._run_image: Compute = image
        self._run_text: Compute = text
        if device.type == "cuda":
            record = CudaRecorder(device)
            self._run_image, self._run_text = Recorded(image, record), Recorded(text, record)
        # Of others it is not known that only the shape of tokens decides what is done with them.
        is_known = device.type == "cpu" and isinstance(text, ShortTextTower)
        self._run_one_text = Recorded(text, traced) if is_known else self._run_text
        self._tokenizer = tokenizer
        self._device = device
        self._batch_size = batch_size
        self._longest_text = CHARACTERS_PER_TOKEN * context_length
        self._logit_scale, self._logit_bias = logit_scale, logit_bias
        self._model_lock, self._tokenizer_lock = threading.Lock(), threading.Lock()
        # Metal ends the process where two threads use it at once.
        metal = device.type == "mps"
        self._turn: AbstractContextManager[object] = threading.Lock() if metal else nullcontext()
        self._on_cpu = device.type == "cpu"
        self._lanes = Lanes(self._model_lock) if self._on_cpu else OneLane(device, self._model_lock)

    @property
    def space(self) -> EmbeddingSpace:
        return self._space

    @property
    def logit_scale(self) -> float:
        return self._logit_scale

    @property
    def logit_bias(self) -> float | None:
        return self._logit_bias

    @property
    def batch_size(self) -> int:
        """How many pictures are embedded at once; shrinks when memory runs out."""
        return self._batch_size.value

    @property
    def hardware(self) -> str:
        """Device and precision in words, such as `cuda, bfloat16`."""
        return f"{self._device}, {str(self._image.dtype).removeprefix('torch.')}"

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        """Embed pictures already cut to the model's input size.

        Raises:
            UsageError: not uint8 of shape (n, height, width, 3) of this model.
            EmbedderError: a picture without direction, or too little memory for one.
        """
        wants = (self._space.preprocessing.height, self._space.preprocessing.width, 3)
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != wants:
            raise UsageError(
                f"Pixels are {pixels.dtype} of shape {pixels.shape}, not uint8 of shape (n, "
                f"{wants[0]}, {wants[1]}, 3).",
                hint="Cut pictures to the model's input with search.preprocess.fit.",
            )
        rows = self._in_batches(pixels, partial(self._lanes.run, self._image_rows))
        return self._checked(rows, "picture")

    def embed_images(self, images: Sequence[Image]) -> FloatMatrix:
        """Embed upright pictures of any size and mode; transparency counts as white.

        Raises:
            PictureError: a picture without pixels.
            EmbedderError: as `embed_pixels`.
        """
        preprocessing = self._space.preprocessing
        step = self._batch_size.value
        batches = (
            np.stack([fit(image, preprocessing) for image in images[start : start + step]])
            for start in range(0, len(images), step)
        )
        return np.concatenate([self._no_rows(), *self.embed_stream(batches)])

    def embed_stream(self, batches: Iterable[PixelBatch]) -> Iterator[FloatMatrix]:
        """Embed batch after batch: while one computes, the caller's iterator makes the next.

        Results come in order, the first after the second batch was taken. Leaving the loop early
        waits for the batch that is under way.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="embedder") as worker:
            under_way: deque[Future[FloatMatrix]] = deque()
            for pixels in batches:
                under_way.append(worker.submit(self.embed_pixels, pixels))
                if len(under_way) > 1:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        """Embed texts; longer ones than the model's context are cut.

        Raises:
            UsageError: one string, or anything else that is not a sequence of strings.
            EmbedderError: a text without direction.
        """
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise UsageError("Texts are given as a list of strings.", hint='Write ["red car"].')
        rows = self._in_batches(list(texts), self._embed_text_chunks)
        return self._checked(rows, "text")

    def _image_rows(self, pixels: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return self._run_image(pixels)

    def _embed_text_chunks(self, texts: list[str], step: int) -> Iterator[torch.Tensor]:
        for start in range(0, len(texts), step):
            tokens = self._text.trimmed(self._tokens(texts[start : start + step]))
            is_little = self._on_cpu and self._text.n_products(tokens) <= FEW_PRODUCTS
            with (
                self._model_lock,
                alone() if is_little else nullcontext(),
                torch.inference_mode(),
            ):
                run = self._run_one_text if is_little and len(tokens) == 1 else self._run_text
                rows = run(tokens.to(self._device))
            yield rows

    def _tokens(self, texts: list[str]) -> torch.Tensor:
        # Lone surrogates, as file names bring them, have no UTF-8 form that a tokenizer could read.
        clean = [
            text[: self._longest_text].encode("utf-8", "replace").decode("utf-8") for text in texts
        ]
        with self._tokenizer_lock:
            return self._tokenizer(clean)

    def _in_batches(
        self, inputs: T, embed: Callable[[T, int], Iterator[torch.Tensor]]
    ) -> FloatMatrix:
        """Embed in batches that fit; where one does not, go on from there with half its size."""
        with self._turn:
            return self._in_fitting_batches(inputs, embed)

    def _in_fitting_batches(
        self, inputs: T, embed: Callable[[T, int], Iterator[torch.Tensor]]
    ) -> FloatMatrix:
        done: list[torch.Tensor] = []
        n_done = 0
        while n_done < len(inputs):
            step = self._batch_size.value
            try:
                for rows in embed(inputs[n_done:], step):
                    done.append(rows)
                    n_done += len(rows)
            except (RuntimeError, MemoryError) as exc:
                if not is_out_of_memory(exc):
                    raise EmbedderError(f"The model failed: {exc}.") from exc
                self._batch_size.halve(min(step, len(inputs) - n_done))
                if self._device.type == "cuda":
                    torch.cuda.empty_cache()
        if not done:
            return self._no_rows()
        together: FloatMatrix = torch.cat(done).cpu().numpy()
        return together

    def _no_rows(self) -> FloatMatrix:
        return np.empty((0, self._space.dim), dtype=np.float32)

    def _checked(self, rows: FloatMatrix, what: str) -> FloatMatrix:
        lengths = np.linalg.norm(rows, axis=1)
        bad = np.flatnonzero(~(np.abs(lengths - 1) < 1e-3))
        if len(bad):
            raise EmbedderError(
                f"The model gives {what} {bad[0] + 1} of {len(rows)} no direction.",
                hint="Look at that input; if others fail too, the weights may be damaged.",
            )
        return rows
