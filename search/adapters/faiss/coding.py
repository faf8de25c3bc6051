"""Makes index files of kind `ivf-pq4`, and opens them.

A file is one line of JSON (what it holds, and how far queries reach), then FAISS's own bytes of the
inverted file and of the quantizer of coarse codes, then the coarse codes, which are mapped. The
inverted file's quantizer carries the projection: it maps codes' coordinates back to the lists'.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from search.adapters.faiss.coarse import (
    CoarseCodes,
    StoredCodes,
    coarse_codes,
    trained_coarse,
)
from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.kinds import KindPolicy
from search.adapters.faiss.library import faiss_library
from search.adapters.faiss.lists import Lists, widest
from search.adapters.faiss.live_reach import LiveReach
from search.adapters.faiss.projection import Projection, fit_projection
from search.adapters.faiss.ranked import damaged
from search.adapters.faiss.reach import EVERYWHERE, Reach
from search.adapters.faiss.tuning import Tuner
from search.domain.arrays import FloatMatrix, HalfMatrix, IdArray
from search.domain.gallery import WantedRecall
from search.errors import GenerationFormatError
from search.ports.vector_index import DraftRows
from search.ranking import Scores

_FORMAT = "sightline-codes-4"
_BLOCK_ROWS = 16_384
_HEADER_BYTES = 65_536
_IO_BYTES = 2**20
_ALIGNED_BYTES = 64  # So that a coarse code of 128 bytes lies in two lines of the cache.

_SAMPLED_ROWS = 65_536
_SAMPLED_PER_LIST = 64
_LIST_ROUNDS = 6
_CODE_ROUNDS = 8
_DIMS_PER_CODE = 4


def held_out(texts: FloatMatrix) -> FloatMatrix:
    """Those of an index's texts that tune it and do not train it."""
    return texts[::3]


