"""How the service holds under load: many clients, a large gallery, and disturbances.

    python -m benchmarks.service_load                      64 clients, 60 s, 100,000 views, tiny
    python -m benchmarks.service_load --disturb            the same with uploads, an index rebuilt
                                                           and swapped, and a client that hangs

The gallery is made of drawn vectors in the model's own space, so no picture has to be embedded
beforehand. The service runs as `sightline serve`, in a process of its own beside the clients'.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import random
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from PIL import Image

from benchmarks.service_gallery import SEED, photo_gallery
from benchmarks.serving import GALLERY, SERVE, ended, serving
from search.settings import Settings

WARM_UP_S = 10.0

WORDS = (
    *("red", "blue", "green", "small", "old", "bright", "cat", "dog", "car", "house", "tree"),
    *("beach", "mountain", "street", "night", "snow", "people", "water", "flower", "bird"),
    *("boat", "garden", "castle", "window", "food"),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What to do. `command` starts the service and takes the home and the port."""

    n_views: int = 100_000
    n_clients: int = 64
    seconds: float = 60.0
    disturb: bool = False
    model: str = "tiny"
    command: Sequence[str] = ()


@dataclass(slots=True)
class Report:
    """What came of it. Latencies in milliseconds, of answers with status 200."""

    load: dict[str, Any]
    statuses: dict[str, int] = field(default_factory=dict)
    answered_share: float = 0.0
    per_second: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    memory_mib_after_warm_up: float = 0.0
    memory_mib_at_end: float = 0.0
    memory_growth: float = 0.0
    uploads_confirmed: int = 0
    reindex: str = ""
    hung_client: str = ""


class _Clients:
    """Asks until the time is over, and remembers what came."""

    def __init__(self, address: str, load: Load) -> None:
        self._address = address
        self._load = load
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.uploads = 0

    async def run(self) -> None:
        """All clients at once, with the disturbances if wanted."""
        until = time.monotonic() + self._load.seconds
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=self._address, timeout=120, limits=limits) as client:
            tasks = [
                asyncio.ensure_future(self._ask(client, number, until))
                for number in range(self._load.n_clients)
            ]
            if self._load.disturb:
                tasks.append(asyncio.ensure_future(self._upload(client, until)))
            await asyncio.gather(*tasks)

    async def _ask(self, client: httpx.AsyncClient, number: int, until: float) -> None:
        chance = random.Random(SEED + number)
        while time.monotonic() < until:
            path, parameters = _request(chance, self._load.n_views)
            started = time.perf_counter()
            try:
                answer = await client.get(GALLERY + path, params=parameters)
            except httpx.HTTPError as error:
                self.statuses[type(error).__name__] += 1
                continue
            self.statuses[str(answer.status_code)] += 1
            if answer.status_code == 200:
                self.latencies.append(1000 * (time.perf_counter() - started))
            elif answer.status_code == 429:
                await asyncio.sleep(float(answer.headers["Retry-After"]))

    async def _upload(self, client: httpx.AsyncClient, until: float) -> None:
        rng = np.random.default_rng(SEED)
        while time.monotonic() < until:
            noise = rng.integers(0, 256, (64, 64, 3), np.uint8)
            written = io.BytesIO()
            Image.fromarray(noise).save(written, "PNG")
            sent = await client.post(
                f"{GALLERY}/items", files={"image": ("new.png", written.getvalue())}
            )
            self.uploads += sent.status_code == 202
            await asyncio.sleep(0.2)


def _request(chance: random.Random, n_views: int) -> tuple[str, dict[str, Any]]:
    """As visitors ask: mostly words, some of them new, some filters, some likes."""
    kind = chance.random()
    words = " ".join(chance.choices(WORDS, k=chance.randint(1, 3)))
    if kind < 0.55:
        return "/search", {"q": words}
    if kind < 0.7:
        return "/search", {"q": f"{words} {chance.randint(0, 10**6)}"}
    if kind < 0.8:
        return "/search", {"q": f"{words} tag:chosen"}
    if kind < 0.9:
        return f"/items/{chance.randint(1, n_views)}/similar", {}
    return "/suggest", {"q": words[:3]}


def run(load: Load, settings: Settings) -> Report:
    """Start the service over the home of the settings, ask, and stop it."""
    report = Report({**asdict(load), "command": list(load.command)})
    with serving(settings, load.command or SERVE) as (address, process):
        asyncio.run(_load(address, load, process, report))
    return report


async def _load(address: str, load: Load, process: subprocess.Popen[bytes], report: Report) -> None:
    clients = _Clients(address, load)
    started = time.monotonic()
    asking = asyncio.ensure_future(clients.run())
    hanging = None
    await asyncio.sleep(min(WARM_UP_S, load.seconds / 3))
    report.memory_mib_after_warm_up = _memory_mib(process.pid)
    if load.disturb:
        hanging = _hang(address)
        async with httpx.AsyncClient(base_url=address, timeout=120) as client:
            job = (await client.post(f"{GALLERY}/reindex", json={})).json()["job"]
            report.reindex = await ended(client, job)
    await asyncio.sleep(max(0.0, started + load.seconds - 0.5 - time.monotonic()))
    report.memory_mib_at_end = _memory_mib(process.pid)
    await asking
    took_s = time.monotonic() - started
    report.memory_growth = report.memory_mib_at_end / report.memory_mib_after_warm_up - 1
    report.statuses = dict(clients.statuses)
    total = sum(clients.statuses.values())
    report.answered_share = len(clients.latencies) / max(1, total)
    report.per_second = len(clients.latencies) / took_s
    report.uploads_confirmed = clients.uploads
    if clients.latencies:
        marks = np.percentile(clients.latencies, [50, 95, 99])
        report.p50_ms, report.p95_ms, report.p99_ms = (round(float(one), 1) for one in marks)
    if hanging is not None:
        hanging.settimeout(60)
        with hanging, contextlib.suppress(OSError):
            report.hung_client = hanging.recv(64).split(b"\r\n")[0].decode()


def _hang(address: str) -> socket.socket:
    """A client that begins to send a picture and goes silent."""
    host, port = address.removeprefix("http://").split(":")
    hanging = socket.create_connection((host, int(port)))
    head = f"POST {GALLERY}/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
    hanging.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b"\x89PNG")
    return hanging


def _memory_mib(pid: int) -> float:
    """What the service's process holds of its own. Files that it maps, the index and libraries, are
    left out: the system drops their pages where others need memory. So are its decoding processes,
    which come and go."""
    held = psutil.Process(pid).memory_info()
    return round((held.rss - getattr(held, "shared", 0)) / 2**20, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--views", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--disturb", action="store_true")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="keep the gallery here and use it again")
    given = parser.parse_args()
    with photo_gallery(given.home, given.model, given.data, given.views) as settings:
        load = Load(given.views, given.clients, given.seconds, given.disturb, given.model)
        print(json.dumps(asdict(run(load, settings)), indent=2))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    main()
