"""What a user would take instead, at its own defaults and tuned; each imports its library alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.index.contest import Ask, Contestant
from benchmarks.vectors import K, Vectors

_BLOCK_ROWS = 50_000
_EFFORTS = (10, 20, 50, 100, 200, 400, 800, 1_600)
_PROBES = (1, 4, 16, 64, 256)


def _blocks(vectors: Vectors) -> Iterator[tuple[int, Any]]:
    base = vectors.base
    for start in range(0, len(base), _BLOCK_ROWS):
        yield start, np.asarray(base[start : start + _BLOCK_ROWS], np.float32)


class Hnswlib:
    """hnswlib: 16 links and effort 200 are its defaults, and effort 10 when searching."""

    def __init__(self, links: int = 16, build_effort: int = 200) -> None:
        self._links, self._build_effort = links, build_effort

    def build(self, vectors: Vectors, folder: Path) -> None:
        import hnswlib

        index = hnswlib.Index("ip", 512)
        index.init_index(len(vectors.base), M=self._links, ef_construction=self._build_effort)
        index.set_num_threads(1)
        for start, block in _blocks(vectors):
            index.add_items(block, np.arange(start, start + len(block)))
        index.save_index(str(folder / "index"))

    def open(self, vectors: Vectors, folder: Path) -> None:
        import hnswlib

        self._index = hnswlib.Index("ip", 512)
        self._index.load_index(str(folder / "index"))
        self._index.set_num_threads(1)

    def settings(self) -> Iterator[tuple[str, Ask]]:
        for effort in _EFFORTS:
            self._index.set_ef(effort)
            yield f"ef {effort}", lambda query: self._index.knn_query(query, K)[0][0]


class Usearch:
    """usearch, as it comes: 16 links, float32 kept as bfloat16 where it chooses to."""

    def build(self, vectors: Vectors, folder: Path) -> None:
        from usearch.index import Index

        index = Index(ndim=512, metric="ip")
        for start, block in _blocks(vectors):
            index.add(np.arange(start, start + len(block)), block, threads=1)
        index.save(str(folder / "index"))

    def open(self, vectors: Vectors, folder: Path) -> None:
        from usearch.index import Index

        self._index = Index.restore(str(folder / "index"))

    def settings(self) -> Iterator[tuple[str, Ask]]:
        default = self._index.expansion_search
        for effort in sorted({default, *_EFFORTS[2:]}):
            self._index.expansion_search = effort
            name = f"expansion {effort}" + (" (default)" if effort == default else "")
            yield name, lambda query: self._index.search(query[0], K, threads=1).keys.astype(int)


class Lance:
    """LanceDB: a table on disk with its IVF_PQ index at defaults, then with more effort."""

    def build(self, vectors: Vectors, folder: Path) -> None:
        import lancedb
        import pyarrow

        schema = pyarrow.schema(
            [("id", pyarrow.int64()), ("vector", pyarrow.list_(pyarrow.float32(), 512))]
        )

        def batches() -> Iterator[Any]:
            for start, block in _blocks(vectors):
                flat = pyarrow.array(block.ravel())
                column = pyarrow.FixedSizeListArray.from_arrays(flat, 512)
                ids = pyarrow.array(np.arange(start, start + len(block)))
                yield pyarrow.record_batch([ids, column], schema=schema)

        database = lancedb.connect(str(folder))
        table = database.create_table("v", batches(), schema=schema, mode="overwrite")
        table.create_index(metric="dot")

    def open(self, vectors: Vectors, folder: Path) -> None:
        import lancedb

        self._table = lancedb.connect(str(folder)).open_table("v")

    def settings(self) -> Iterator[tuple[str, Ask]]:
        yield "default", self._ask(None, None)
        for probes, refine in ((20, 10), (50, 30), (200, 100)):
            yield f"probes {probes}, refine {refine}", self._ask(probes, refine)

    def _ask(self, probes: int | None, refine: int | None) -> Ask:
        def ask(query: Any) -> Any:
            search = (
                self._table.search(query[0])
                .distance_type("dot")
                .limit(K)
                .select(["id", "_distance"])
            )
            if probes is not None and refine is not None:
                search = search.nprobes(probes).refine_factor(refine)
            return search.to_arrow()["id"].to_numpy()

        return ask


class Faiss:
    """FAISS by its factory's name, from default to thorough."""

    def __init__(self, name: str, knob: str, values: tuple[int, ...], trained: int = 0) -> None:
        self._name, self._knob, self._values, self._trained = name, knob, values, trained

    def build(self, vectors: Vectors, folder: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        index = faiss.index_factory(512, self._name, faiss.METRIC_INNER_PRODUCT)
        if not index.is_trained:
            step = max(1, len(vectors.base) // self._trained)
            index.train(np.asarray(vectors.base[::step], np.float32))
        for _, block in _blocks(vectors):
            index.add(block)
        faiss.write_index(index, str(folder / "index"))

    def open(self, vectors: Vectors, folder: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._index = faiss.read_index(str(folder / "index"))

    def settings(self) -> Iterator[tuple[str, Ask]]:
        import faiss

        for value in self._values:
            faiss.ParameterSpace().set_index_parameter(self._index, self._knob, value)
            yield f"{self._knob} {value}", lambda query: self._index.search(query, K)[1][0]


PEERS: dict[str, Callable[[], Contestant]] = {
    "hnswlib": Hnswlib,
    "hnswlib-tuned": lambda: Hnswlib(links=32, build_effort=400),
    "usearch": Usearch,
    "lancedb": Lance,
    "faiss-hnsw": lambda: Faiss("HNSW32", "efSearch", (16, *_EFFORTS[2:])),
    "faiss-ivf": lambda: Faiss("IVF1024,Flat", "nprobe", _PROBES, trained=65_536),
    "faiss-ivf-sq8": lambda: Faiss("IVF1024,SQ8", "nprobe", _PROBES, trained=65_536),
    "faiss-ivf-pq": lambda: Faiss("IVF1024,PQ128x4fs", "nprobe", _PROBES, trained=65_536),
}
