"""CLIP-like vectors of any number, real text embeddings, and what an exact search finds among them.

Made once into a folder, read-only from then on, so that every contestant sees the same bytes.
Texts are class names' real embeddings; `known` ones may train an index, `asked` ones never do.
"""

from __future__ import annotations

import importlib.util
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

N_KNOWN_TEXTS = 280
N_ASKED = 500
K = 10
SORTS = ("texts", "pictures")
BLOCK_ROWS = 50_000
_MARGIN = 1e-5
"""Twice float32's error, so that an equally near row is no loss."""


@dataclass(frozen=True)
class Vectors:
    """One set of vectors and queries in a folder.

    Attributes:
        reordered: a file of the same vectors in another order; None where they have their own.
    """

    folder: Path
    reordered: Path | None = None

    @property
    def base(self) -> Any:
        """float16, (n, 512), mapped."""
        return np.load(self.reordered or self.folder / "base.npy", mmap_mode="r")

    @property
    def known_texts(self) -> Floats:
        return np.asarray(np.load(self.folder / "known-texts.npy"))

    def asked(self, sort: str) -> Floats:
        """Queries of a sort, float32, (N_ASKED, 512), unit rows."""
        return np.asarray(np.load(self.folder / f"{sort}.npy"))

    def exact_scores(self, sort: str) -> Floats:
        """The scores of each query's K best rows, best first."""
        return np.asarray(np.load(self.folder / f"{sort}-exact.npy"))

    def recall(self, sort: str, found: Ids) -> float:
        """Mean share of the exact K best that rows (n_queries, K) hold, -1 for none."""
        return recall(self.base, self.asked(sort), self.exact_scores(sort), found)


def recall(base: Any, queries: Floats, exact: Floats, found: Ids) -> float:
    """Mean share of the exact best, by score: one as near as the last of them counts."""
    shares = []
    for query, scores, rows in zip(queries, exact, found, strict=True):
        rows = np.unique(rows[rows >= 0])
        near = base[rows].astype(np.float32) @ query >= scores[-1] - _MARGIN
        shares.append(min(int(near.sum()), len(scores)) / len(scores))
    return float(np.mean(shares))


def make_vectors(data: Path, build: Path, n: int) -> Vectors:
    """The set of n vectors, made where it is not there yet.

    Args:
        data: the folder that `vectors/clip_like.py` lies in.
    """
    made = Vectors(build / f"vectors-{n}")
    if (made.folder / "pictures-exact.npy").exists():
        return made
    source = clip_like(data)
    make_base(source, made.folder, n)
    known, asked = draw_queries(source)
    np.save(made.folder / "known-texts.npy", known)
    for sort, queries in asked.items():
        np.save(made.folder / f"{sort}.npy", queries)
    for sort in SORTS:
        exact = best_scores(made.base, made.asked(sort))
        np.save(made.folder / f"{sort}-exact.npy", exact)
    return made


def make_base(source: ModuleType, folder: Path, n: int) -> None:
    """n vectors as `Vectors.base`, made by all processors where they are not there yet."""
    path = folder / "base.npy"
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / "base-unfinished.npy"
    base = np.lib.format.open_memmap(unfinished, "w+", np.float16, (n, 512))

    def fill(start: int) -> None:
        size = min(BLOCK_ROWS, n - start)
        base[start : start + size] = source.photos_like_clip(size, seed=1_000 + start)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(fill, range(0, n, BLOCK_ROWS)))
    base.flush()
    unfinished.rename(path)


def draw_queries(source: ModuleType) -> tuple[Floats, dict[str, Floats]]:
    """Texts that are known, and what is asked by sort: float32, (n, 512), unit rows."""
    texts = np.random.default_rng(0).permutation(np.unique(source.texts(), axis=0))
    pictures = source.photos_like_clip(N_ASKED, seed=7)
    asked = {"texts": texts[N_KNOWN_TEXTS:][:N_ASKED], "pictures": pictures}
    return texts[:N_KNOWN_TEXTS], asked


def best_scores(base: Any, queries: Floats, rows: Ids | None = None) -> Floats:
    """Scores of each query's K best rows, or of its best among some rows, best first."""
    best: Floats = np.empty((len(queries), 0), np.float32)
    n = len(base) if rows is None else len(rows)
    for start in range(0, n, BLOCK_ROWS):
        block = base[start : start + BLOCK_ROWS]
        if rows is not None:
            block = base[rows[start : start + BLOCK_ROWS]]
        scores = queries @ np.asarray(block, np.float32).T
        best = np.concatenate([best, scores], axis=1)
        best = -np.partition(-best, min(K, best.shape[1]) - 1, axis=1)[:, :K]
    return -np.sort(-best, axis=1)


def clip_like(data: Path) -> ModuleType:
    path = data / "vectors" / "clip_like.py"
    spec = importlib.util.spec_from_file_location("clip_like", path)
    if spec is None or spec.loader is None or not path.exists():
        raise SystemExit(f"There is no {path}; name its folder with --data.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
