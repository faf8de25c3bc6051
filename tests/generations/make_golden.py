"""Writes the golden generation of the present format version; run once per version, never again.

python -m tests.generations.make_golden
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from search.adapters.faiss import FaissIndexBuilder
from search.adapters.files.generations import GenerationStore
from search.generations import FORMAT_VERSION
from tests.generations.conftest import IDENTITY, rows


def main() -> None:
    target = Path(__file__).parent / "golden" / f"v{FORMAT_VERSION}"
    with tempfile.TemporaryDirectory() as folder:
        _, generation = GenerationStore(Path(folder)).write(
            IDENTITY, [rows(20)], FaissIndexBuilder()
        )
        shutil.copytree(generation.path, target)


if __name__ == "__main__":
    main()