def write_coded(rows: DraftRows, path: Path, policy: KindPolicy, texts: FloatMatrix | None) -> None:
    """Train, fill and tune an index of rows that it puts in the order of its lists, and write it.

    Args:
        texts: as `VectorIndexBuilder.build` takes them; every third one tunes, the others train.
    """
    faiss = faiss_library()
    began = time.perf_counter()
    vectors = rows.vectors
    tuning_texts = None if texts is None else held_out(texts)
    training_texts = None if texts is None else texts[np.arange(len(texts)) % 3 > 0]
    n_lists = policy.n_lists(len(vectors))
    sampled = _sampled(len(vectors), max(_SAMPLED_ROWS, _SAMPLED_PER_LIST * n_lists))
    sample = np.ascontiguousarray(vectors[sampled], np.float32)
    projection = fit_projection(sample, training_texts, n_parts=_n_parts(vectors.shape[1]))
    lists = _list_centres(sample, n_lists)
    index = _trained(sample, projection, lists)
    mapped_sample = projection.vectors(sample)
    quantizer = trained_coarse(mapped_sample, _n_parts(vectors.shape[1]))
    with tempfile.TemporaryFile(dir=path.parent) as coarse:
        for block in _blocks(vectors):
            mapped = projection.vectors(block)
            index.add(mapped)
            coarse.write(coarse_codes(quantizer, mapped).tobytes())
        order = _rows_by_list(index)
        rows.reorder(order)
        vectors = rows.vectors
        _number_by_list(index)
        unknown = np.zeros(quantizer.d, np.float32)
        no_codes = _Coarse(quantizer, StoredCodes.none(quantizer.d), 0.0, unknown)
        untuned = _coded(index, no_codes, EVERYWHERE, vectors, policy)
        place = np.argsort(order)
        variances = untuned.lists.coarse_variances(place[sampled], mapped_sample)
        error = untuned.lists.error_of_widest(place[sampled], mapped_sample)
        tuner = Tuner(untuned, vectors, tuning_texts)
        reach = tuner.reach(policy.picture_recall, policy.text_recall)
        header = {
            "format": _FORMAT,
            "dim": vectors.shape[1],
            "n_rows": len(vectors),
            "reach": reach.to_fields(),
            "wanted": {"texts": policy.text_recall, "pictures": policy.picture_recall},
            "build_s": round(time.perf_counter() - began, 3),
            "coarse_error": error,
            "list_variances": [float(f"{variance:.6g}") for variance in variances],
        }
        with path.open("wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            writer = faiss.PyCallbackIOWriter(file.write, _IO_BYTES)
            faiss.write_index(index, writer)
            faiss.write_index(quantizer, writer)
            del writer  # It writes what it holds back.
            file.write(bytes(-file.tell() % _ALIGNED_BYTES))
            codes = np.memmap(coarse, np.uint8, "r", shape=(len(vectors), quantizer.d))
            StoredCodes.write(file, codes, order)


def open_coded(path: Path, vectors: HalfMatrix, policy: KindPolicy) -> CodedIndex:
    """Raises GenerationCorruptError where the file is no such index of these vectors."""
    faiss = faiss_library()
    try:
        with path.open("rb") as file:
            header = json.loads(file.readline(_HEADER_BYTES))
            if header["format"] != _FORMAT:
                raise GenerationFormatError(
                    f"The index file {path} was made by another version of Sightline.",
                    hint="Run `sightline reindex` to build the index again.",
                )
            reader = faiss.PyCallbackIOReader(file.read, _IO_BYTES)
            index, quantizer = faiss.read_index(reader), faiss.read_index(reader)
            offset = file.tell() + -file.tell() % _ALIGNED_BYTES
        fits = (
            isinstance(index, faiss.IndexIVFPQFastScan)
            and index.d == vectors.shape[1]
            and index.ntotal == len(vectors)
            and index.metric_type == faiss.METRIC_INNER_PRODUCT
            and isinstance(quantizer, faiss.IndexScalarQuantizer)
            and quantizer.d == _n_parts(index.d) == len(header["list_variances"])
            and (header["dim"], header["n_rows"]) == (index.d, index.ntotal)
            and np.array_equal(_rows_by_list(index), np.arange(len(vectors)))
        )
        if not fits:
            raise damaged(path)
        codes = StoredCodes.mapped(path, offset, len(vectors), quantizer.d)
        variances = np.asarray(header["list_variances"], np.float32)
        return _coded(
            index,
            _Coarse(quantizer, codes, float(header["coarse_error"]), variances),
            Reach.from_fields(header["reach"]),
            vectors,
            policy.wanting(WantedRecall(**header["wanted"])),
            float(header["build_s"]),
        )
    except (OSError, RuntimeError, MemoryError, AttributeError) as error:
        raise damaged(path) from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise damaged(path) from error


@dataclass(frozen=True, slots=True)
class _Coarse:
    """What a file holds of coarse codes, as `CoarseCodes` takes it."""

    quantizer: Any
    codes: StoredCodes
    error: float
    variances: Scores


def _coded(
    index: Any,
    coarse: _Coarse,
    reach: Reach,
    vectors: HalfMatrix,
    policy: KindPolicy,
    build_s: float | None = None,
) -> CodedIndex:
    """FAISS's inverted file as an index of these vectors; raises AttributeError or RuntimeError
    where its quantizer is not what `_trained` makes."""
    faiss = faiss_library()
    dim = index.d
    quantizer = faiss.downcast_index(index.quantizer)
    back = faiss.downcast_VectorTransform(quantizer.chain.at(0))
    of_queries = np.ascontiguousarray(faiss.vector_to_array(back.A).reshape(dim, dim).T)
    centre = faiss.vector_to_array(back.b)
    centres = faiss.downcast_index(quantizer.index).reconstruct_n(0, index.nlist)
    mapped_centres = np.linalg.solve(of_queries.T, (centres - centre).T).T
    lists = Lists(_sizes(index), centres, mapped_centres, _n_parts(dim))
    axes = np.ascontiguousarray(widest(of_queries.T, _n_parts(dim)).T)
    live = LiveReach(reach, policy.picture_recall, policy.text_recall)
    return CodedIndex(
        index,
        of_queries,
        centre,
        lists,
        CoarseCodes(
            coarse.quantizer,
            coarse.codes,
            coarse.error,
            axes,
            lists,
            coarse.variances,
        ),
        live,
        vectors,
        policy.compared_rows,
        build_s,
    )


def _sizes(index: Any) -> IdArray:
    """Of the lists of FAISS's inverted file."""
    return np.array([index.invlists.list_size(number) for number in range(index.nlist)], np.int64)


def _rows_in_list(index: Any, number: int) -> IdArray:
    """As they lie there, to be read or written."""
    size = index.invlists.list_size(number)
    if not size:
        return np.empty(0, np.int64)
    rows: IdArray = faiss_library().rev_swig_ptr(index.invlists.get_ids(number), size)
    return rows


def _rows_by_list(index: Any) -> IdArray:
    """The rows in FAISS's inverted file, list by list."""
    return np.concatenate([_rows_in_list(index, number) for number in range(index.nlist)])


def _number_by_list(index: Any) -> None:
    """Have the rows' numbers rise from list to list."""
    start = 0
    for number in range(index.nlist):
        rows = _rows_in_list(index, number)
        rows[:] = np.arange(start, start + len(rows))
        start += len(rows)


def _sampled(n_rows: int, n: int) -> IdArray:
    """About n rows, spread evenly."""
    return np.arange(0, n_rows, max(1, n_rows // n))[:n]


def _blocks(vectors: HalfMatrix) -> Iterator[FloatMatrix]:
    for start in range(0, len(vectors), _BLOCK_ROWS):
        yield np.ascontiguousarray(vectors[start : start + _BLOCK_ROWS], np.float32)


def _n_parts(dim: int) -> int:
    """Four-bit codes of a vector: one for four dimensions, where four divide them."""
    return dim // _DIMS_PER_CODE if dim % _DIMS_PER_CODE == 0 else dim


def _list_centres(sample: FloatMatrix, n_lists: int) -> FloatMatrix:
    faiss = faiss_library()
    kmeans = faiss.Kmeans(
        sample.shape[1],
        n_lists,
        niter=_LIST_ROUNDS,
        min_points_per_centroid=1,
        max_points_per_centroid=_SAMPLED_PER_LIST,
        seed=1,
    )
    kmeans.train(sample)
    return np.ascontiguousarray(kmeans.centroids)


def _trained(sample: FloatMatrix, projection: Projection, lists: FloatMatrix) -> Any:
    """An empty inverted file whose codes are trained.

    Its quantizer takes vectors as codes see them and finds their list among the originals.
    """
    faiss = faiss_library()
    n_lists, dim = lists.shape
    back = faiss.LinearTransform(dim, dim, True)
    faiss.copy_array_to_vector(np.ascontiguousarray(projection.of_queries.T).ravel(), back.A)
    faiss.copy_array_to_vector(projection.centre, back.b)
    back.is_trained = True
    centres = faiss.IndexFlatL2(dim)
    centres.add(lists)
    index = faiss.IndexIVFPQFastScan(
        faiss.IndexPreTransform(back, centres),
        dim,
        n_lists,
        _n_parts(dim),
        4,
        faiss.METRIC_INNER_PRODUCT,
    )
    index.by_residual = False
    index.pq.cp.niter = _CODE_ROUNDS
    index.pq.cp.min_points_per_centroid = 1
    index.train(projection.vectors(sample))
    return index
