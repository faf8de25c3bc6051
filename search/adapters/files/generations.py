"""Generations as folders: `<root>/<gallery id>/<space>/<revision>-<random>`.

A folder is written aside as `.building-...`, synced and renamed; it is never written to again.
What SQL does not name is an orphan, left by a crash or by a build still going on.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from search.adapters.files.durable import folder_bytes, make_folders, sync_file, sync_folder
from search.domain.arrays import HalfMatrix, IdArray
from search.domain.indexing import ViewRows
from search.errors import GenerationCorruptError, SightlineError, VectorIndexError
from search.generations import (
    IDS_NAME,
    INDEX_NAME,
    MANIFEST_NAME,
    VECTORS_NAME,
    FileDigest,
    Generation,
    GenerationIdentity,
    Manifest,
)
from search.ports.vector_index import VectorIndexBuilder

BUILDING_PREFIX = ".building-"
_DIGEST_BLOCK_BYTES = 2**20
_ALWAYS_DIGESTED_BYTES = 2**20
_REPAIR = "Run `sightline repair`."

Step = Callable[[str], None]


def _no_step(_: str) -> None:
    """Nobody follows the writing."""


class GenerationStore:
    """All generations below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def gallery_path(self, gallery_id: int) -> Path:
        return self._root / str(gallery_id)

    def write(
        self,
        identity: GenerationIdentity,
        blocks: Iterable[ViewRows],
        builder: VectorIndexBuilder,
        *,
        on_step: Step = _no_step,
    ) -> tuple[str, Generation]:
        """Write a generation; it is durable, but nobody's until SQL names it.

        Args:
            blocks: rows ordered by item, then view.
            on_step: called with each step's name, and with "rows" after each block; may raise.
        Returns:
            The folder relative to the gallery's, and the generation opened.
        Raises:
            VectorIndexError: the disk refuses, or the rows do not fit the identity.
        """
        folder = (
            f"{_space_folder(identity.space_id)}/{identity.revision:09d}-{secrets.token_hex(4)}"
        )
        final = self.gallery_path(identity.gallery_id) / folder
        aside = final.with_name(BUILDING_PREFIX + final.name)
        try:
            make_folders(final.parent)
            aside.mkdir()
            manifest = _write_files(aside, identity, blocks, builder, on_step)
            (aside / MANIFEST_NAME).write_bytes(manifest.to_bytes())
            on_step("manifest")
            for name in (*manifest.files, MANIFEST_NAME):
                sync_file(aside / name)
            sync_folder(aside)
            on_step("synced")
            if final.exists():
                raise VectorIndexError(f"{final} is there already.", hint="Try again.")
            aside.rename(final)
            sync_folder(final.parent)
            on_step("renamed")
        except OSError as error:
            shutil.rmtree(aside, ignore_errors=True)
            raise VectorIndexError(
                f"The generation cannot be written to {final.parent}: {error.strerror or error}.",
                hint="See that the disk has room and the folder may be written.",
            ) from error
        except SightlineError:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        return folder, self.open(identity.gallery_id, folder)

    def open(self, gallery_id: int, folder: str) -> Generation:
        """Open a generation, its arrays mapped; sizes and the manifest are checked.

        Raises:
            GenerationFormatError: not a generation, or of a format this program cannot read.
            GenerationCorruptError: files are missing or do not match the manifest.
        """
        path = self._folder(gallery_id, folder)
        try:
            content = (path / MANIFEST_NAME).read_bytes()
            manifest = Manifest.from_bytes(content)
            _check_sizes(path, manifest)
            vectors, view_ids, item_ids = _map_arrays(path, manifest)
        except OSError as error:
            raise _corrupt(path, f"{error.strerror or error}") from error
        _check_order(path, view_ids, item_ids)
        digest = hashlib.sha256(content).hexdigest()
        return Generation(path, manifest, digest, vectors, view_ids, item_ids)

    def verify(self, gallery_id: int, folder: str) -> None:
        """Read every byte; raises as `open` does, also where a digest differs."""
        generation = self.open(gallery_id, folder)
        try:
            for name, expected in generation.manifest.files.items():
                if file_digest(generation.path / name) != expected:
                    raise _corrupt(generation.path, f"{name} has other content than was written")
        except OSError as error:
            raise _corrupt(generation.path, f"{error.strerror or error}") from error

    def folders(self, gallery_id: int) -> Sequence[str]:
        """Every folder of a gallery, whole or in the making, relative to the gallery's."""
        base = self.gallery_path(gallery_id)
        return sorted(
            found.relative_to(base).as_posix() for found in base.glob("*/*") if found.is_dir()
        )

    def galleries(self) -> Sequence[int]:
        """Ids of the galleries that have a folder."""
        if not self._root.is_dir():
            return []
        return sorted(int(path.name) for path in self._root.iterdir() if path.name.isdigit())

    def orphans(
        self, gallery_id: int, known: Iterable[str], *, space_id: str | None = None
    ) -> Sequence[str]:
        """Folders that are not in `known`; of one space only, if given."""
        prefix = "" if space_id is None else _space_folder(space_id) + "/"
        kept = set(known)
        return [
            folder
            for folder in self.folders(gallery_id)
            if folder not in kept and folder.startswith(prefix)
        ]

    def size_bytes(self, gallery_id: int, folder: str) -> int:
        return folder_bytes(self._folder(gallery_id, folder))

    def remove(self, gallery_id: int, folder: str) -> int:
        """Remove a folder if it is there; returns the bytes freed.

        Searchers that have it mapped keep what they mapped.
        """
        path = self._folder(gallery_id, folder)
        freed = folder_bytes(path)
        shutil.rmtree(path, ignore_errors=True)
        if path.parent.is_dir():
            sync_folder(path.parent)
        return freed - folder_bytes(path)

    def remove_gallery(self, gallery_id: int) -> int:
        """Remove all of a gallery's generations; returns the bytes freed."""
        path = self.gallery_path(gallery_id)
        freed = folder_bytes(path)
        shutil.rmtree(path, ignore_errors=True)
        return freed - folder_bytes(path)

    def _folder(self, gallery_id: int, folder: str) -> Path:
        base = self.gallery_path(gallery_id)
        path = base / folder
        if ".." in Path(folder).parts or not path.is_relative_to(base) or path == base:
            raise GenerationCorruptError(f"“{folder}” is no generation's folder.", hint=_REPAIR)
        return path


