"""The files that are embedded: real photos as they are, and large ones made of them."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from training.photos import read_photos

LARGE = (4000, 3000)
_TILE = 500


def small_photos(data: Path, n: int) -> list[Path]:
    """`n` real photos, their short side under 200 pixels."""
    photos = [photo.path.resolve() for photo in read_photos(data, ("flickr8k",))[:n]]
    if len(photos) < n:
        raise SystemExit(f"Only {len(photos)} photos under {data}.")
    return photos


def large_photos(photos: list[Path], n: int, folder: Path) -> list[Path]:
    """`n` JPEGs of 12 megapixels, each of 48 photos side by side, enlarged; a camera's quality."""
    folder.mkdir(parents=True, exist_ok=True)
    columns, rows = LARGE[0] // _TILE, LARGE[1] // _TILE
    made = []
    for number in range(n):
        canvas = Image.new("RGB", LARGE)
        for place in range(columns * rows):
            path = photos[(number * 31 + place) % len(photos)]
            with Image.open(path) as photo:
                tile = photo.convert("RGB").resize((_TILE, _TILE), Image.Resampling.BICUBIC)
            row, column = divmod(place, columns)
            canvas.paste(tile, (column * _TILE, row * _TILE))
        path = folder / f"large-{number:04}.jpg"
        canvas.save(path, quality=92)
        made.append(path)
    return made
