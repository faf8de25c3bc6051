"""Labelled pictures in files: a folder with a sub-folder per class, or a table of them.

A table is a `.csv` or `.jsonl` file with a column `image` and one of `label` (or `labels`) and
`caption` (or `captions`); paths are relative to its folder. What cannot be used is skipped with
its reason.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from indexer.decoding.limits import DecodeLimits
from indexer.decoding.pool import DecodePool
from indexer.decoding.tasks import PictureRead, ReadFailed, ReadTask
from indexer.sources.files import read_file
from indexer.sources.folder import FolderSource
from indexer.workshop import PoolOpener
from search.domain.arrays import FloatMatrix, IdArray, PixelBatch
from search.domain.gallery import FailedFile
from search.domain.indexing import RootKind
from search.domain.space import Preprocessing
from search.errors import NotFoundError, PictureError, UsageError
from search.evaluation.labelled import LabelledPicture
from search.ports.photo_source import FoundPicture, UnreadableEntry
from search.settings import Settings

_TABLES = (".csv", ".jsonl", ".ndjson")
_LARGEST_TABLE = 2 * 2**30
_BATCH = 64
_HINT = "Name a folder with a sub-folder per class, or a .csv or .jsonl with image and label."


@dataclass(slots=True)
class LabelledFiles:
    """Pictures with what is true of them, and what could not be used."""

    pictures: list[LabelledPicture] = field(default_factory=list)
    skipped: list[FailedFile] = field(default_factory=list)


def read_labelled(path: Path) -> LabelledFiles:
    """The pictures of a labelled folder or table; none of them is opened.

    Raises:
        NotFoundError: there is nothing at the path.
        UsageError: it is neither, or holds no labelled picture.
    """
    path = path.absolute()
    if not path.exists():
        raise NotFoundError(f"There is no {path}.", hint=_HINT)
    if path.is_dir():
        found = _of_folder(path)
    elif path.name.lower().endswith(_TABLES):
        found = _of_table(path)
    else:
        raise UsageError(f"{path.name} is neither a folder nor a table of pictures.", hint=_HINT)
    if not found.pictures:
        reason = f" {found.skipped[0].reason}" if found.skipped else ""
        raise UsageError(f"{path} holds no labelled picture.{reason}", hint=_HINT)
    return found


def _of_folder(path: Path) -> LabelledFiles:
    """Each picture's label is the first folder that it lies in; loose pictures are skipped."""
    found = LabelledFiles()
    for entry in FolderSource(str(path)).scan({}):
        if isinstance(entry, UnreadableEntry):
            found.skipped.append(FailedFile(str(path / entry.path), entry.reason))
        elif isinstance(entry, FoundPicture):
            label, within, _ = entry.path.partition("/")
            uri = str(path / entry.path)
            if within:
                found.pictures.append(LabelledPicture(uri, (label.removesuffix("!"),)))
            else:
                found.skipped.append(FailedFile(uri, "It lies in no class's folder."))
    return found


def _of_table(path: Path) -> LabelledFiles:
    try:
        text = read_file(path, _LARGEST_TABLE).decode("utf-8-sig")
    except (PictureError, OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read as UTF-8 text.", hint=_HINT) from error
    rows = _csv_rows(text) if path.name.lower().endswith(".csv") else _json_rows(text)
    found = LabelledFiles()
    merged: dict[str, LabelledPicture] = {}
    for line, row in rows:
        place = f"{path.name}:{line}"
        if isinstance(row, str):
            found.skipped.append(FailedFile(place, row))
            continue
        cells = {str(key).strip().lower(): value for key, value in row.items()}
        image = cells.get("image")
        labels = _texts(cells.get("label")) + _texts(cells.get("labels"))
        captions = _texts(cells.get("caption")) + _texts(cells.get("captions"))
        if not isinstance(image, str) or not image.strip():
            found.skipped.append(FailedFile(place, "The row names no image."))
        elif not labels and not captions:
            found.skipped.append(FailedFile(place, "The row has neither a label nor a caption."))
        else:
            uri = os.path.normpath(path.parent / image.strip())
            before = merged.get(uri, LabelledPicture(uri))
            merged[uri] = LabelledPicture(
                uri,
                tuple(dict.fromkeys(before.labels + labels)),
                tuple(dict.fromkeys(before.captions + captions)),
            )
    found.pictures = list(merged.values())
    return found


_Line = tuple[int, Mapping[str, Any] | str]


def _csv_rows(text: str) -> Iterator[_Line]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            yield reader.line_num, {key: value for key, value in row.items() if key is not None}
    except csv.Error as error:
        yield reader.line_num, f"The row cannot be read: {error}."


def _json_rows(text: str) -> Iterator[_Line]:
    for line, one in enumerate(io.StringIO(text), start=1):
        if not one.strip():
            continue
        try:
            row = json.loads(one)
        except (ValueError, RecursionError):
            yield line, "The row is not JSON."
            continue
        yield line, row if isinstance(row, dict) else "The row is not a JSON object."


def _texts(value: Any) -> tuple[str, ...]:
    """One text, or a list of them, without blank ones."""
    parts = value if isinstance(value, list) else [value]
    texts = (str(part).strip() for part in parts if isinstance(part, str | int | float))
    return tuple(text for text in texts if text)


@dataclass(frozen=True, slots=True)
class Computed:
    """What a model makes of pictures.

    Attributes:
        rows: int64, (n,), ascending: which of the pictures could be read.
        values: float32, (n, n_values), in their order.
        skipped: the others, and why.
    """

    rows: IdArray
    values: FloatMatrix
    skipped: tuple[FailedFile, ...]


def compute(
    settings: Settings,
    preprocessing: Preprocessing,
    uris: Sequence[str],
    model: Callable[[PixelBatch], FloatMatrix],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    lend_pool: PoolOpener | None = None,
) -> Computed:
    """Decode pictures in confined processes, as the indexer does, and hand them to a model.

    Args:
        model: pixels of a batch to float32, (n, n_values).
        progress: called with how many are done, and how many there are.
    """
    limits = DecodeLimits.from_settings(settings)
    n_workers = max(1, min(settings.decode_workers, len(uris)))
    pool = lend_pool(preprocessing) if lend_pool else DecodePool(preprocessing, limits, n_workers)
    made: dict[int, FloatMatrix] = {}
    skipped: dict[int, FailedFile] = {}
    waiting: list[PictureRead] = []

    def flush() -> None:
        if waiting:
            values = model(np.stack([read.pixels for read in waiting]))
            made.update((int(str(r.task.key)), v) for r, v in zip(waiting, values, strict=True))
            waiting.clear()
        progress(len(made) + len(skipped), len(uris))

    with pool as readers:
        for result in readers.read(_tasks(uris)):
            if isinstance(result, PictureRead):
                waiting.append(result)
            elif isinstance(result, ReadFailed):
                at = int(str(result.task.key))
                skipped[at] = FailedFile(uris[at], result.reason)
            if len(waiting) == _BATCH:
                flush()
        flush()
    rows = sorted(made)
    values = np.stack([made[row] for row in rows]) if rows else np.empty((0, 0), np.float32)
    reasons = tuple(skipped[at] for at in sorted(skipped))
    return Computed(np.array(rows, np.int64), values, reasons)


def _tasks(uris: Sequence[str]) -> Iterator[ReadTask]:
    for at, uri in enumerate(uris):
        root = Path(uri).anchor
        yield ReadTask(at, root, RootKind.FOLDER, uri.removeprefix(root))
