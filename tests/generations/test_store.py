"""Writing, opening and removing generations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.adapters.brute_force import BruteForceIndexBuilder
from search.adapters.faiss import FaissIndexBuilder
from search.adapters.files.generations import GenerationStore, file_digest
from search.errors import GenerationCorruptError, VectorIndexError
from search.generations import FileDigest, Generation, GenerationIdentity, Manifest
from tests.generations.conftest import DIM, GALLERY, IDENTITY, rows
from tests.support.reordering import ReorderingIndexBuilder


def written(store: GenerationStore, n: int = 10) -> tuple[str, Generation]:
    return store.write(IDENTITY, [rows(n // 2), rows(n - n // 2, n // 2)], FaissIndexBuilder())


def test_what_is_written_opens_the_same(store: GenerationStore) -> None:
    folder, generation = written(store)
    again = store.open(GALLERY, folder)
    assert again.manifest == generation.manifest
    assert again.manifest.identity == IDENTITY
    assert np.array_equal(again.vectors, rows(10).vectors)
    assert again.view_ids.tolist() == rows(10).view_ids.tolist()
    assert again.item_ids.tolist() == rows(10).item_ids.tolist()
    assert not again.vectors.flags.writeable
    store.verify(GALLERY, folder)


def test_rows_that_an_index_has_put_in_another_order_are_found_by_item_and_view(
    store: GenerationStore,
) -> None:
    before = rows(40)
    folder, generation = store.write(IDENTITY, [before], ReorderingIndexBuilder())
    order = generation.view_ids - before.view_ids[0]
    assert order.tolist() != sorted(order.tolist())
    assert np.array_equal(generation.vectors, before.vectors[order])
    assert np.array_equal(generation.item_ids, before.item_ids[order])
    wanted = np.array([3, 7, 99])
    expected = np.flatnonzero(np.isin(generation.item_ids, wanted))
    assert generation.item_rows.of_items(wanted).tolist() == expected.tolist()
    of_views = generation.item_rows.of_views(before.item_ids, before.view_ids)
    assert np.array_equal(generation.view_ids[of_views], before.view_ids)
    nowhere = generation.item_rows.of_views(np.array([3, 99]), np.array([999, before.view_ids[0]]))
    assert nowhere.tolist() == [-1, -1]
    store.verify(GALLERY, folder)
    assert sorted(path.name for path in generation.path.iterdir()) == sorted(
        [*generation.manifest.files, "manifest.json"]
    )


@pytest.mark.parametrize("damage", ["twice", "outside", "below"])
def test_rows_that_cannot_be_found_by_item_are_refused(store: GenerationStore, damage: str) -> None:
    folder, generation = written(store)
    ids = generation.path / "ids.i64"
    stored = np.frombuffer(ids.read_bytes(), "<i8").copy()
    stored[-1] = {"twice": stored[-2], "outside": 10, "below": -1}[damage]
    manifest = replace(generation.manifest, files=dict(generation.manifest.files))
    ids.write_bytes(stored.tobytes())
    manifest.files["ids.i64"] = file_digest(ids)  # type: ignore[index]
    (generation.path / "manifest.json").write_bytes(manifest.to_bytes())
    with pytest.raises(GenerationCorruptError, match="not in order"):
        store.open(GALLERY, folder)


def test_an_empty_generation_opens(store: GenerationStore) -> None:
    folder, generation = store.write(IDENTITY, [], FaissIndexBuilder())
    assert len(generation) == 0
    store.verify(GALLERY, folder)


def test_writing_twice_makes_two_folders(store: GenerationStore) -> None:
    first, _ = written(store)
    second, _ = written(store)
    assert first != second
    assert store.folders(GALLERY) == sorted([first, second])


def test_galleries_of_other_databases_are_kept_apart(store: GenerationStore) -> None:
    written(store)
    other = replace(GALLERY, epoch="fedcba9876543210")
    assert store.folders(other) == []
    assert [path.name for path in store.unnamed_galleries([other])] == [f"1-{GALLERY.epoch}"]
    assert store.unnamed_galleries([GALLERY, other]) == []


def test_folders_of_one_space(store: GenerationStore) -> None:
    folder, _ = written(store)
    assert store.folders(GALLERY, space_id="tiny-abc") == [folder]
    assert store.folders(GALLERY, space_id="other") == []


def test_removing_frees_its_bytes_and_leaves_what_is_mapped(store: GenerationStore) -> None:
    folder, generation = written(store)
    size = store.size_bytes(GALLERY, folder)
    assert size > generation.vectors.nbytes
    assert store.remove(GALLERY, folder) == size
    assert store.remove(GALLERY, folder) == 0
    assert np.array_equal(generation.vectors, rows(10).vectors)
    with pytest.raises(GenerationCorruptError, match="No such file"):
        store.open(GALLERY, folder)


@pytest.mark.parametrize(
    "folder", ["", "..", "../..", "a/../b", "/etc/passwd", "a/b/c", "tiny-abc"]
)
def test_a_folder_elsewhere_is_never_touched(store: GenerationStore, folder: str) -> None:
    written(store)
    for do in (store.open, store.remove, store.verify):
        with pytest.raises(GenerationCorruptError):
            do(GALLERY, folder)
    assert len(store.folders(GALLERY)) == 1


def test_rows_out_of_order_are_refused_and_leave_nothing(store: GenerationStore) -> None:
    with pytest.raises(VectorIndexError, match="order"):
        store.write(IDENTITY, [rows(5, 5), rows(5)], BruteForceIndexBuilder())
    assert store.folders(GALLERY) == []


def test_rows_of_other_dimensions_are_refused_and_leave_nothing(store: GenerationStore) -> None:
    with pytest.raises(VectorIndexError, match="dimensions"):
        store.write(IDENTITY, [rows(5, dim=DIM + 1)], BruteForceIndexBuilder())
    assert store.folders(GALLERY) == []


def test_a_disk_that_refuses_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    store = GenerationStore(tmp_path / "file")
    with pytest.raises(VectorIndexError, match="cannot be written") as caught:
        written(store)
    assert caught.value.hint


def test_a_crash_at_any_step_leaves_no_generation_that_is_not_whole(tmp_path: Path) -> None:
    steps: list[str] = []
    GenerationStore(tmp_path / "all").write(
        IDENTITY, [rows(4)], FaissIndexBuilder(), on_step=steps.append
    )
    assert steps == ["rows", "vectors", "index", "ids", "manifest", "synced", "renamed"]
    for fatal in steps:
        store = GenerationStore(tmp_path / fatal)

        def crash(step: str, fatal: str = fatal) -> None:
            if step == fatal:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            store.write(IDENTITY, [rows(4)], FaissIndexBuilder(), on_step=crash)
        for folder in store.folders(GALLERY):
            if "/.building-" not in folder:
                store.verify(GALLERY, folder)


_texts = st.text(max_size=8)


@given(
    st.builds(
        Manifest,
        identity=st.builds(
            GenerationIdentity,
            st.integers(1, 2**40),
            _texts,
            _texts,
            st.integers(1, 4096),
            st.integers(0, 2**40),
        ),
        n_rows=st.integers(0, 2**40),
        index_kind=_texts,
        files=st.dictionaries(_texts, st.builds(FileDigest, st.integers(0, 2**40), _texts)),
    )
)
def test_a_manifest_reads_back_as_it_was_written(manifest: Manifest) -> None:
    content = manifest.to_bytes()
    assert Manifest.from_bytes(content) == manifest
    assert Manifest.from_bytes(content).to_bytes() == content
