"""Search on a GPU: every vector compared, beside FAISS and cuVS on the same GPU, and its limit.

    python -m benchmarks.gpu.search --data ../shared/data
    python -m benchmarks.gpu.search --rows 1000000 --only scan filters

FAISS and cuVS are measured where faiss-gpu-cuvs and cuvs-cu13 are installed. CLIP-like vectors and
real texts, drawn as in `benchmarks.vectors`. The limit is what one reading of the vectors takes at
the rate at which the device copies its memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.gpu.device import copy_rate
from benchmarks.vectors import (
    BLOCK_ROWS,
    SORTS,
    Floats,
    Vectors,
    clip_like,
    draw_queries,
    make_base,
)
from search.adapters.gpu.index import GpuIndex
from search.adapters.gpu.vectors import DeviceVectors
from search.domain.rowset import RowSet
from search.evaluation.index_recall import share_found
from search.ranking import best_rows

K = 10
SEED = 0
N_ASKED = 200
BATCHES = (1, 8, 64)
N_THREADS = 64
WIDTHS = (0.5, 0.1, 0.01, 0.001)
SECTIONS = ("scan", "filters", "cuvs-cagra", "faiss-flat", "faiss-ivf")
CAGRA_KEPT = (128, 512)
DEVICE = torch.device("cuda")


@dataclass(frozen=True)
class Drawn:
    """Vectors in memory, on the device, and what is asked."""

    base: Any
    on_device: DeviceVectors
    asked: Mapping[str, Floats]
    known_texts: Floats


def main(arguments: list[str] | None = None) -> None:
    """Measure the sections, print each as it is known, and write all to `--out`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.search", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--only", nargs="*", default=list(SECTIONS), choices=SECTIONS)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        raise SystemExit("This needs a GPU that torch can use.")
    rate = copy_rate()
    found: dict[str, Any] = {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "copy_gb_per_s": round(rate / 1e9),
        "sizes": [],
    }
    told(f"{found['device']}, torch {torch.__version__}, copies {rate / 1e9:.0f} GB/s")
    for n in chosen.rows:
        drawn = draw(chosen.data, chosen.build, n)
        size: dict[str, Any] = {"rows": n, "limit_ms": 1000 * drawn.base.nbytes / rate}
        told(f"{n} rows; one reading takes {size['limit_ms']:.2f} ms at least")
        found["sizes"].append(size)
        for name in chosen.only:
            try:
                size[name] = _MEASURES[name](drawn)
            except Exception:  # One contestant that fails does not take the others along.
                traceback.print_exc()
            torch.cuda.empty_cache()
            if chosen.out:
                chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        del drawn


def told(line: str) -> None:
    print(f"{time.perf_counter():8.1f} s  {line}", flush=True)


def draw(data: Path, build: Path, n: int) -> Drawn:
    """n vectors, the same as `benchmarks.vectors.make_vectors` makes."""
    source, made = clip_like(data), Vectors(build / f"vectors-{n}")
    make_base(source, made.folder, n)
    base = made.base
    told(f"drew {n} vectors")
    on_device = DeviceVectors(base, DEVICE)
    told("brought them to the device")
    known, asked = draw_queries(source)
    return Drawn(base, on_device, {sort: asked[sort][:N_ASKED] for sort in SORTS}, known)


def scan(drawn: Drawn) -> Any:
    """Every vector compared; its answers beside numpy's."""
    index = GpuIndex(drawn.base, drawn.on_device, 0)
    same = all(_is_exact(index, drawn, sort, None) for sort in SORTS)
    return {"exact": same, **_speeds("scan", drawn, index.search, exact=same)}


def filters(drawn: Drawn) -> Any:
    """By chance, of several widths; and 64 clients with 64 filters."""
    index = GpuIndex(drawn.base, drawn.on_device, 0)
    rng = np.random.default_rng(SEED)
    measured = []
    for width in WIDTHS:
        allowed = RowSet.of_mask(rng.random(len(drawn.base)) < width).compact()
        for sort in SORTS:
            same = _is_exact(index, drawn, sort, allowed)
            queries = drawn.asked[sort]
            ms = 1000 * _each_s(lambda one, f=allowed: index.search(one, K, allowed=f), queries)
            told(f"filter {width:g} {sort}: {ms:.2f} ms, exact {same}")
            measured.append({"width": width, "sort": sort, "ms": ms, "exact": same})
    wide = [RowSet.of_mask(rng.random(len(drawn.base)) < 0.5) for _ in range(8)]
    at = iter(range(10**9))
    rate = _threads_rate(
        lambda one: index.search(one, K, allowed=wide[next(at) % len(wide)]), drawn.asked["texts"]
    )
    told(f"filters of 0.5, {N_THREADS} threads: {rate:.0f} a second")
    return {"by_width": measured, "threads_per_s": rate}


def cuvs_cagra(drawn: Drawn) -> Any:
    """cuVS's graph as its defaults build it, at some numbers of rows kept on the way."""
    from cuvs.neighbors import cagra

    rows = drawn.on_device.rows[: len(drawn.base)]
    began = time.perf_counter()
    index = cagra.build(cagra.IndexParams(), rows)
    measured: dict[str, Any] = {"build_s": time.perf_counter() - began}
    told(f"cuvs cagra built in {measured['build_s']:.1f} s")
    for n_kept in CAGRA_KEPT:
        parameters = cagra.SearchParams(itopk_size=n_kept)

        def ask(queries: Floats, k: int, parameters: Any = parameters) -> tuple[Any, Floats]:
            asked = torch.from_numpy(queries).to(DEVICE)
            halves = asked.to(torch.float16)
            torch.cuda.synchronize()
            _, found = cagra.search(parameters, index, halves, k)
            numbers = torch.as_tensor(found.copy_to_host().astype(np.int64), device=DEVICE)
            scores = drawn.on_device.exact_products(asked, numbers)
            return numbers, scores.sort(dim=1, descending=True).values.cpu().numpy()

        measured[str(n_kept)] = _speeds(
            f"cuvs cagra {n_kept}", drawn, ask, exact=_exact_scores(drawn)
        )
    return measured


