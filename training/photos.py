"""The photos to learn from and to test on, with the words that people gave them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from training import splits

SOURCES = ("flickr8k", "clothing", "grocery", "caltech101")


@dataclass(frozen=True)
class Photo:
    """One photo: captions where people wrote some, else one label.

    `coarse` is the broader label of a grocery, otherwise empty.
    """

    path: Path
    source: str
    label: str
    captions: tuple[str, ...]
    is_test: bool
    coarse: str = ""

    def open(self, longest: int = 1024) -> Image.Image:
        """The decoded picture in RGB, no side longer than `longest` pixels."""
        with Image.open(self.path) as image:
            rgb = image.convert("RGB")
        rgb.thumbnail((longest, longest), Image.Resampling.BICUBIC)
        return rgb


@dataclass(frozen=True)
class Product:
    """The shop's own picture and description of one grocery."""

    path: Path
    label: str
    coarse: str
    description: str


def read_photos(data: Path, sources: tuple[str, ...] = SOURCES) -> list[Photo]:
    """All photos of the named sets, in the order of their lists."""
    photos: list[Photo] = []
    for source in sources:
        rows = list(_rows(data / f"{source}.jsonl"))
        test = splits.flickr_test([row["image"] for row in rows]) if source == "flickr8k" else ()
        for row in rows:
            photos.append(_photo(data, source, row, row["image"] in test))
    return photos


def read_products(data: Path) -> list[Product]:
    """The 81 products of the grocery shop."""
    return [
        Product(data / row["image"], row["label"], row["coarse"], row["description"])
        for row in _rows(data / "grocery-products.jsonl")
    ]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _photo(data: Path, source: str, row: dict[str, str], is_flickr_test: bool) -> Photo:
    label = row.get("label", "")
    is_test = {
        "flickr8k": lambda: is_flickr_test,
        "clothing": lambda: splits.is_clothing_test(row["sender"]),
        "grocery": lambda: splits.is_grocery_test(row["split"]),
        "caltech101": lambda: splits.is_caltech_test(row["image"], label),
    }[source]()
    return Photo(
        path=data / row["image"],
        source=source,
        label=label,
        captions=tuple(row.get("captions", ())),
        is_test=is_test,
        coarse=row.get("coarse", ""),
    )
