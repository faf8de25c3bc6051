"""Batches, queues and cancelled work, made visible by a model that waits to be let through."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from starlette.requests import Request

from api.admission import Admission, ClientGoneError, current_job
from api.batching import MOST_BACKGROUND, BatchingEmbedder
from search.domain.arrays import FloatMatrix, PixelBatch
from search.errors import EmbedderError, TooBusyError
from tests.support.embedders import HashingEmbedder

WAIT_S = 30


class GatedEmbedder(HashingEmbedder):
    """Lets one call through for each `gate.release()`; knows the calls it got."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Semaphore(0)
        self.entered = threading.Semaphore(0)
        self.calls: list[int] = []

    def embed_texts(self, texts: Sequence[str]) -> FloatMatrix:
        self._pass(len(texts))
        if any("poison" in text for text in texts):
            raise EmbedderError("This text has no direction.")
        return super().embed_texts(texts)

    def embed_pixels(self, pixels: PixelBatch) -> FloatMatrix:
        self._pass(-len(pixels))
        return super().embed_pixels(pixels)

    def _pass(self, size: int) -> None:
        self.entered.release()
        assert self.gate.acquire(timeout=WAIT_S)
        self.calls.append(size)


def _pixels(n: int, seed: int = 0) -> PixelBatch:
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3), np.uint8)


def until_waiting(batching: BatchingEmbedder, n: int) -> None:
    """Return when so many queries wait for the model."""
    assert batching.wait_until_waiting(n, WAIT_S)


def test_what_waits_together_is_encoded_together_and_each_gets_its_own() -> None:
    gated = GatedEmbedder()
    batching = BatchingEmbedder(gated)
    texts = [f"word {n}" for n in range(9)]
    with ThreadPoolExecutor(len(texts)) as pool:
        first = pool.submit(batching.embed_texts, texts[:1])
        assert gated.entered.acquire(timeout=WAIT_S)
        others = [pool.submit(batching.embed_texts, [text]) for text in texts[1:]]
        until_waiting(batching, len(others))
        gated.gate.release(2)
        rows = [future.result(WAIT_S)[0] for future in (first, *others)]
    assert gated.calls == [1, 8]
    np.testing.assert_array_equal(np.stack(rows), HashingEmbedder().embed_texts(texts))
    batching.close()


def test_bad_text_fails_alone() -> None:
    gated = GatedEmbedder()
    batching = BatchingEmbedder(gated)
    gated.gate.release(100)
    with ThreadPoolExecutor(8) as pool:
        futures = {
            text: pool.submit(batching.embed_texts, [text])
            for text in ("a", "b", "poison", "c", "d")
        }
        for text, future in futures.items():
            if text == "poison":
                with pytest.raises(EmbedderError):
                    future.result(WAIT_S)
            else:
                assert future.result(WAIT_S).shape == (1, gated.space.dim)
    batching.close()


def test_full_queue_refuses_instead_of_waiting() -> None:
    gated = GatedEmbedder()
    batching = BatchingEmbedder(gated, most_waiting=2)
    with ThreadPoolExecutor(4) as pool:
        running = pool.submit(batching.embed_texts, ["a"])
        assert gated.entered.acquire(timeout=WAIT_S)
        waiting = [pool.submit(batching.embed_texts, [text]) for text in "bc"]
        until_waiting(batching, 2)
        with pytest.raises(TooBusyError):
            batching.embed_texts(["d"])
        gated.gate.release(10)
        for future in (running, *waiting):
            future.result(WAIT_S)
    batching.close()


def test_queries_go_before_the_indexer_which_is_served_a_few_at_a_time() -> None:
    gated = GatedEmbedder()
    batching = BatchingEmbedder(gated)
    indexer = batching.background()
    with ThreadPoolExecutor(3) as pool:
        indexed = pool.submit(indexer.embed_pixels, _pixels(3 * MOST_BACKGROUND))
        assert gated.entered.acquire(timeout=WAIT_S)
        asked = pool.submit(batching.embed_texts, ["now"])
        shown = pool.submit(batching.embed_pixels, _pixels(1, seed=1))
        until_waiting(batching, 2)
        gated.gate.release(10)
        asked.result(WAIT_S)
        shown.result(WAIT_S)
        rows = indexed.result(WAIT_S)
    n = MOST_BACKGROUND
    assert gated.calls == [-n, 1, -1, -n, -n]
    np.testing.assert_array_equal(rows, HashingEmbedder().embed_pixels(_pixels(3 * n)))
    batching.close()


def test_empty_input_needs_no_model() -> None:
    batching = BatchingEmbedder(GatedEmbedder())
    assert batching.embed_texts([]).shape == (0, batching.space.dim)
    assert batching.embed_images([]).shape == (0, batching.space.dim)
    assert batching.background().embed_pixels(_pixels(0)).shape == (0, batching.space.dim)
    batching.close()
    with pytest.raises(TooBusyError):
        batching.embed_texts(["late"])


class _Client:
    """A client that has sent its request and may hang up."""

    def __init__(self) -> None:
        self._gone = asyncio.Event()

    def hang_up(self) -> None:
        self._gone.set()

    def request(self) -> Request:
        async def receive() -> dict[str, str]:
            await self._gone.wait()
            return {"type": "http.disconnect"}

        return Request({"type": "http", "headers": []}, receive)


def test_work_of_a_client_that_hung_up_is_called_off() -> None:
    gated = GatedEmbedder()
    batching = BatchingEmbedder(gated)
    admission = Admission("test", 2, 10)

    async def scenario() -> None:
        client = _Client()
        stays = asyncio.ensure_future(admission.run(None, batching.embed_texts, ["stays"]))
        await asyncio.to_thread(gated.entered.acquire, timeout=WAIT_S)
        leaves = asyncio.ensure_future(
            admission.run(client.request(), batching.embed_texts, ["leaves"])
        )
        await asyncio.to_thread(until_waiting, batching, 1)
        client.hang_up()
        with pytest.raises(ClientGoneError):
            await leaves
        gated.gate.release(5)
        await stays

    asyncio.run(scenario())
    admission.close()
    batching.close()
    assert gated.n_texts == 1


def test_admission_refuses_beyond_its_queue_and_takes_again_afterwards() -> None:
    admission = Admission("test", 1, 1)
    gate = threading.Event()

    async def scenario() -> None:
        held = [asyncio.ensure_future(admission.run(None, gate.wait, WAIT_S)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(TooBusyError):
            await admission.run(None, gate.wait, WAIT_S)
        gate.set()
        assert await asyncio.gather(*held) == [True, True]
        assert await admission.run(None, lambda: current_job() is not None)

    asyncio.run(scenario())
    admission.close()
    with pytest.raises(TooBusyError):
        asyncio.run(admission.run(None, gate.wait))
    assert current_job() is None
