"""Product catalogues: rows become items, bad rows are told by their line, nothing leads outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sources.cells import attribute_key, price_of, split_pictures, split_tags
from indexer.sources.opening import open_source
from search.domain.indexing import RootKind
from search.domain.item import ItemKind
from search.ports.photo_source import Found, FoundPicture, UnreadableEntry


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "img").mkdir()
    for name in ("a.jpg", "b.jpg", "c d.jpg"):
        (tmp_path / "img" / name).write_bytes(name.encode())
    return tmp_path


def scan(folder: Path, content: str | bytes, name: str = "shop.csv") -> list[Found]:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw)
    return list(open_source(str(folder / name), RootKind.CATALOGUE).scan({}))


def pictures(found: list[Found]) -> list[FoundPicture]:
    assert all(isinstance(entry, FoundPicture) for entry in found), found
    return [entry for entry in found if isinstance(entry, FoundPicture)]


def reasons(found: list[Found]) -> list[str]:
    return [entry.reason for entry in found if isinstance(entry, UnreadableEntry)]


def test_row_becomes_an_item_with_all_its_columns(shop: Path) -> None:
    found = scan(
        shop,
        "SKU,Title,Description,Price,Images,Tags,Brand Name,Stock\n"
        'A1,Red shoe,"Soft, light",€ 49.90,img/a.jpg;img/b.jpg,"red, shoe",Acme,7\n',
    )
    first, second = pictures(found)
    assert (first.item_key, first.ordinal, first.path) == ("A1", 0, "img/a.jpg")
    assert (second.item_key, second.ordinal, second.path) == ("A1", 1, "img/b.jpg")
    assert first.item_kind is ItemKind.PRODUCT
    assert first.title == "Red shoe"
    assert first.tags == ("red", "shoe")
    texts = {key: value.text for key, value in first.attributes.items()}
    assert texts == {
        "description": "Soft, light",
        "price": "€ 49.90",
        "brand_name": "Acme",
        "stock": "7",
    }
    assert first.attributes["price"].number == 49.9
    assert first.attributes["stock"].number == 7
    assert first.stamp.size_bytes == 5


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_and_encoding_are_found_out(shop: Path, delimiter: str, encoding: str) -> None:
    rows = [["id", "name", "image", "colour"], ["1", "Café", "img/a.jpg", "weiß"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    (entry,) = pictures(scan(shop, text.encode(encoding)))
    assert (entry.item_key, entry.title) == ("1", "Café")
    assert entry.attributes["colour"].text == "weiß"


def test_json_lines_take_lists_numbers_and_text(shop: Path) -> None:
    rows = [
        {"sku": 17, "name": "Shoe", "images": ["img/a.jpg", "img/b.jpg"], "price": 49.9},
        {"sku": "B", "picture": "img/c d.jpg", "tags": ["x", "y"], "kind": "photo", "new": True},
    ]
    found = pictures(scan(shop, "\n".join(json.dumps(row) for row in rows), "shop.jsonl"))
    assert [(p.item_key, p.ordinal) for p in found] == [("17", 0), ("17", 1), ("B", 0)]
    assert found[0].attributes["price"].number == 49.9
    assert found[2].item_kind is ItemKind.PHOTO
    assert found[2].tags == ("x", "y")
    assert found[2].attributes["new"].text == "true"


def test_rows_without_sku_are_photos_of_their_own(shop: Path) -> None:
    found = pictures(scan(shop, '{"image": "./img/a.jpg", "label": "Shirt"}', "a.jsonl"))
    assert found[0].item_key == found[0].path == "img/a.jpg"
    assert found[0].item_kind is ItemKind.PHOTO
    assert found[0].attributes["label"].text == "Shirt"


def test_real_catalogue_of_products(shared_data: Path) -> None:
    source = open_source(str(shared_data / "grocery-products.jsonl"), RootKind.CATALOGUE)
    found = pictures(list(source.scan({})))
    assert len(found) == 81
    assert all("description" in entry.attributes for entry in found)
    assert source.read(found[0].path, 10**7).startswith(b"\xff\xd8")


def test_rows_of_one_sku_are_put_together_where_they_agree(shop: Path) -> None:
    found = pictures(
        scan(shop, "sku,title,image,tags,colour\nA,Shoe,img/a.jpg,x,red\nA,,img/b.jpg,y,\n")
    )
    assert [(p.item_key, p.ordinal, p.path) for p in found] == [
        ("A", 0, "img/a.jpg"),
        ("A", 1, "img/b.jpg"),
    ]
    assert found[1].title == "Shoe"
    assert found[1].tags == ("x", "y")
    assert found[1].attributes["colour"].text == "red"


def test_row_that_contradicts_an_earlier_one_is_told(shop: Path) -> None:
    found = scan(shop, "sku,title,image\nA,Shoe,img/a.jpg\nA,Boot,img/b.jpg\n")
    assert reasons(found) == [
        "Line 3 of shop.csv contradicts line 2, which has the same sku but another title."
    ]
    assert [entry.path for entry in found if isinstance(entry, FoundPicture)] == ["img/a.jpg"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Shoe,img/a.jpg,1", "has no sku"),
        ("A,Shoe,,1", "names no picture"),
        ("A,Shoe,img/a.jpg,cheap", "'cheap' is not a number"),
        ("A,Shoe,../a.jpg,1", "outside of the catalogue's folder"),
        ("A,Shoe,/etc/passwd,1", "outside of the catalogue's folder"),
        ("A,Shoe,https://example.com/a.jpg,1", "web address"),
        ("A,Shoe,img/gone.jpg,1", "no such file"),
        ("A,Shoe,img,1", "is not a file"),
        ("A,Shoe,link.jpg,1", "link that leads out"),
        ("A,Shoe,out/x.jpg,1", "link that leads out"),
        ("A,Shoe,img/a.jpg,1,2,3", "has 6 cells where the header has 4"),
        ("A,Shoe,img/a\x00.jpg,1", "not valid text"),
    ],
)
def test_bad_row_is_told_by_its_line_and_the_next_goes_on(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, row: str, reason: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.jpg").touch()
    (shop / "link.jpg").symlink_to(outside / "x.jpg")
    (shop / "out").symlink_to(outside)
    found = scan(shop, f"sku,title,image,price\n{row}\nB,Boot,img/b.jpg,2\n")
    (told,) = reasons(found)
    assert told.startswith("Line 2 of shop.csv ")
    assert reason in told
    assert [entry.path for entry in found if isinstance(entry, FoundPicture)] == ["img/b.jpg"]


def test_lines_are_counted_over_cells_with_line_breaks(shop: Path) -> None:
    found = scan(shop, 'sku,title,image\nA,"two\nlines",img/a.jpg\n,x,img/b.jpg\n')
    assert reasons(found) == ["Line 4 of shop.csv has no sku."]
    assert found[1].title == "two lines" if isinstance(found[1], FoundPicture) else False


def test_bad_json_line_is_told_and_the_next_goes_on(shop: Path) -> None:
    text = '{"sku": "A", "image": "img/a.jpg"}\n{broken\n[1]\n\n{"sku": "B", "image": "img/b.jpg"}'
    found = scan(shop, text, "shop.jsonl")
    assert [reason[:20] for reason in reasons(found)] == [
        "Line 2 of shop.jsonl",
        "Line 3 of shop.jsonl",
    ]
    assert len(found) == 4


def test_names_that_no_database_takes_are_told(shop: Path) -> None:
    text = '{"sku": "A", "image": "a\\ud800.jpg"}\n{"sku": "B\\ud800", "image": "img/b.jpg"}'
    found = scan(shop, text, "shop.jsonl")
    assert reasons(found) == ["Line 1 of shop.jsonl names a picture whose name is not valid text."]
    assert found[1] == FoundPicture("img/b.jpg", "B", found[1].stamp, item_kind=ItemKind.PRODUCT)


def test_catalogue_without_a_picture_column_is_told(shop: Path) -> None:
    (entry,) = scan(shop, "sku,title\nA,Shoe\n")
    assert isinstance(entry, UnreadableEntry)
    assert "no column named image" in entry.reason


def test_empty_and_missing_catalogues_are_told(shop: Path) -> None:
    assert len(reasons(scan(shop, ""))) == 1
    source = open_source(str(shop / "gone.csv"), RootKind.CATALOGUE)
    assert len(reasons(list(source.scan({})))) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("49.90", 49.9),
        ("$1,299", 1299),
        ("1,299.00 USD", 1299),
        ("EUR 1.299,00", 1299),
        ("1.299 €", 1299),
        ("12,5", 12.5),
        ("1 299,95 kr", 1299.95),
        ("1'299.-", 1299),
        ("-5", -5),
        ("£0.99", 0.99),
        (7, 7),
    ],
)
def test_prices_are_understood_as_written(text: str | int, number: float) -> None:
    price = price_of(text)
    assert price is not None
    assert price.number == number


def test_lists_of_pictures_and_tags_are_taken_apart() -> None:
    assert split_pictures(' a.jpg ; "b.jpg"|c.jpg;a.jpg') == ("a.jpg", '"b.jpg"', "c.jpg")
    assert split_pictures('["a;1.jpg", "b.jpg"]') == ("a;1.jpg", "b.jpg")
    assert split_tags("red, blue;  green|red,") == ("red", "blue", "green")
    assert attribute_key(" Brand Name (EU) ") == "brand_name_eu"


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "ignore")))
def test_no_content_breaks_a_scan(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("rubbish")
    for name in ("a.csv", "a.jsonl"):
        for entry in scan(folder, b"sku,image\n" + content, name):
            assert isinstance(entry, UnreadableEntry)
