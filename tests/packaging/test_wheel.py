"""The wheel: complete, and working outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

WEIGHTS = "search/adapters/openclip/tiny/open_clip_model.safetensors"
GRAMMAR_OR_MIGRATION = "migrations/versions/"
GALLERY = "cli/demo/gallery/"
READY_MADE = "search/categories/ready_made/"


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built from what is checked out with the pinned backend."""
    pytest.importorskip("hatchling", reason="requirements/build.txt is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=repository,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (path,) = folder.glob("*.whl")
    return path


def test_wheel_holds_code_data_and_licence(wheel: Path, repository: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for package in ("search", "indexer", "api", "cli", "migrations"):
        assert f"{package}/__init__.py" in names
    for data in (WEIGHTS, GRAMMAR_OR_MIGRATION, GALLERY):
        assert any(name.startswith(data) for name in names), data
    pictures = [path for path in (repository / GALLERY).rglob("*") if path.is_file()]
    shipped = [name for name in names if name.startswith(GALLERY)]
    assert len(shipped) == len(pictures)
    taxonomies = {path.name for path in (repository / READY_MADE).glob("*.yaml")}
    assert taxonomies
    assert taxonomies == {
        name.removeprefix(READY_MADE)
        for name in names
        if name.startswith(READY_MADE) and name.endswith(".yaml")
    }
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_holds_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    unwanted = ("tests/", "training/", "benchmarks/", "docs/", "requirements/")
    assert [name for name in names if name.startswith(unwanted) or "__pycache__" in name] == []


@pytest.mark.acceptance
def test_wheel_works_in_an_empty_environment(wheel: Path, repository: Path, tmp_path: Path) -> None:
    """Installed outside the checkout: indexes, migrates and searches."""
    uv = Path(sys.executable).with_name("uv")
    tool = str(uv) if uv.exists() else shutil.which("uv")
    if tool is None:
        pytest.skip("uv is not installed")
    environment = tmp_path / "env"
    python = environment / "bin" / "python"
    requirements = repository / "requirements/cpu.txt"
    install = [tool, "pip", "install", "--quiet", "--python", str(python)]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    subprocess.run([*install, "--require-hashes", "-r", str(requirements)], check=True)
    subprocess.run([*install, "--no-deps", str(wheel)], check=True)

    def sightline(*arguments: str) -> str:
        done = subprocess.run(
            [str(environment / "bin" / "sightline"), *arguments],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "SIGHTLINE_HOME": str(tmp_path / "home"),
                "SIGHTLINE_OFFLINE": "true",
            },
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    sightline("migrate")
    gallery = environment / "lib"
    (pictures,) = gallery.glob("python*/site-packages/cli/demo/gallery")
    sightline("index", str(pictures), "--model", "tiny")
    answer = json.loads(sightline("search", "an apple", "--json"))
    assert answer["hits"]
    assert "sightline" in sightline("--help")