def _space_folder(space_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", space_id).lstrip(".") or "_"


def _corrupt(path: Path, reason: str) -> GenerationCorruptError:
    return GenerationCorruptError(f"The generation {path} is damaged: {reason}.", hint=_REPAIR)


def file_digest(path: Path) -> FileDigest:
    """Length and SHA-256 of a file, read in blocks."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_DIGEST_BLOCK_BYTES):
            digest.update(block)
            size += len(block)
    return FileDigest(size, digest.hexdigest())


def _write_files(
    path: Path,
    identity: GenerationIdentity,
    blocks: Iterable[ViewRows],
    builder: VectorIndexBuilder,
    on_step: Step,
) -> Manifest:
    view_ids, item_ids = _write_vectors(path / VECTORS_NAME, identity.dim, blocks, on_step)
    on_step("vectors")
    _check_order(path, view_ids, item_ids)
    with (path / IDS_NAME).open("wb") as file:
        file.write(view_ids.astype("<i8").tobytes())
        file.write(item_ids.astype("<i8").tobytes())
    on_step("ids")
    vectors = _map_vectors(path / VECTORS_NAME, len(view_ids), identity.dim)
    kind = builder.build(vectors, path / INDEX_NAME)
    on_step("index")
    names = (VECTORS_NAME, IDS_NAME, INDEX_NAME)
    files = {name: file_digest(path / name) for name in names}
    return Manifest(identity, len(view_ids), kind, files)


def _write_vectors(
    path: Path, dim: int, blocks: Iterable[ViewRows], on_step: Step
) -> tuple[IdArray, IdArray]:
    view_ids, item_ids = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    with path.open("wb") as file:
        for block in blocks:
            if block.vectors.shape != (len(block), dim) or len(block.item_ids) != len(block):
                raise VectorIndexError(
                    f"Vectors of shape {block.vectors.shape} do not fit {dim} dimensions."
                )
            file.write(np.ascontiguousarray(block.vectors, "<f2").tobytes())
            view_ids.append(block.view_ids)
            item_ids.append(block.item_ids)
            on_step("rows")
    return np.concatenate(view_ids), np.concatenate(item_ids)


def _map_arrays(path: Path, manifest: Manifest) -> tuple[HalfMatrix, IdArray, IdArray]:
    n_rows = manifest.n_rows
    vectors = _map_vectors(path / VECTORS_NAME, n_rows, manifest.identity.dim)
    if n_rows == 0:
        return vectors, np.empty(0, np.int64), np.empty(0, np.int64)
    ids = np.memmap(path / IDS_NAME, "<i8", "r", shape=(2, n_rows)).view(np.ndarray)
    return vectors, ids[0], ids[1]


def _map_vectors(path: Path, n_rows: int, dim: int) -> HalfMatrix:
    if n_rows == 0:
        return np.empty((0, dim), np.float16)
    return np.memmap(path, "<f2", "r", shape=(n_rows, dim)).view(np.ndarray)


def _check_sizes(path: Path, manifest: Manifest) -> None:
    n_rows, dim = manifest.n_rows, manifest.identity.dim
    needed = {VECTORS_NAME: n_rows * dim * 2, IDS_NAME: n_rows * 16}
    for name, size in needed.items():
        if name not in manifest.files or manifest.files[name].size_bytes != size:
            raise _corrupt(path, f"{name} does not fit {n_rows} rows of {dim} dimensions")
    if INDEX_NAME not in manifest.files:
        raise _corrupt(path, f"{INDEX_NAME} is not in the manifest")
    for name, expected in manifest.files.items():
        if Path(name).name != name or (path / name).stat().st_size != expected.size_bytes:
            raise _corrupt(path, f"{name} has another size than was written")
        small = expected.size_bytes <= _ALWAYS_DIGESTED_BYTES
        if small and file_digest(path / name) != expected:
            raise _corrupt(path, f"{name} has other content than was written")


def _check_order(path: Path, view_ids: IdArray, item_ids: IdArray) -> None:
    """Rows must rise by item, then view: searches find an item's rows by bisection."""
    same = item_ids[1:] == item_ids[:-1]
    rising = (item_ids[1:] > item_ids[:-1]) | (same & (view_ids[1:] > view_ids[:-1]))
    if not bool(np.all(rising)):
        raise _corrupt(path, "its rows are not in order")
