"""Searches a second over HTTP, beside a plain service that one writes in an afternoon.

    python -m benchmarks.service_rate                  1,000,000 views, tiny
    python -m benchmarks.service_rate --views 100000
    python -m benchmarks.service_rate --workers 4      Sightline with four processes

Each client asks for words that nobody asked for before, so every text is encoded; 30 hits an
answer. The plain service (`plain_service.py`) compares every vector, so its answers are the exact
ones that Sightline's are held against.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.service_gallery import SEED, photo_gallery
from benchmarks.service_load import WORDS
from benchmarks.serving import GALLERY, SERVE, serving
from search.settings import Settings

N_CLIENTS = (1, 8, 64)
N_JUDGED, K = 50, 10
_LINE = (
    "{name:10} {n_clients:3} clients {per_second:7.1f}/s  p50 {p50_ms:7.1f}  p99 {p99_ms:7.1f} ms"
)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A service: how it is started, where it searches, and how to read its answers."""

    name: str
    command: tuple[str, ...]
    path: str
    ids_of: Callable[[Any], list[int]]


SIGHTLINE = Contestant(
    "sightline", SERVE, f"{GALLERY}/search", lambda body: [hit["item"] for hit in body["hits"]]
)
PLAIN = Contestant(
    "plain",
    (sys.executable, "-m", "benchmarks.plain_service"),
    "/search",
    lambda body: [hit["id"] for hit in body],
)


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one service asked by so many clients at once; every answer had status 200."""

    name: str
    n_clients: int
    per_second: float
    p50_ms: float
    p99_ms: float


def measure(
    settings: Settings, contestant: Contestant, seconds: float
) -> tuple[list[Rate], list[list[int]]]:
    """Rates by number of clients, and the best items of `N_JUDGED` queries; the service's processes
    share the threads of a computation among them."""
    n_threads = max(1, int(os.environ["OMP_NUM_THREADS"]) // settings.workers)
    threads = {"OMP_NUM_THREADS": str(n_threads)}
    with serving(settings, contestant.command, threads) as (address, _):
        rates = [
            asyncio.run(_rate(address, contestant, n_clients, seconds)) for n_clients in N_CLIENTS
        ]
        best = asyncio.run(_best(address, contestant))
    for rate in rates:
        print(_LINE.format(**asdict(rate)), flush=True)
    return rates, best


async def _rate(address: str, contestant: Contestant, n_clients: int, seconds: float) -> Rate:
    took_ms: list[float] = []

    async def ask(number: int, until: float) -> None:
        chance = random.Random(f"{n_clients} {number}")
        while (began := time.perf_counter()) < until:
            words = _new_words(chance)
            answer = await client.get(contestant.path, params={"q": words, "limit": 30})
            answer.raise_for_status()
            took_ms.append(1000 * (time.perf_counter() - began))

    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=address, timeout=300, limits=limits) as client:
        await ask(-1, time.perf_counter() + 1.0)
        took_ms.clear()
        started = time.perf_counter()
        await asyncio.gather(*(ask(number, started + seconds) for number in range(n_clients)))
        took_s = time.perf_counter() - started
    p50, p99 = np.percentile(took_ms, [50, 99])
    return Rate(contestant.name, n_clients, len(took_ms) / took_s, float(p50), float(p99))


async def _best(address: str, contestant: Contestant) -> list[list[int]]:
    chance = random.Random(SEED)
    async with httpx.AsyncClient(base_url=address, timeout=300) as client:
        answers = [
            await client.get(contestant.path, params={"q": _new_words(chance), "limit": 30})
            for _ in range(N_JUDGED)
        ]
    return [contestant.ids_of(answer.json())[:K] for answer in answers]


def _new_words(chance: random.Random) -> str:
    return f"{' '.join(chance.choices(WORDS, k=3))} {chance.randint(0, 10**9)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--workers", type=int, default=1, help="Sightline's processes")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="keep the gallery here and use it again")
    given = parser.parse_args()
    with photo_gallery(given.home, "tiny", given.data, given.views) as settings:
        together = settings.model_copy(update={"workers": given.workers})
        ours, found = measure(together, SIGHTLINE, given.seconds)
        theirs, exact = measure(settings, PLAIN, given.seconds)
    times = {
        our.n_clients: our.per_second / their.per_second
        for our, their in zip(ours, theirs, strict=True)
    }
    recall = np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found, exact, strict=True)])
    told = ", ".join(f"{n} clients {x:.1f}" for n, x in times.items())
    print(f"times the plain service's rate: {told}")
    print(f"recall@{K} beside its exact answers: {recall:.4f}")
    figures = {
        "n_views": given.views,
        "workers": given.workers,
        "rates": [asdict(one) for one in (*ours, *theirs)],
        "times": times,
        "recall": round(float(recall), 4),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    main()
