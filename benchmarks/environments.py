"""Environments of their own for what benchmarks measure beside Sightline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def install(wanted: Path, folder: Path) -> Path:
    """The Python of the environment in `folder`, which holds what `wanted` lists; made if missing.

    Raises:
        subprocess.CalledProcessError: where the registry does not give what is listed.
    """
    python = folder / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    if not python.exists():
        subprocess.run([uv, "--quiet", "venv", "--python", sys.executable, folder], check=True)
    subprocess.run([uv, "--quiet", "pip", "install", "--python", python, "-r", wanted], check=True)
    return python
