"""Generations of every format version ever released open for ever, and broken ones never do.

The files under `golden/` were written once (`python -m tests.generations.make_golden`) and are
kept. Copies of them are cut short and bit-flipped here.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from search.adapters.faiss import FaissIndexBuilder
from search.adapters.files.generations import GenerationStore
from search.errors import GenerationCorruptError, GenerationFormatError, VectorIndexError
from search.generations import FORMAT_VERSION, Manifest
from tests.generations.conftest import GALLERY, IDENTITY, rows

GOLDEN = Path(__file__).parent / "golden"
FILES = ("manifest.json", "vectors.f16", "ids.i64", "index.faiss")
FOLDER = "tiny-abc/000000009-golden"
VERSIONS = range(1, FORMAT_VERSION + 1)


@pytest.fixture(params=VERSIONS)
def copied(store: GenerationStore, request: pytest.FixtureRequest) -> Path:
    """A copy of a version's golden generation, in place in a store."""
    path = store.gallery_path(GALLERY) / FOLDER
    shutil.copytree(GOLDEN / f"v{request.param}", path)
    return path


def search(store: GenerationStore) -> list[int]:
    generation = store.open(GALLERY, FOLDER)
    builder = FaissIndexBuilder()
    index = builder.open(generation.index_path, generation.vectors, generation.manifest.index_kind)
    query = rows(1, 7).vectors.astype(np.float32)
    return index.search(query, 5)[0][0].tolist()


def test_every_version_opens_verifies_and_answers(store: GenerationStore, copied: Path) -> None:
    store.verify(GALLERY, FOLDER)
    generation = store.open(GALLERY, FOLDER)
    assert generation.manifest.identity == IDENTITY
    assert np.array_equal(generation.vectors, rows(20).vectors)
    assert generation.view_ids.tolist() == rows(20).view_ids.tolist()
    assert generation.item_rows.of_items(np.array([2, 5])).tolist() == [2, 3, 8, 9]
    assert search(store)[0] == 7


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_file_cut_short_is_corrupt(
    store: GenerationStore, copied: Path, name: str, share: float
) -> None:
    content = (copied / name).read_bytes()
    (copied / name).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(GenerationCorruptError):
        store.open(GALLERY, FOLDER)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_corrupt(store: GenerationStore, copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(GenerationCorruptError):
        store.open(GALLERY, FOLDER)


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_bit_is_noticed(
    store: GenerationStore, copied: Path, name: str, rng: np.random.Generator
) -> None:
    content = (copied / name).read_bytes()
    n_flips = 60
    for at in rng.integers(0, len(content), n_flips).tolist():
        flipped = bytearray(content)
        flipped[at] ^= 1 << int(rng.integers(8))
        if name == "manifest.json" and _same_json(bytes(flipped), content):
            continue
        (copied / name).write_bytes(flipped)
        with pytest.raises((GenerationCorruptError, GenerationFormatError)):
            store.verify(GALLERY, FOLDER)


def _same_json(first: bytes, second: bytes) -> bool:
    """Whether only white space differs, which the row's own digest of the file tells."""
    try:
        return bool(json.loads(first) == json.loads(second))
    except ValueError:
        return False


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_index_file_raises_nothing_but_its_error(
    copied: Path, store: GenerationStore, seed: int
) -> None:
    """Past the digests, which only large files are opened without: FAISS reads it itself."""
    rng = np.random.default_rng(seed)
    content = bytearray((copied / "index.faiss").read_bytes())
    for _ in range(4):
        content[int(rng.integers(len(content)))] ^= 1 << int(rng.integers(8))
    (copied / "index.faiss").write_bytes(content[: int(rng.integers(len(content)))])
    vectors = rows(20).vectors
    with pytest.raises(GenerationCorruptError):
        FaissIndexBuilder().open(copied / "index.faiss", vectors, "flat16")


def _changed(**fields: object) -> Callable[[dict[str, object]], dict[str, object]]:
    return lambda manifest: {**manifest, **fields}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (_changed(magic="something else"), GenerationFormatError, "not a Sightline generation"),
        (_changed(format_version=3), GenerationFormatError, "format version 3"),
        (_changed(format_version="1"), GenerationFormatError, "format version '1'"),
        (_changed(n_rows=19), GenerationCorruptError, "damaged"),
        (_changed(extra=1), GenerationCorruptError, "damaged"),
        (_changed(digest=None), GenerationCorruptError, "damaged"),
        (lambda manifest: {}, GenerationFormatError, "not a Sightline generation"),
        (lambda manifest: [manifest], GenerationFormatError, "not a Sightline generation"),
    ],
)
def test_another_manifest_raises_its_own_error(
    store: GenerationStore,
    copied: Path,
    change: Callable[[dict[str, object]], object],
    error: type[VectorIndexError],
    message: str,
) -> None:
    manifest = json.loads((copied / "manifest.json").read_bytes())
    (copied / "manifest.json").write_text(json.dumps(change(manifest)))
    with pytest.raises(error, match=message) as caught:
        store.open(GALLERY, FOLDER)
    assert caught.value.hint


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[" * 100_000, b"NaN", b"nonsense", b'{"magic": 1}']
)
def test_a_manifest_of_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises((GenerationFormatError, GenerationCorruptError)):
        Manifest.from_bytes(content)
