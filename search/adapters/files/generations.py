"""Generations as folders: `<root>/<gallery id>-<its epoch>/<space>/<revision>-<random>`.

The epoch keeps galleries of two databases that share a folder, or of one restored, apart.

A folder is written aside as `.building-...`, synced and renamed; it is never written to again.
What SQL does not name is an orphan, left by a crash or by a build still going on.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from search.adapters.files.draft_rows import DraftRowsFile, map_vectors
from search.adapters.files.durable import folder_bytes, make_folders, sync_file, sync_folder
from search.domain.gallery import AS_SET, Gallery, WantedRecall
from search.domain.indexing import ViewRows
from search.domain.space import EmbeddingSpace
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
_GALLERY_FOLDER = re.compile(r"\d+-[A-Za-z0-9_.-]+")

Step = Callable[[str], None]


def _no_step(_: str) -> None:
    """Nobody follows the writing."""


class GenerationStore:
    """All generations below one folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def gallery_path(self, gallery: Gallery) -> Path:
        """Where all generations of a gallery lie."""
        return self._path_of(gallery.id, gallery.epoch)

    def _path_of(self, gallery_id: int, epoch: str) -> Path:
        return self._root / f"{gallery_id}-{_plain(epoch)}"

    def write(
        self,
        identity: GenerationIdentity,
        blocks: Iterable[ViewRows],
        builder: VectorIndexBuilder,
        *,
        space: EmbeddingSpace | None = None,
        wanted: WantedRecall = AS_SET,
        on_step: Step = _no_step,
    ) -> tuple[str, Generation]:
        """Write a generation; it is durable, but nobody's until SQL names it.

        Args:
            blocks: rows ordered by item, then view.
            space: the identity's, as `VectorIndexBuilder.build` takes it, and `wanted`, too.
            on_step: called with each step's name, and with "rows" after each block; may raise.
        Returns:
            The folder relative to the gallery's, as SQL names it, and the generation opened.
        Raises:
            VectorIndexError: the disk refuses, or the rows do not fit the identity.
        """
        name = f"{identity.revision:09d}-{secrets.token_hex(4)}"
        folder = f"{_plain(identity.space_id)}/{name}"
        final = self._path_of(identity.gallery_id, identity.gallery_epoch) / folder
        aside = final.with_name(BUILDING_PREFIX + final.name)
        try:
            make_folders(final.parent)
            aside.mkdir()
            manifest = _write_files(
                aside, identity, blocks, partial(builder.build, space=space, wanted=wanted), on_step
            )
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
        return folder, _opened(final)

    def open(self, gallery: Gallery, folder: str) -> Generation:
        """Open a generation, its arrays mapped; sizes and the manifest are checked.

        Raises:
            GenerationFormatError: not a generation, or of a format this program cannot read.
            GenerationCorruptError: files are missing or do not match the manifest.
        """
        return _opened(self._folder(gallery, folder))

    def verify(self, gallery: Gallery, folder: str) -> None:
        """Read every byte; raises as `open` does, also where a digest differs."""
        generation = self.open(gallery, folder)
        try:
            for name, expected in generation.manifest.files.items():
                if file_digest(generation.path / name) != expected:
                    raise _corrupt(generation.path, f"{name} has other content than was written")
        except OSError as error:
            raise _corrupt(generation.path, f"{error.strerror or error}") from error

    def folders(self, gallery: Gallery, *, space_id: str | None = None) -> Sequence[str]:
        """Every folder of a gallery, or of one space of it, whole or in the making."""
        base = self.gallery_path(gallery)
        spaces = "*" if space_id is None else _plain(space_id)
        found = (path for path in base.glob(f"{spaces}/*") if path.is_dir())
        return sorted(path.relative_to(base).as_posix() for path in found)

    def size_bytes(self, gallery: Gallery, folder: str) -> int:
        return folder_bytes(self._folder(gallery, folder))

    def remove(self, gallery: Gallery, folder: str) -> int:
        """Remove a folder if it is there; returns the bytes freed.

        Searchers that have it mapped keep what they mapped.
        """
        return _remove_tree(self._folder(gallery, folder))

    def remove_gallery(self, gallery: Gallery) -> int:
        """Remove all of a gallery's generations; returns the bytes freed."""
        return _remove_tree(self.gallery_path(gallery))

    def unnamed_galleries(self, known: Iterable[Gallery]) -> Sequence[Path]:
        """Folders of galleries other than these: deleted, restored, or of another database."""
        if not self._root.is_dir():
            return []
        named = {self.gallery_path(gallery) for gallery in known}
        found = (path for path in self._root.iterdir() if _GALLERY_FOLDER.fullmatch(path.name))
        return sorted(path for path in found if path.is_dir() and path not in named)

    def _folder(self, gallery: Gallery, folder: str) -> Path:
        base = self.gallery_path(gallery)
        if ".." in Path(folder).parts or len(Path(folder).parts) != 2 or folder.startswith("/"):
            raise GenerationCorruptError(f"“{folder}” is no generation's folder.", hint=_REPAIR)
        return base / folder


def _remove_tree(path: Path) -> int:
    freed = folder_bytes(path)
    shutil.rmtree(path, ignore_errors=True)
    if path.parent.is_dir():
        sync_folder(path.parent)
    return freed - folder_bytes(path)


def _opened(path: Path) -> Generation:
    try:
        content = (path / MANIFEST_NAME).read_bytes()
        manifest = Manifest.from_bytes(content)
        _check_sizes(path, manifest)
        generation = _mapped(path, manifest, hashlib.sha256(content).hexdigest())
    except OSError as error:
        raise _corrupt(path, f"{error.strerror or error}") from error
    if not _is_whole(generation):
        raise _corrupt(path, "its rows are not in order")
    return generation


def _plain(name: str) -> str:
    """A space's id or an epoch as a folder's name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".") or "_"


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
    build: Callable[[DraftRowsFile, Path], str],
    on_step: Step,
) -> Manifest:
    rows = DraftRowsFile.written(
        path / VECTORS_NAME, identity.dim, blocks, on_block=partial(on_step, "rows")
    )
    on_step("vectors")
    kind = build(rows, path / INDEX_NAME)
    on_step("index")
    rows.write_ids(path / IDS_NAME)
    on_step("ids")
    names = (VECTORS_NAME, IDS_NAME, INDEX_NAME)
    files = {name: file_digest(path / name) for name in names}
    return Manifest(identity, len(rows), kind, files)


def _mapped(path: Path, manifest: Manifest, digest: str) -> Generation:
    n_rows = manifest.n_rows
    vectors = map_vectors(path / VECTORS_NAME, n_rows, manifest.identity.dim)
    ids = np.empty((manifest.id_arrays, 0), np.int64)
    if n_rows:
        ids = np.memmap(path / IDS_NAME, "<i8", "r", shape=(len(ids), n_rows)).view(np.ndarray)
    by_item = ids[2] if len(ids) == 3 else None
    return Generation(path, manifest, digest, vectors, ids[0], ids[1], by_item)


def _is_whole(generation: Generation) -> bool:
    """Whether each row can be found by its item."""
    by_item, n_rows = generation.by_item, len(generation)
    if by_item is not None and n_rows and not 0 <= by_item.min() <= by_item.max() < n_rows:
        return False
    return generation.item_rows.are_in_order()


def _check_sizes(path: Path, manifest: Manifest) -> None:
    n_rows, dim = manifest.n_rows, manifest.identity.dim
    needed = {VECTORS_NAME: n_rows * dim * 2, IDS_NAME: n_rows * manifest.id_arrays * 8}
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
