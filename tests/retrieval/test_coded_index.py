"""The index of large galleries, over real CLIP vectors: words and filters lose next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from search.adapters.faiss import FaissIndexBuilder, KindPolicy
from search.adapters.faiss.coded import CodedIndex
from search.adapters.faiss.live_reach import N_TOLD, LiveReach
from search.adapters.faiss.projection import fit_projection
from search.adapters.faiss.reach import EVERYWHERE, N_CANDIDATES, Reach, SortReach
from search.domain.arrays import BoolArray, FloatMatrix, HalfMatrix
from search.domain.gallery import AS_SET, WantedRecall
from search.domain.rowset import RowSet
from search.domain.space import EmbeddingSpace, Preprocessing
from search.errors import GenerationCorruptError, GenerationFormatError
from search.evaluation.index_recall import share_found
from search.ports.vector_index import RowsInMemory, VectorIndex
from search.ranking import best_rows

K = 10
N_KNOWN_TEXTS = 300
_HALF = (0.5, 0.5, 0.5)
SPACE = EmbeddingSpace(
    "clip", "0" * 64, 512, Preprocessing(224, 224, "shortest", "bicubic", _HALF, _HALF)
)


@dataclass(frozen=True)
class Clip:
    """Photos, texts that an index may know, and queries of both sorts that it never saw."""

    index: VectorIndex
    vectors: HalfMatrix
    texts: FloatMatrix
    pictures: FloatMatrix

    def recall(self, queries: FloatMatrix, allowed: Callable[[FloatMatrix], BoolArray]) -> float:
        """Mean share of the exact first ten among the allowed rows, which may differ by query."""
        shares = []
        for query in queries:
            mask = allowed(query)
            rows, scores = self.index.search(query[np.newaxis], K, allowed=RowSet.of_mask(mask))
            assert mask[rows[0]].all()
            _, exact = best_rows(self.vectors, query, K, rows=np.flatnonzero(mask))
            shares.append(share_found(scores[0], exact))
        return float(np.mean(shares))


def unit(rows: FloatMatrix) -> FloatMatrix:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def photos_and_texts(shared_data: Path) -> tuple[FloatMatrix, FloatMatrix]:
    """Real CLIP vectors of photos and of class names, in a random order."""
    folder = shared_data / "vectors"
    photos = np.load(folder / "clipis-unsplash-clip-image-embeddings" / "features.npy")
    names = sorted(folder.glob("detic*/**/*.npy"))
    texts = unit(np.concatenate([np.load(path) for path in names]).astype(np.float32))
    rng = np.random.default_rng(5)
    photos = rng.permutation(unit(photos.astype(np.float32)))
    return photos, rng.permutation(np.unique(texts, axis=0))


def built(
    builder: FaissIndexBuilder, vectors: HalfMatrix, path: Path, wanted: WantedRecall = AS_SET
) -> tuple[CodedIndex, HalfMatrix]:
    """An index, and the vectors in its order."""
    rows = RowsInMemory(vectors)
    kind = builder.build(rows, path, space=SPACE, wanted=wanted)
    index = builder.open(path, rows.vectors, kind)
    assert isinstance(index, CodedIndex)
    return index, rows.vectors


@pytest.fixture(scope="module")
def clip(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    photos, texts = photos_and_texts(shared_data)
    vectors = photos[:-60].astype(np.float16)
    policy = KindPolicy(flat_rows=0, compared_rows=0)
    builder = FaissIndexBuilder(policy, lambda space: texts[:N_KNOWN_TEXTS])
    path = tmp_path_factory.mktemp("clip") / "index"
    index, vectors = built(builder, vectors, path)
    return Clip(index, vectors, texts[N_KNOWN_TEXTS:][:60], photos[-60:])


def test_less_recall_is_reached_with_less(shared_data: Path, tmp_path: Path) -> None:
    photos, texts = photos_and_texts(shared_data)
    vectors = photos[:1500].astype(np.float16)
    reached = []
    for recall in (0.8, 0.95):
        policy = KindPolicy(flat_rows=0, picture_recall=recall, text_recall=recall)
        builder = FaissIndexBuilder(policy, lambda space: texts[:N_KNOWN_TEXTS])
        index, _ = built(builder, vectors, tmp_path / "index")
        reached.append(index.reach)
    low, high = reached
    assert low.texts.share < high.texts.share
    assert low.pictures.share < high.pictures.share
    # Words lie outside the cone of the photos, and have farther to reach.
    assert low.pictures.share < low.texts.share
    assert np.mean(texts @ unit(vectors.mean(axis=0, keepdims=True))[0]) < low.picture_cosine


def everything(clip: Clip) -> Callable[[FloatMatrix], BoolArray]:
    return lambda query: np.ones(len(clip.vectors), bool)


def at_random(clip: Clip, share: float) -> Callable[[FloatMatrix], BoolArray]:
    mask = np.random.default_rng(3).random(len(clip.vectors)) < share
    return lambda query: mask


def by_nearness(clip: Clip, share: float) -> Callable[[FloatMatrix], BoolArray]:
    """The rows nearest to each query; the farthest, where the share is negative."""

    def allowed(query: FloatMatrix) -> BoolArray:
        order = np.argsort(-np.sign(share) * (clip.vectors.astype(np.float32) @ query))
        mask = np.zeros(len(order), bool)
        mask[order[: int(abs(share) * len(order))]] = True
        return mask

    return allowed


@pytest.mark.parametrize(("sort", "wanted"), [("texts", 0.96), ("pictures", 0.97)])
def test_what_an_exact_search_finds_is_found(clip: Clip, sort: str, wanted: float) -> None:
    queries = getattr(clip, sort)
    assert not clip.index.compares_all(len(clip.vectors))
    assert clip.recall(queries, everything(clip)) >= wanted


@pytest.mark.parametrize("sort", ["texts", "pictures"])
@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
@pytest.mark.parametrize(
    "chosen",
    [at_random, by_nearness, lambda clip, share: by_nearness(clip, -share)],
    ids=["at random", "nearest", "farthest"],
)
def test_a_filter_costs_no_recall(
    clip: Clip, sort: str, share: float, chosen: Callable[..., Callable[[FloatMatrix], BoolArray]]
) -> None:
    queries = getattr(clip, sort)[:30]
    unfiltered = clip.recall(queries, everything(clip))
    # One row of 300 may be lost where the other filter happened to lose none.
    assert clip.recall(queries, chosen(clip, share)) >= unfiltered - 1 / 300


def test_products_are_the_same_in_the_coordinates_of_codes() -> None:
    rng = np.random.default_rng(1)
    vectors, texts = unit(rng.random((200, 24))), unit(rng.standard_normal((40, 24)))
    projection = fit_projection(vectors, texts, n_parts=6)
    mapped = texts @ projection.of_queries.T @ projection.vectors(vectors).T
    own = texts @ projection.centre
    assert np.allclose(mapped + own[:, np.newaxis], texts @ vectors.T, atol=1e-4)


def test_lists_of_bytes_are_about_as_near_as_their_centres(clip: Clip) -> None:
    assert isinstance(clip.index, CodedIndex)
    lists = clip.index.lists
    ends = np.concatenate([[0], lists.ends])
    for query in (*clip.texts[:3], *clip.pictures[:3]):
        own = clip.vectors.astype(np.float32) @ query
        by_bytes = lists.products(query)
        for one in np.argsort(-by_bytes)[:5]:
            rows = slice(ends[one], ends[one + 1])
            assert by_bytes[one] == pytest.approx(own[rows].mean(), abs=0.05)


def test_a_filter_takes_more_candidates_and_a_narrower_one_no_smaller_share() -> None:
    sort = SortReach(share=0.02, share_of_tenth=0.1, n_candidates=200)
    shares = [sort.setting(allowed).share for allowed in (1.0, 0.5, 0.1, 0.01, 1e-6)]
    assert shares == sorted(shares)
    assert shares[0] == 0.02
    assert shares[2] == pytest.approx(0.1)
    assert shares[-1] == 1
    assert sort.setting(1.0).n_candidates == 200
    assert sort.setting(0.5).n_candidates > 200


def test_a_reach_is_read_as_it_was_written() -> None:
    reach = Reach(0.5, SortReach(0.02, 0.1, 200), SortReach(0.3, 0.4, N_CANDIDATES[-1]))
    assert Reach.from_fields(reach.to_fields()) == reach
    with pytest.raises(ValueError, match="share"):
        Reach.from_fields({**EVERYWHERE.to_fields(), "texts": SortReach(0, 0, 1).to_fields()})


def test_an_index_is_fitted_to_texts_where_the_model_can_be_had(tmp_path: Path) -> None:
    """The builder asks for the texts of the very space, and for small indexes never."""
    asked: list[EmbeddingSpace] = []

    def texts_of(space: EmbeddingSpace) -> None:
        asked.append(space)

    vectors = unit(np.random.default_rng(2).random((40, 16))).astype(np.float16)
    for flat_rows in (40, 39):
        builder = FaissIndexBuilder(KindPolicy(flat_rows=flat_rows), texts_of)
        builder.build(RowsInMemory(vectors), tmp_path / "index", space=SPACE)
    assert asked == [SPACE]


def test_a_file_of_another_version_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    rows = RowsInMemory(unit(np.random.default_rng(2).random((40, 16))).astype(np.float16))
    builder, path = FaissIndexBuilder(KindPolicy(flat_rows=0)), tmp_path / "index"
    kind = builder.build(rows, path)
    written = path.read_bytes()
    path.write_bytes(written.replace(b"sightline-codes-4", b"sightline-codes-1", 1))
    with pytest.raises(GenerationFormatError, match="another version"):
        builder.open(path, rows.vectors, kind)
    for cut in (1, 100, len(written) // 2):
        path.write_bytes(written[:-cut])
        with pytest.raises(GenerationCorruptError, match="damaged"):
            builder.open(path, rows.vectors, kind)


def test_a_sort_of_query_reaches_farther_where_its_answers_keep_falling_short() -> None:
    pictures, texts = SortReach(0.02, 0.1, 200), SortReach(0.5, 0.9, 10_000)
    live = LiveReach(Reach(0.5, pictures, texts), picture_recall=0.99, text_recall=0.98)
    for _ in range(N_TOLD - 1):
        live.told(0.1, 0.8)
        live.told(0.9, 0.985)
    assert live.reach == Reach(0.5, pictures, texts)
    live.told(0.1, 0.8)
    assert live.reach == Reach(0.5, pictures, SortReach(0.75, 1.0, 12_800, 3.5))
    # So little below what is wanted may be chance, where answers differ.
    live.told(0.9, 0.4)
    assert live.reach.pictures == pictures
    for _ in range(10 * N_TOLD):
        live.told(0.1, 0.0)
    farthest = live.reach.texts
    assert (farthest.share, farthest.share_of_tenth, farthest.n_candidates) == (1.0, 1.0, 12_800)
    assert farthest.deviations > 3.5


def test_an_index_is_tuned_to_what_its_gallery_wants_rather_than_to_the_settings(
    shared_data: Path, tmp_path: Path
) -> None:
    photos, texts = photos_and_texts(shared_data)
    vectors = photos[:1500].astype(np.float16)
    builder = FaissIndexBuilder(KindPolicy(flat_rows=0), lambda space: texts[:N_KNOWN_TEXTS])
    reached = {}
    for wanted in (WantedRecall(), WantedRecall(texts=0.8), WantedRecall(pictures=0.8)):
        path = tmp_path / f"{wanted.texts} {wanted.pictures}"
        index, _ = built(builder, vectors, path, wanted)
        reached[wanted] = index.reach
    as_set, fewer_texts, fewer_pictures = reached.values()
    assert fewer_texts.texts.share < as_set.texts.share
    assert fewer_texts.pictures == as_set.pictures
    assert fewer_pictures.pictures.share < as_set.pictures.share
    assert fewer_pictures.texts == as_set.texts


def test_an_index_reads_more_only_where_it_falls_short_of_what_it_was_tuned_to(
    tmp_path: Path,
) -> None:
    vectors = unit(np.random.default_rng(2).random((4_000, 16))).astype(np.float16)
    builder = FaissIndexBuilder(KindPolicy(flat_rows=0))
    query = np.asarray(vectors[0], np.float32)
    widened = {}
    for recall in (0.7, 0.99):
        path = tmp_path / str(recall)
        index, _ = built(builder, vectors, path, WantedRecall(recall, recall))
        before = index.reach
        for _ in range(N_TOLD):
            index.told(query, 0.8)
        widened[recall] = index.reach != before
    assert widened == {0.7: False, 0.99: True}
