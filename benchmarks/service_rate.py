"""Searches a second over HTTP, beside clip-retrieval's backend and a plain service.

    python -m benchmarks.service_rate                  1,000,000 views, tiny
    python -m benchmarks.service_rate --views 100000
    python -m benchmarks.service_rate --workers 4      Sightline with four processes, beside one

Each client asks for words that nobody asked for before, so every text is encoded; 30 hits an
answer. clip-retrieval indexes and serves with its own commands (`clip_retrieval_service.py`). The
plain service (`plain_service.py`) compares every vector, so its answers are the exact ones that
the others' are held against. All are up at once and asked in turns, since a machine that others
share is faster at one minute than at the next.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.environments import install
from benchmarks.lean_client import Connection, get, post
from benchmarks.plain_service import read_vectors
from benchmarks.service_gallery import SEED, photo_gallery
from benchmarks.service_load import WORDS
from benchmarks.serving import GALLERY, SERVE, serving
from search.adapters.openclip.opening import tiny_files
from search.settings import Settings

N_CLIENTS = (1, 8, 64)
N_JUDGED, K, LIMIT = 50, 10, 30
_WARM_S = 3.0
"""Of each turn, before answers are counted: the one before has filled the processors' caches."""

CLIP_RETRIEVAL, PLAIN = "clip-retrieval", "plain"
_REPOSITORY = Path(__file__).parents[1]
_REQUIREMENTS = _REPOSITORY / "benchmarks" / "embedding" / "peers" / "clip_retrieval.txt"
_LINE = "{name:22} {n_clients:3} clients {per_s:7.1f}/s  p50 {p50_ms:7.1f}  p99 {p99_ms:7.1f} ms"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that runs: how it is asked for words, and how to read its answers."""

    name: str
    address: str
    request: Callable[[str], bytes]
    ids_of: Callable[[Any], list[int]]


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one service asked by so many clients at once, in all rounds."""

    name: str
    n_clients: int
    per_s: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--views", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=_REPOSITORY / "build")
    parser.add_argument("--home", type=Path, help="keep the gallery here and use it again")
    given = parser.parse_args()
    with photo_gallery(given.home, "tiny", given.data, given.views) as settings, ExitStack() as up:
        services = [
            *(sightline(up, settings, n) for n in sorted({1, given.workers})),
            clip_retrieval(up, settings, given.build),
            plain(up, settings),
        ]
        rates = asyncio.run(_rates(services, given.seconds, given.rounds))
        best = [asyncio.run(_best(service)) for service in services]
    recalls = {
        service.name: round(float(np.mean(list(map(_share, found, best[-1])))), 4)
        for service, found in zip(services[:-1], best, strict=False)
    }
    figures = {
        "n_views": given.views,
        "rates": [asdict(rate) for rate in rates],
        "times": {other: _times(rates, other) for other in (CLIP_RETRIEVAL, PLAIN)},
        f"recall@{K}": recalls,
    }
    for other, times in figures["times"].items():
        print(f"times the rate of {other}: {times}")
    print(f"recall@{K} beside exact answers: {recalls}")
    print(json.dumps(figures))


