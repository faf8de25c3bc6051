"""`sightline serve` in a process of its own, for as long as a measurement takes."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence

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
    settings: Settings,
    command: Sequence[str] = SERVE,
    variables: Mapping[str, str] | None = None,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a service over the home of the settings, ready to answer, and its process.

    Args:
        variables: set in its environment besides the settings.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    arguments = [*command, str(settings.home), str(port)]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            arguments,
            env={**settings.as_environment(), **(variables or {})},
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            if not _is_ready(address, process, settings.workers):
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


def _is_ready(address: str, process: subprocess.Popen[bytes], n_processes: int) -> bool:
    """Whether it came to answer in time, with all its processes where they are several."""
    deadline = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{address}/health/ready", timeout=30).status_code == 200 and (
                n_processes == 1 or _n_answering(address) == n_processes
            ):
                return True
        time.sleep(0.2)
    return False


def _n_answering(address: str) -> int:
    figures = httpx.get(f"{address}/metrics", timeout=30).text
    found = re.search(r"^sightline_processes (\d+)", figures, re.MULTILINE)
    return int(found[1]) if found else 0
