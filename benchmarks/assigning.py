"""How long it takes to assign a taxonomy to a large gallery, beside the bare matrix product.

    python -m benchmarks.assigning                     1,000 classes, 1,000,000 items, SQLite
    OMP_NUM_THREADS=1 python -m benchmarks.assigning --items 100000

Without OMP_NUM_THREADS the product uses every processor, and reading and writing share them with
it; with one thread they have another one to themselves.

The gallery is made of drawn unit vectors, written straight into the tables; classes are drawn,
too, and items lie near one of them, so that most are assigned. The run then assigns from nothing,
assigns again with nothing changed but what the taxonomy has learnt, and dry-runs.
"""

from __future__ import annotations

import argparse
import json
import resource
import sqlite3
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.sql import open_catalogue
from search.categories.assigning import Assigning
from search.categories.calibration import Calibration
from search.categories.taxonomy import Category, Taxonomy
from search.domain.category import ModelKind
from search.domain.space import EmbeddingSpace, Preprocessing

DIM = 512
_HALF = (0.5, 0.5, 0.5)
SPACE = EmbeddingSpace(
    "drawn", "0" * 64, DIM, Preprocessing(224, 224, "shortest", "bicubic", _HALF, _HALF)
)


class DrawnModel:
    """Gives each text a vector of its own."""

    space = SPACE
    logit_scale = 100.0
    logit_bias = None

    def __init__(self, classes: np.ndarray) -> None:
        self._classes = classes

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        return self._classes[[int(text.split()[-1].rstrip(".")) for text in texts]]


def unit(rows: np.ndarray) -> np.ndarray:
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def fill(path: Path, gallery_id: int, n_items: int, classes: np.ndarray) -> None:
    """Items of one view each, near a class, at revision 1."""
    rng = np.random.default_rng(2)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(
        "INSERT INTO roots (id, gallery_id, path, kind) VALUES (1, ?, '/drawn', 'folder')",
        (gallery_id,),
    )
    for start in range(0, n_items, 50_000):
        ids = range(start + 1, min(start + 50_000, n_items) + 1)
        of = rng.integers(0, len(classes), len(ids))
        noise = rng.normal(size=(len(ids), DIM)).astype(np.float32) / np.sqrt(DIM)
        rows = unit(classes[of] * 0.3 + noise * 0.95).astype("<f2")
        connection.executemany(
            "INSERT INTO items VALUES (?, ?, 1, ?, 'photo', '', 'live', 1)",
            ((i, gallery_id, f"{i}.jpg") for i in ids),
        )
        connection.executemany(
            "INSERT INTO views VALUES (?, ?, ?, NULL, 0, ?, 64, 64, 'live', NULL)",
            ((i, i, gallery_id, f"{i:064x}") for i in ids),
        )
        connection.executemany(
            "INSERT INTO embeddings VALUES (?, ?, ?, ?, 1)",
            ((i, SPACE.id, gallery_id, row.tobytes()) for i, row in zip(ids, rows, strict=True)),
        )
    connection.execute("UPDATE galleries SET revision = 1")
    connection.commit()
    connection.close()


def bare_product(n_items: int, classes: np.ndarray) -> float:
    """Seconds of the matrix product alone, in blocks of float32."""
    block = unit(np.random.default_rng(3).normal(size=(8_192, DIM)).astype(np.float32))
    turned = np.ascontiguousarray(classes.T)
    started = time.perf_counter()
    for start in range(0, n_items, len(block)):
        np.matmul(block[: n_items - start], turned)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=1_000)
    parser.add_argument("--keep", type=Path, help="folder of the database, filled once")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(asked.keep or Path(folder), asked.items, asked.classes), indent=2))


def measure(folder: Path, n_items: int, n_classes: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    classes = unit(rng.normal(size=(n_classes, DIM)).astype(np.float32))
    path = folder / "benchmark.db"
    fresh = not path.exists()
    catalogue = open_catalogue(f"sqlite:///{path}")
    if fresh:
        gallery_id = catalogue.create_gallery("default").id
        with catalogue.writing(gallery_id) as work:
            work.add_space(SPACE)
            work.activate_space(SPACE.id)
            work.commit()
        fill(path, gallery_id, n_items, classes)
    with catalogue.reading() as snapshot:
        gallery_id = snapshot.gallery("default").id
    taxonomy = Taxonomy("drawn", tuple(Category(f"class {n}", (str(n),)) for n in range(n_classes)))
    with catalogue.writing(gallery_id) as work:
        stored = work.store_taxonomy(taxonomy)
        work.commit()
    assigning = Assigning(catalogue, gallery_id, SPACE, lambda: DrawnModel(classes))  # type: ignore[arg-type, return-value]
    figures: dict[str, Any] = {"items": n_items, "classes": n_classes, "dim": DIM}
    figures["before_mib"] = memory_mib()
    figures["product_s"] = bare_product(n_items, classes)
    started = time.perf_counter()
    report = assigning.assign(stored)
    figures["assign_s"] = time.perf_counter() - started
    figures["ratio"] = figures["assign_s"] / figures["product_s"]
    figures["assigned"], figures["peak_mib"] = report.n_assigned, memory_mib()
    started = time.perf_counter()
    foreseen = assigning.foresee(taxonomy, stored)
    figures["dry_run_s"] = time.perf_counter() - started
    figures["would_change"] = foreseen.n_changed
    payload = Calibration(1.1, (), None, None, 0).to_json().encode()
    with catalogue.writing(gallery_id) as work:
        work.add_category_model(
            stored.id, SPACE.id, ModelKind.CALIBRATION, payload=payload, report="{}"
        )
        work.commit()
    started = time.perf_counter()
    assigning.assign(stored)
    figures["again_s"] = time.perf_counter() - started
    started = time.perf_counter()
    figures["idle"] = assigning.assign(stored).up_to_date
    figures["idle_s"] = time.perf_counter() - started
    figures["peak_mib"] = memory_mib()
    catalogue.close()
    return {key: round(v, 3) if isinstance(v, float) else v for key, v in figures.items()}


def memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
