"""A service of several processes, each of which can be asked by itself."""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests.support.services import ServiceProcess

WITHIN_S = 60
T = TypeVar("T")


class ServiceProcesses(ServiceProcess):
    """`sightline serve --workers N` with the hashing embedder, in a process group of its own."""

    def __init__(self, home: Path, n: int = 2, **settings: str) -> None:
        super().__init__(home, start_new_session=True, SIGHTLINE_WORKERS=str(n), **settings)
        self._n = n
        self._opened: list[Client] = []

    def client(self) -> Client:
        """A client of whichever process takes it; closed when the service has ended."""
        client = Client(self.port)
        self._opened.append(client)
        return client

    def pids(self) -> list[int]:
        """The serving processes there are, oldest first."""
        children = psutil.Process(self.pid).children()
        serving = [one for one in children if "spawn_main" in " ".join(one.cmdline())]
        return [one.pid for one in sorted(serving, key=lambda one: one.create_time())]

    def everyone(self) -> list[psutil.Process]:
        """All processes that the service consists of, helpers included."""
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def clients(self) -> list[Client]:
        """A client of each serving process, oldest first; waits until all of them answer."""
        found: dict[int, Client] = {}

        def all_found() -> bool:
            for client, pid in self.spread(2 * self._n):
                if pid in found:
                    client.close()
                found.setdefault(pid, client)
            return len(found.keys() & set(self.pids())) == self._n

        until(all_found)
        return [found[pid] for pid in self.pids()]

    def spread(self, n_clients: int) -> list[tuple[Client, int]]:
        """So many new clients, all of them open, each with the process that took it."""
        clients = [self.client() for _ in range(n_clients)]
        for client in clients:
            client.get("/health/live")
        owners = {
            one.raddr.port: pid
            for pid in self.pids()
            for one in psutil.Process(pid).net_connections("tcp")
            if one.status == psutil.CONN_ESTABLISHED
        }
        return [(client, owners[client.port]) for client in clients]

    def interrupt(self) -> int:
        """Ctrl-C at a terminal, which every process of the group hears."""
        os.killpg(self.pid, signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        super().kill()
        self._close_clients()

    def wait(self) -> int:
        code = super().wait()
        self._close_clients()
        return code

    def _close_clients(self) -> None:
        for client in self._opened:
            client.close()


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection that stays open, so that one process answers all it asks."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)
        self._connection.connect()
        self.port = int(self._connection.sock.getsockname()[1])

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: bytes, kind: str, **headers: str) -> Reply:
        return self._ask("POST", path, body, {"Content-Type": kind, **headers})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return Reply(response.status, response.read())


def until(look: Callable[[], T]) -> T:
    """What `look` gives as soon as it is true; within a minute, or the test fails."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("This does not come to be.")


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended, which is waited for."""
    _, alive = psutil.wait_procs(processes, timeout=WITHIN_S)
    return not alive
