"""The contact sheet as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from cli.sheet import Band, Tile, draw_sheet, write_sheet
from search.errors import PictureError, UsageError

COLOURS = {"red": (220, 20, 20), "green": (20, 160, 20), "blue": (20, 20, 220)}


def open_plain(uri: str) -> Image.Image:
    if uri not in COLOURS:
        raise PictureError("not there")
    return Image.new("RGB", (300, 200), COLOURS[uri])


def test_tiles_stand_in_the_order_of_the_hits() -> None:
    band = Band("three colours", [Tile(uri, uri, 0.5) for uri in COLOURS])
    sheet = draw_sheet([band], open_plain)
    left_edges = [
        min(x for x in range(sheet.width) if colour in _column(sheet, x))
        for colour in COLOURS.values()
    ]
    assert left_edges == sorted(left_edges)


def _column(sheet: Image.Image, x: int) -> set[object]:
    return {sheet.getpixel((x, y)) for y in range(0, sheet.height, 7)}


def test_a_picture_that_cannot_be_opened_leaves_a_card() -> None:
    sheet = draw_sheet([Band("q", [Tile("gone", "gone", 0.1), Tile("red", "red")])], open_plain)
    assert COLOURS["red"] in sheet.get_flattened_data()


def test_the_sheet_is_drawn_for_no_hits_and_for_many_and_for_long_titles() -> None:
    empty = draw_sheet([Band("nothing", [])], open_plain)
    many = draw_sheet([Band("w" * 500, [Tile("red", "x" * 500, 1.0)] * 23)], open_plain)
    assert empty.width < many.width
    assert many.height > 5 * 220


def test_the_same_hits_make_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "sub" / "b.png"
    for path in (first, second):
        write_sheet(path, [Band("q", [Tile("red", "red", 0.5)])], open_plain)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", ["sheet", "sheet.xyz", "sheet.txt"])
def test_an_ending_that_is_no_picture_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no picture file"):
        write_sheet(tmp_path / name, [], open_plain)
