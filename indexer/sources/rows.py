"""Rows of a `.csv` or `.jsonl` file, checked one by one; a bad row does not spoil the next."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.sources.cells import (
    attribute_key,
    attribute_of,
    clean,
    price_of,
    split_pictures,
    split_tags,
)
from indexer.sources.files import read_file
from search.domain.item import AttributeValue, ItemKind
from search.errors import PictureError

JSON_LINE_ENDINGS = (".jsonl", ".ndjson")

_LONGEST_CATALOGUE = 2 * 2**30
_LONGEST_CELL = 2**20
_LONGEST_TITLE = 500
_LONGEST_SKU = 200
_DELIMITERS = ",;\t|"

_COLUMNS = {
    "sku": "sku",
    "id": "sku",
    "item_id": "sku",
    "product_id": "sku",
    "title": "title",
    "name": "title",
    "description": "description",
    "price": "price",
    "image": "images",
    "images": "images",
    "picture": "images",
    "pictures": "images",
    "photo": "images",
    "image_path": "images",
    "tags": "tags",
    "keywords": "tags",
    "kind": "kind",
}
"""A column's name to what it means; the first column of a meaning counts, `sku` before `id`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `sku` is None where the catalogue has no such column."""

    line: int
    sku: str | None
    title: str
    kind: ItemKind
    pictures: tuple[str, ...]
    tags: tuple[str, ...]
    attributes: Mapping[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used; `reason` goes on from "Line 7 of shop.csv"."""

    line: int
    reason: str


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """Every row of a catalogue, in order; lines are counted from 1, the header's included.

    Raises:
        PictureError: the file cannot be read, or is no catalogue.
    """
    text = _decoded(read_file(path, _LONGEST_CATALOGUE))
    if path.name.lower().endswith(JSON_LINE_ENDINGS):
        yield from _json_rows(text)
    else:
        yield from _csv_rows(text)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _json_rows(text: str) -> Iterator[Row | BadRow]:
    has_sku = None
    for line, one in enumerate(io.StringIO(text), start=1):
        if not one.strip():
            continue
        try:
            cells = json.loads(one)
        except (ValueError, RecursionError) as exc:
            yield BadRow(line, f"is not JSON: {exc}")
            continue
        if not isinstance(cells, dict):
            yield BadRow(line, "is not a JSON object")
            continue
        if has_sku is None:
            has_sku = any(_COLUMNS.get(key.strip().lower()) == "sku" for key in cells)
        yield _row(line, cells.items(), has_sku=has_sku)


def _csv_rows(text: str) -> Iterator[Row | BadRow]:
    header_line = text[: text.find("\n")] if "\n" in text else text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(header_line))
    header = [name.strip() for name in next(reader, [])]
    meanings = [_COLUMNS.get(name.lower()) for name in header]
    if "images" not in meanings:
        raise PictureError("it has no column named image, images or picture.")
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield BadRow(start, f"cannot be read: {exc}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            yield BadRow(start, f"has {len(cells)} cells where the header has {len(header)}")
            continue
        yield _row(start, zip(header, cells, strict=False), has_sku="sku" in meanings)


def _delimiter(header: str) -> str:
    """The one that splits the header into the most columns that mean something."""

    def columns(delimiter: str) -> tuple[int, int]:
        names = next(csv.reader([header], delimiter=delimiter), [])
        return sum(name.strip().lower() in _COLUMNS for name in names), len(names)

    return max(_DELIMITERS, key=columns)


def _row(line: int, cells: Iterable[tuple[str, Any]], *, has_sku: bool) -> Row | BadRow:
    found: dict[str, Any] = {}
    attributes: dict[str, AttributeValue] = {}
    for name, value in sorted(cells, key=lambda cell: cell[0].strip().lower() != "sku"):
        if isinstance(value, str) and len(value) > _LONGEST_CELL:
            return BadRow(line, f"has a cell longer than {_LONGEST_CELL:,} characters")
        meaning = _COLUMNS.get(name.strip().lower())
        if meaning is not None and meaning not in found:
            found[meaning] = value
        elif name and (attribute := attribute_of(value)) is not None:
            attributes[attribute_key(name)] = attribute
    try:
        price = price_of(found.get("price"))
        kind = _kind(found.get("kind"), has_sku=has_sku)
    except ValueError as exc:
        return BadRow(line, f"cannot be used: {exc}")
    if price is not None:
        attributes["price"] = price
    description = attribute_of(found.get("description"))
    if description is not None:
        attributes["description"] = AttributeValue(description.text)
    sku = _sku(found.get("sku")) if has_sku else None
    if sku == "":
        return BadRow(line, "has no sku")
    return Row(
        line,
        sku,
        clean(" ".join(str(found.get("title") or "").split()), _LONGEST_TITLE),
        kind,
        split_pictures(found.get("images")),
        split_tags(found.get("tags")),
        attributes,
    )


def _sku(value: Any) -> str:
    return clean(str(value), _LONGEST_SKU) if value is not None else ""


def _kind(value: Any, *, has_sku: bool) -> ItemKind:
    text = str(value or "").strip().lower()
    if not text:
        return ItemKind.PRODUCT if has_sku else ItemKind.PHOTO
    try:
        return ItemKind(text)
    except ValueError:
        kinds = ", ".join(kind.value for kind in ItemKind)
        raise ValueError(f"its kind {text[:40]!r} is none of {kinds}") from None
