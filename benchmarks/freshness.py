"""How soon a committed picture is found, and what searches feel while an index is rebuilt.

    python -m benchmarks.freshness                  1,000,000 views, tiny
    python -m benchmarks.freshness --views 100000

The service runs as `sightline serve`. Clients ask it for words, one after another, while pictures
are committed with their embeddings, one a second, by another process than the one that serves;
each is asked for by its tag until an answer holds it. First nothing else goes on, then the index
is rebuilt and swapped. Some answers are compared with exact ones by the service itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import numpy as np

from benchmarks.service_gallery import SEED, photo_gallery, picture
from benchmarks.service_load import WORDS
from benchmarks.serving import GALLERY, ended, serving
from search.bootstrap import open_catalogue
from search.domain.indexing import RootKind
from search.domain.item import TagOrigin
from search.ports.catalogue import Catalogue

N_CLIENTS = 2
QUIET_S = 30.0
BETWEEN_COMMITS_S = 1.0
BETWEEN_LOOKS_S = 0.02
LOST_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Phase:
    """Milliseconds; `fresh` from a commit until an answer holds the picture."""

    seconds: float
    n_answers: int
    p50_ms: float
    p99_ms: float
    n_fresh: int
    fresh_p50_ms: float
    fresh_max_ms: float


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it, before and while the index was rebuilt."""

    n_views: int
    quiet: Phase
    rebuilding: Phase
    p99_times: float
    rebuild: str


class Newcomers:
    """Pictures whose embeddings are there already; each has a tag of its own."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        with catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            self._gallery_id = gallery.id
            self._space_id = gallery.active_space_id or ""
            self._dim = snapshot.spaces(gallery.id)[0].space.dim
        with catalogue.writing(self._gallery_id) as work:
            self._root = work.root("/nowhere/new", RootKind.FOLDER, None)
            work.commit()
        self._rng = np.random.default_rng(SEED + 1)
        self._number = time.time_ns() // 1000 % 10**12  # Others than in a run before.

    def commit(self) -> str:
        """Add one; returns its tag."""
        vector = self._rng.standard_normal(self._dim)
        vector /= np.linalg.norm(vector)
        self._number += 1
        tag = f"new-{self._number}"
        made = picture(self._root.id, self._space_id, self._number, vector.astype(np.float16))
        with self._catalogue.writing(self._gallery_id) as work:
            report = work.store_pictures([made])
            work.add_tags(list(report.item_ids), [tag], origin=TagOrigin.PERSON)
            work.commit()
        return tag


async def _phase(
    client: httpx.AsyncClient, newcomers: Newcomers, until: Callable[[], Awaitable[None]]
) -> Phase:
    """Ask, and commit pictures, until that is done."""
    took_ms: list[float] = []
    fresh_ms: list[float] = []
    started = time.perf_counter()
    asking = [
        asyncio.ensure_future(_ask(client, random.Random(SEED + number), took_ms))
        for number in range(N_CLIENTS)
    ]
    asking.append(asyncio.ensure_future(_add(client, newcomers, fresh_ms)))
    await until()
    for task in asking:
        task.cancel()
    ends = await asyncio.gather(*asking, return_exceptions=True)
    for end in ends:
        if not isinstance(end, asyncio.CancelledError):
            raise SystemExit(f"A client ended early: {end}")
    p50, p99 = np.percentile(took_ms, [50, 99])
    return Phase(
        seconds=round(time.perf_counter() - started, 1),
        n_answers=len(took_ms),
        p50_ms=round(float(p50), 1),
        p99_ms=round(float(p99), 1),
        n_fresh=len(fresh_ms),
        fresh_p50_ms=round(float(np.median(fresh_ms)), 1),
        fresh_max_ms=round(max(fresh_ms), 1),
    )


async def _ask(client: httpx.AsyncClient, chance: random.Random, took_ms: list[float]) -> None:
    while True:
        words = " ".join(chance.choices(WORDS, k=3))
        began = time.perf_counter()
        answer = await client.get(f"{GALLERY}/search", params={"q": words})
        answer.raise_for_status()
        took_ms.append(1000 * (time.perf_counter() - began))


async def _add(client: httpx.AsyncClient, newcomers: Newcomers, fresh_ms: list[float]) -> None:
    while True:
        tag = await asyncio.to_thread(newcomers.commit)
        committed = time.perf_counter()
        while True:
            answer = await client.get(f"{GALLERY}/search", params={"q": f"photo tag:{tag}"})
            answer.raise_for_status()
            waited = time.perf_counter() - committed
            if answer.json()["hits"]:
                break
            if waited > LOST_AFTER_S:
                raise SystemExit(f"The picture {tag} was not found within {LOST_AFTER_S:.0f} s.")
            await asyncio.sleep(BETWEEN_LOOKS_S)
        fresh_ms.append(1000 * waited)
        await asyncio.sleep(BETWEEN_COMMITS_S)


async def _measure(address: str, catalogue: Catalogue, n_views: int) -> Report:
    newcomers = Newcomers(catalogue)
    state = ""

    async def rebuilt() -> None:
        nonlocal state
        job = (await client.post(f"{GALLERY}/reindex", json={})).json()["job"]
        state = await ended(client, job)

    async with httpx.AsyncClient(base_url=address, timeout=120) as client:
        await client.get(f"{GALLERY}/search", params={"q": "warming up"})
        quiet = await _phase(client, newcomers, lambda: asyncio.sleep(QUIET_S))
        rebuilding = await _phase(client, newcomers, rebuilt)
    times = round(rebuilding.p99_ms / quiet.p99_ms, 2)
    return Report(n_views, quiet, rebuilding, times, state)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="keep the gallery here and use it again")
    given = parser.parse_args()
    with photo_gallery(given.home, given.model, given.data, given.views) as settings:
        catalogue = open_catalogue(settings)
        try:
            with serving(settings) as (address, _):
                report = asyncio.run(_measure(address, catalogue, given.views))
        finally:
            catalogue.close()
        print(json.dumps(asdict(report), indent=2))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    main()