def sightline(up: ExitStack, settings: Settings, n_workers: int) -> Service:
    """`sightline serve`; its processes share the threads of a computation among them."""
    n_threads = max(1, int(os.environ["OMP_NUM_THREADS"]) // n_workers)
    mine = settings.model_copy(update={"workers": n_workers})
    address, _ = up.enter_context(serving(mine, SERVE, {"OMP_NUM_THREADS": str(n_threads)}))
    return Service(
        "sightline" if n_workers == 1 else f"sightline --workers {n_workers}",
        address,
        lambda words: get(f"{GALLERY}/search?{urlencode({'q': words, 'limit': LIMIT})}"),
        lambda body: [hit["item"] for hit in body["hits"]],
    )


def clip_retrieval(up: ExitStack, settings: Settings, build: Path) -> Service:
    """Its own backend, over its own index of the vectors, built where the home has none yet."""
    python = install(_REQUIREMENTS, build / "peers" / "clip_retrieval")
    folder = settings.home / "clip_retrieval"
    command = (str(python), "-m", "benchmarks.clip_retrieval_service")
    if not (folder / "index" / "metadata").exists():
        item_ids, vectors = read_vectors(settings.home)
        shutil.rmtree(folder, ignore_errors=True)  # Of a run that was ended.
        folder.mkdir()
        np.save(folder / "ids.npy", item_ids)
        np.save(folder / "vectors.npy", vectors)
        (folder / "tiny").symlink_to(tiny_files().folder)
        subprocess.run([*command, folder], check=True, stdout=sys.stderr, cwd=_REPOSITORY)
    address, _ = up.enter_context(serving(settings.model_copy(update={"home": folder}), command))
    asked = {"modality": "image", "num_images": LIMIT, "indice_name": "default"}
    return Service(
        CLIP_RETRIEVAL,
        address,
        lambda words: post("/knn-service", {"text": words, **asked}),
        lambda body: [int(hit["caption"]) for hit in body],
    )


def plain(up: ExitStack, settings: Settings) -> Service:
    command = (sys.executable, "-m", "benchmarks.plain_service")
    address, _ = up.enter_context(serving(settings, command))
    return Service(
        PLAIN,
        address,
        lambda words: get(f"/search?{urlencode({'q': words, 'limit': LIMIT})}"),
        lambda body: [hit["id"] for hit in body],
    )


async def _rates(services: Sequence[Service], seconds: float, n_rounds: int) -> list[Rate]:
    took_ms: dict[tuple[str, int], list[float]] = {}
    for number in range(n_rounds):
        for n_clients in N_CLIENTS:
            for service in services:
                found = await _turn(service, n_clients, seconds, f"{number} {n_clients}")
                took_ms.setdefault((service.name, n_clients), []).extend(found)
    rates = []
    for (name, n_clients), times in took_ms.items():
        p50, p99 = np.percentile(times, [50, 99]).tolist()
        per_s = len(times) / (n_rounds * seconds)
        rates.append(Rate(name, n_clients, round(per_s, 2), round(p50, 2), round(p99, 2)))
        print(_LINE.format(**asdict(rates[-1])), flush=True)
    return rates


async def _turn(service: Service, n_clients: int, seconds: float, seed: str) -> list[float]:
    """Milliseconds of every answer that came within so many seconds, after some to get warm."""
    took_ms: list[float] = []
    warm = time.perf_counter() + min(_WARM_S, seconds)
    until = warm + seconds

    async def ask(number: int) -> None:
        chance = random.Random(f"{seed} {number}")
        async with Connection(service.address) as connection:
            while (began := time.perf_counter()) < until:
                await connection.ask(service.request(_new_words(chance)))
                if warm <= (ended := time.perf_counter()) < until:
                    took_ms.append(1000 * (ended - began))

    await asyncio.gather(*(ask(number) for number in range(n_clients)))
    return took_ms


async def _best(service: Service) -> list[list[int]]:
    chance = random.Random(SEED)
    async with Connection(service.address) as connection:
        answers = [
            await connection.ask(service.request(_new_words(chance))) for _ in range(N_JUDGED)
        ]
    return [service.ids_of(json.loads(answer))[:K] for answer in answers]


def _new_words(chance: random.Random) -> str:
    return f"{' '.join(chance.choices(WORDS, k=3))} {chance.randint(0, 10**9)}"


def _share(found: Sequence[int], exact: Sequence[int]) -> float:
    return len(set(found) & set(exact)) / len(exact)


def _times(rates: Sequence[Rate], other: str) -> dict[str, dict[int, float]]:
    """How many times as many searches a second as the other's each of ours answers."""
    theirs = {rate.n_clients: rate.per_s for rate in rates if rate.name == other}
    times: dict[str, dict[int, float]] = {}
    for rate in rates:
        if rate.name not in (CLIP_RETRIEVAL, PLAIN):
            ratio = round(rate.per_s / theirs[rate.n_clients], 2)
            times.setdefault(rate.name, {})[rate.n_clients] = ratio
    return times


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    main()
