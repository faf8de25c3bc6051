"""`sightline serve` in a process of its own, for as long as a measurement takes."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

import httpx

from search.settings import Settings

SERVE = (
    sys.executable,
    "-c",
    "import sys; from cli.main import main; "
    "sys.exit(main(['serve', '--home', sys.argv[1], '--port', sys.argv[2]]))",
)
"""Takes the home and the port."""

GALLERY = "/v1/galleries/default"
_READY_WITHIN_S = 300
_SHOWN_OF_LOG = 2_000


@contextlib.contextmanager
def serving(
    settings: Settings, command: Sequence[str] = SERVE
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a service over the home of the settings, ready to answer, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    arguments = [*command, str(settings.home), str(port)]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            arguments, env=settings.as_environment(), stdout=log, stderr=log
        ) as process,
    ):
        try:
            if not _is_ready(address, process):
                log.seek(0)
                said = log.read().decode(errors="replace")[-_SHOWN_OF_LOG:]
                raise SystemExit(f"The service does not answer.\n{said}")
            yield address, process
        finally:
            process.terminate()
            process.wait(timeout=60)


async def ended(client: httpx.AsyncClient, job: str) -> str:
    """The state that a job ends in, followed by its events."""
    state = ""
    async with client.stream("GET", f"{GALLERY}/jobs/{job}/events", timeout=None) as events:
        async for line in events.aiter_lines():
            if line.startswith("data: "):
                state = json.loads(line.removeprefix("data: "))["state"]
    return state


def _is_ready(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether it came to answer in time."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health/ready", timeout=30).status_code == 200:
                return True
        time.sleep(0.2)
    return False
