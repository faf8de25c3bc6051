"""A contact sheet: the hits of a search as one picture, best first, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from search.errors import SightlineError, UsageError

CELL = 220
GAP = 16
CAPTION = 40
HEADER = 64
ICON = 52
MARGIN = 28
MAX_COLUMNS = 5

PAPER = (250, 250, 248)
CARD = (255, 255, 255)
EDGE = (226, 226, 222)
INK = (28, 30, 34)
FAINT = (128, 132, 138)
ACCENT = (0, 108, 146)

OpenPicture = Callable[[str], Image.Image]
"""From an item's uri to its upright picture; may raise any SightlineError or OSError."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of the sheet and its caption. `score` is None for a list without a query."""

    uri: str
    title: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """Tiles under their own heading, such as one query and its hits.

    `pictures` are the uris of the query's own pictures, drawn small before the heading.
    """

    heading: str
    tiles: Sequence[Tile]
    detail: str = ""
    pictures: Sequence[str] = ()


def write_sheet(path: Path, bands: Sequence[Band], open_picture: OpenPicture) -> None:
    """Draw all bands below each other and write the sheet in the format of `path`'s ending.

    A picture that cannot be opened leaves a card that says so.

    Raises:
        UsageError: an ending that is no picture format, or a folder that cannot be written to.
    """
    if path.suffix.lower() not in Image.registered_extensions():
        raise UsageError(
            f"{path.name} is no picture file that can be written.",
            hint="Give the sheet an ending such as .png or .jpg.",
        )
    sheet = draw_sheet(bands, open_picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The contact sheet cannot be written to {path}: {error}.",
            hint="Choose another place with --sheet.",
        ) from error


def draw_sheet(bands: Sequence[Band], open_picture: OpenPicture) -> Image.Image:
    """RGB, as wide as the longest row (at most five tiles) and as high as all bands need."""
    columns = max(1, min(MAX_COLUMNS, max((len(band.tiles) for band in bands), default=1)))
    width = 2 * MARGIN + columns * CELL + (columns - 1) * GAP
    heights = [_band_height(band, columns) for band in bands]
    sheet = Image.new("RGB", (width, 2 * MARGIN + sum(heights)), PAPER)
    top = MARGIN
    for band, height in zip(bands, heights, strict=True):
        _draw_band(sheet, band, top, columns, open_picture)
        top += height
    return sheet


def _band_height(band: Band, columns: int) -> int:
    n_rows = -(-len(band.tiles) // columns)
    return HEADER + n_rows * (CELL + CAPTION + GAP)


def _draw_band(
    sheet: Image.Image, band: Band, top: int, columns: int, open_picture: OpenPicture
) -> None:
    draw = ImageDraw.Draw(sheet)
    begin = MARGIN
    for uri in band.pictures:
        if (picture := _opened(uri, open_picture, 2 * ICON)) is not None:
            picture = ImageOps.contain(_trimmed(picture), (2 * ICON, ICON))
            sheet.paste(picture, (begin, top + (ICON - picture.height) // 2))
            begin += picture.width + 12
    room = sheet.width - MARGIN - begin
    draw.text((begin, top), _fit(draw, band.heading, _font(24), room), INK, _font(24))
    detail = band.detail if band.tiles else "nothing found"
    draw.text((begin, top + 32), _fit(draw, detail, _font(14), room), FAINT, _font(14))
    for number, tile in enumerate(band.tiles):
        row, column = divmod(number, columns)
        left = MARGIN + column * (CELL + GAP)
        _draw_tile(sheet, tile, left, top + HEADER + row * (CELL + CAPTION + GAP), open_picture)


def _draw_tile(
    sheet: Image.Image, tile: Tile, left: int, top: int, open_picture: OpenPicture
) -> None:
    draw = ImageDraw.Draw(sheet)
    draw.rounded_rectangle((left, top, left + CELL - 1, top + CELL - 1), 8, CARD, EDGE)
    picture = _opened(tile.uri, open_picture, CELL - 12)
    if picture is None:
        middle = (left + CELL // 2, top + CELL // 2)
        draw.text(middle, "cannot be shown", FAINT, _font(14), anchor="mm")
    else:
        corner = (left + (CELL - picture.width) // 2, top + (CELL - picture.height) // 2)
        sheet.paste(picture, corner)
    score = "" if tile.score is None else f"{tile.score:.3f}"
    baseline = top + CELL + 8
    score_width = int(draw.textlength(score, _font(14)))
    title = _fit(draw, tile.title, _font(14), CELL - score_width - 10)
    draw.text((left + 2, baseline), title, INK, _font(14))
    draw.text((left + CELL - 2 - score_width, baseline), score, ACCENT, _font(14))


def _opened(uri: str, open_picture: OpenPicture, size: int) -> Image.Image | None:
    """The picture within a square of `size` pixels, None where it cannot be opened."""
    try:
        return ImageOps.contain(open_picture(uri).convert("RGB"), (size, size))
    except (SightlineError, OSError, ValueError):
        return None


def _trimmed(picture: Image.Image) -> Image.Image:
    """Without the white around it."""
    return picture.crop(
        ImageChops.difference(picture, Image.new("RGB", picture.size, CARD)).getbbox()
    )


def _fit(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """The text, shortened with an ellipsis until it is at most `room` pixels wide."""
    if draw.textlength(text, font) <= room:
        return text
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if draw.textlength(text[:middle] + "…", font) <= room:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + "…"


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise UsageError(
            "This Pillow was built without FreeType, so no caption can be drawn.",
            hint="Install Pillow's own wheel: pip install --force-reinstall pillow",
        )
    return font
