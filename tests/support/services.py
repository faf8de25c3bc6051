"""The service under test: a real database, index and decoder, and an embedder that hashes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.testclient import TestClient

from api.app import create_app
from api.engine import Engine
from search.settings import Settings
from tests.support.embedders import HashingEmbedder
from tests.support.galleries import GalleryUnderTest

N_PICTURES = 12
BASE = "/v1/galleries/default"


class Shelf:
    """An indexed gallery that tests copy: `home`, and the photos that it was made from."""

    def __init__(self, root: Path) -> None:
        self.home, self.photos = root / "home", root / "photos"
        gallery = GalleryUnderTest(self.home, self.photos)
        for number in range(N_PICTURES):
            gallery.draw(f"p{number:02}.png", number)
        gallery.run()
        gallery.close()

    def copy_to(self, home: Path) -> None:
        shutil.copytree(self.home, home, dirs_exist_ok=True)

    def picture(self, number: int) -> bytes:
        return (self.photos / f"p{number:02}.png").read_bytes()


class Service:
    """The app in this process, called without a socket."""

    def __init__(self, settings: Settings) -> None:
        self.embedder = HashingEmbedder()
        self.engine = Engine.open(settings, open_embedder=lambda _: self.embedder)
        self.app = create_app(self.engine)
        self.client = TestClient(self.app, base_url="http://localhost")

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self._ours(self.client.get(BASE + path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self._ours(self.client.post(BASE + path, **options))

    def wait_for(self, job: str) -> dict[str, Any]:
        """The job when it has ended."""
        with self.client.stream("GET", f"{BASE}/jobs/{job}/events") as response:
            said = response.read()
        found: dict[str, Any] = self.get(f"/jobs/{job}").json()
        assert found["state"] in ("done", "failed"), said
        return found

    @staticmethod
    def _ours(response: Any) -> httpx.Response:
        return response  # type: ignore[no-any-return]


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[Service]:
    """A service whose background work goes on, until the block ends."""
    service = Service(settings)
    try:
        with service.client:
            yield service
    finally:
        service.engine.close()


@contextlib.contextmanager
def listening(service: Service) -> Iterator[str]:
    """The service's app behind a real socket on loopback; gives its address."""
    config = uvicorn.Config(service.app, port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{bound.getsockname()[1]}"
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        wait_until_live(address)
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()


def wait_until_live(address: str, process: subprocess.Popen[bytes] | None = None) -> None:
    """Ask until the service answers, for a minute at most."""
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health/ready", timeout=5).status_code == 200:
                return
        if time.monotonic() > deadline or (process is not None and process.poll() is not None):
            raise AssertionError("The service does not answer.")
        time.sleep(0.05)


class ServiceProcess:
    """`sightline serve` with the hashing embedder, as a process that can be killed.

    Args:
        settings: by the names of their environment variables.
    """

    def __init__(self, home: Path, *, start_new_session: bool = False, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.serve_hashing", str(home), str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=start_new_session,
            env={
                **os.environ,
                "SIGHTLINE_HOME": str(home),
                "SIGHTLINE_DECODE_WORKERS": "1",
                **settings,
            },
        )
        try:
            wait_until_live(self.address, self._process)
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit code when it has ended, within a minute."""
        return self._process.wait(timeout=60)