def faiss_flat(drawn: Drawn) -> Any:
    """FAISS's flat index of float16 on the same device."""
    import faiss

    resources = faiss.StandardGpuResources()
    settings = faiss.GpuIndexFlatConfig()
    settings.useFloat16 = True
    index = faiss.GpuIndexFlatIP(resources, 512, settings)
    _added(index, drawn.base)
    return _speeds("faiss flat16", drawn, _asking(index), exact=_exact_scores(drawn))


def faiss_ivf(drawn: Drawn) -> Any:
    """FAISS's inverted file of float16 on the device, some numbers of probes."""
    import faiss

    began = time.perf_counter()
    n_lists = 4096
    index = faiss.GpuIndexIVFScalarQuantizer(
        faiss.StandardGpuResources(),
        512,
        n_lists,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
    )
    step = max(1, len(drawn.base) // (64 * n_lists))
    index.train(drawn.base[::step].astype(np.float32))
    _added(index, drawn.base)
    measured: dict[str, Any] = {"build_s": time.perf_counter() - began}
    told(f"faiss ivf built in {measured['build_s']:.1f} s")
    for n_probes in (16, 64, 256):
        index.nprobe = n_probes
        name = f"faiss ivf {n_probes}"
        measured[str(n_probes)] = _speeds(name, drawn, _asking(index), exact=_exact_scores(drawn))
    return measured


_MEASURES: Mapping[str, Callable[[Drawn], Any]] = {
    "scan": scan,
    "filters": filters,
    "cuvs-cagra": cuvs_cagra,
    "faiss-flat": faiss_flat,
    "faiss-ivf": faiss_ivf,
}

Ask = Callable[[Floats, int], tuple[Any, Floats]]


def _asking(index: Any) -> Ask:
    def ask(queries: Floats, k: int) -> tuple[Any, Floats]:
        scores, rows = index.search(queries, k)
        return rows, scores

    return ask


def _added(index: Any, base: Any) -> None:
    for start in range(0, len(base), BLOCK_ROWS):
        index.add(base[start : start + BLOCK_ROWS].astype(np.float32))


def _is_exact(index: GpuIndex, drawn: Drawn, sort: str, allowed: RowSet | None) -> bool:
    """Whether the first query's rows and scores are numpy's, to the last bit."""
    rows = None if allowed is None else allowed.numbers
    query = drawn.asked[sort][0]
    (found,), (scores,) = index.search(query[np.newaxis], K, allowed=allowed)
    best, exact = best_rows(drawn.base, query, K, rows=rows)
    return bool((best == found).all() and (exact == scores).all())


def _exact_scores(drawn: Drawn) -> Mapping[str, Floats]:
    index = GpuIndex(drawn.base, drawn.on_device, 0)
    return {sort: index.search(drawn.asked[sort], K)[1] for sort in SORTS}


def _speeds(
    name: str, drawn: Drawn, ask: Ask, *, exact: Mapping[str, Floats] | bool
) -> dict[str, Any]:
    """Index recall, milliseconds of one query and of batches, and rates of many threads."""
    measured: dict[str, Any] = {}
    for sort in SORTS:
        queries = drawn.asked[sort]
        recall = float(exact) if isinstance(exact, bool) else _recall(ask, queries, exact[sort])
        batches = {
            str(size): size / _each_s(lambda some: ask(some, K), queries, size) for size in BATCHES
        }
        one_ms = 1000 / batches["1"]
        rate = _threads_rate(lambda one: ask(one, K), queries) if name == "scan" else None
        told(
            f"{name:16} {sort:9} recall {recall:.4f}  one {one_ms:7.3f} ms  a second by batch "
            + " ".join(f"{size}: {per_s:.0f}" for size, per_s in batches.items())
            + (f"  {N_THREADS} threads: {rate:.0f}" if rate else "")
        )
        measured[sort] = {
            "recall": recall,
            "one_ms": one_ms,
            "per_s_by_batch": batches,
            "threads_per_s": rate,
        }
    return measured


def _recall(ask: Ask, queries: Floats, exact: Floats) -> float:
    found = ask(queries, K)[1]
    return float(np.mean([share_found(*pair) for pair in zip(found, exact, strict=True)]))


def _each_s(ask: Callable[[Floats], Any], queries: Floats, size: int = 1) -> float:
    """Median seconds of a batch, after a warm-up."""
    parts = [queries[at : at + size] for at in range(0, len(queries) - size + 1, size)]
    ask(parts[0])
    return statistics.median(_timed(lambda some=some: ask(some)) for some in parts)


def _threads_rate(ask: Callable[[Floats], Any], queries: Floats) -> float:
    """Queries a second of many threads that each ask one at a time."""
    ones = [query[np.newaxis] for query in queries] * 10
    with ThreadPoolExecutor(N_THREADS) as pool:
        list(pool.map(ask, ones[:N_THREADS]))
        began = time.perf_counter()
        list(pool.map(ask, ones))
        return len(ones) / (time.perf_counter() - began)


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
