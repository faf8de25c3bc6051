"""A small indexed gallery, made once and copied for each test; and the program as a function."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.main import main

FOLDERS = ("pets", "kitchen", "2025/desert trip", "2024/birthday")
PER_FOLDER = 6


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout as the one JSON document it has to be."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        """The last line of stderr as a JSON error."""
        return json.loads(self.err.splitlines()[-1])


Sightline = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which precision is faster is measured anew by each process, and moves scores a little."""
    monkeypatch.setenv("SIGHTLINE_PRECISION", "float32")


@pytest.fixture
def sightline(capsys: pytest.CaptureFixture[str]) -> Sightline:
    """The real program, in this process: `sightline("search", "red car")`."""

    def run(*arguments: object) -> Ran:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="session")
def pictures(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few dozen drawn pictures in four folders; not to be written to."""
    folder = tmp_path_factory.mktemp("pictures")
    for name in FOLDERS:
        found = sorted((repository / "cli/demo/gallery" / name).iterdir())[:PER_FOLDER]
        (folder / name).mkdir(parents=True)
        for path in found:
            shutil.copy2(path, folder / name)
    return folder


@pytest.fixture(scope="session")
def template_home(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose gallery `default` holds those pictures, embedded by `tiny`."""
    home = tmp_path_factory.mktemp("template")
    assert main(["index", str(pictures), "--model", "tiny", "--home", str(home)]) == 0
    return home


@pytest.fixture
def indexed(template_home: Path, home: Path) -> Path:
    """This test's own home, with a copy of the indexed gallery."""
    shutil.copytree(template_home, home, dirs_exist_ok=True)
    return home
