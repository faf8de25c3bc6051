"""Locks that give the same build today and next year, on every platform, from any index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

LOCKS = ("cpu", "gpu", "gpu-cu12", "postgresql", "dev", "training", "build", "uv")
_PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)", re.MULTILINE)


def pins(repository: Path, lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for match in _PIN.finditer((repository / f"requirements/{lock}.txt").read_text()):
        found.setdefault(match["name"], set()).add(match["version"])
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_address(repository: Path, lock: str) -> None:
    text = (repository / f"requirements/{lock}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(--|-i\b|-f\b)(?!hash)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(repository: Path, lock: str) -> None:
    text = (repository / f"requirements/{lock}.txt").read_text()
    for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE):
        if "==" in entry.split("\n", 1)[0]:
            assert "--hash=sha256:" in entry, entry


def test_torch_is_the_registry_s_ordinary_build(repository: Path) -> None:
    for lock in ("cpu", "gpu", "gpu-cu12", "dev", "training"):
        found = pins(repository, lock)
        assert not any("+" in version for versions in found.values() for version in versions)
        assert {"torch", "torchvision"} <= found.keys()


def test_what_tests_run_on_is_what_users_install(repository: Path) -> None:
    user, dev = pins(repository, "cpu"), pins(repository, "dev")
    assert {name: dev.get(name) for name in user} == user


def test_each_lock_carries_one_faiss(repository: Path) -> None:
    for lock, faiss in (("cpu", "faiss-cpu"), ("gpu", "faiss-gpu-cuvs"), ("gpu-cu12", "faiss-gpu")):
        assert {name for name in pins(repository, lock) if name.startswith("faiss")} == {faiss}


def test_the_lock_covers_every_dependency(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    names = {
        re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")
        for requirement in project["dependencies"]
    }
    assert names <= pins(repository, "cpu").keys()
