"""A Hugging Face Hub on this machine, whose repositories are folders."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

COMMIT = "0" * 40


class _Hub(BaseHTTPRequestHandler):
    """Answers `/ORG/REPO/resolve/REVISION/FILE` as the Hub does, and nothing else."""

    root: Path

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        repository, _, rest = self.path.partition("/resolve/")
        path = self.root / repository.strip("/") / rest.partition("/")[2]
        if not path.is_file():
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        content = path.read_bytes()
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def keep_in_cache(repository: Path, name: str, cache: Path) -> None:
    """A repository, which is a folder, as the Hub's client keeps it after a download."""
    kept = cache / f"models--{name.replace('/', '--')}"
    (kept / "snapshots").mkdir(parents=True)
    (kept / "snapshots" / COMMIT).symlink_to(repository)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(COMMIT)


@contextmanager
def hub_of(root: Path, cache: Path) -> Iterator[None]:
    """The Hub of this process: the folders `root/ORG/REPO`, and a cache for what is fetched.

    For one test in a process: clients of the Hub go on asking the first address they had.
    """
    with _served(root) as address, pytest.MonkeyPatch.context() as patch:
        files = f"{address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", files)
        patch.setattr(constants, "ENDPOINT", address)
        patch.setattr(constants, "HF_HUB_CACHE", str(cache))
        yield


@contextmanager
def _served(root: Path) -> Iterator[str]:
    handler = type("Handler", (_Hub,), {"root": root})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
