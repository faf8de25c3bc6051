"""Laws of the sample gallery: small, reproducible, readable, and true to its golden queries."""

import csv
import json
import re
from pathlib import Path

import pytest
import yaml
from PIL import Image, ImageOps
from PIL.ExifTags import IFD, Base

from search.evaluation.golden_file import read_golden
from training.sample_gallery.golden import golden_yaml, shop_golden_yaml
from training.sample_gallery.photos import Photo, plan_photos
from training.sample_gallery.shop import catalogue_csv, draw_view, plan_products
from training.sample_gallery.taxonomy import taxonomy_yaml
from training.sample_gallery.write import encode_photo, words_of
from training.scenes import THINGS

DEMO = Path(__file__).parents[2] / "cli" / "demo"
LIMIT_BYTES = 5_000_000


@pytest.fixture(scope="module")
def photos() -> list[Photo]:
    return plan_photos()


def files_below(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_planning_twice_gives_the_same_photos(photos: list[Photo]) -> None:
    assert plan_photos() == photos
    assert len({photo.path for photo in photos}) == len(photos)


def test_a_photo_is_encoded_to_the_same_bytes_every_time(photos: list[Photo]) -> None:
    formats = {Path(photo.path).suffix: photo for photo in photos}
    assert set(formats) == {".jpg", ".png", ".webp"}
    for photo in formats.values():
        assert encode_photo(photo) == encode_photo(photo)


def test_the_shipped_gallery_is_the_planned_one_and_small(photos: list[Photo]) -> None:
    assert files_below(DEMO / "gallery") == {photo.path for photo in photos}
    assert 280 <= len(photos) <= 340
    shipped = ("gallery", "shop", "queries")
    total = sum(
        (DEMO / top / name).stat().st_size for top in shipped for name in files_below(DEMO / top)
    )
    assert total < LIMIT_BYTES


def test_every_photo_opens_at_its_planned_size(photos: list[Photo]) -> None:
    for photo in photos[::7]:
        with Image.open(DEMO / "gallery" / photo.path) as picture:
            upright = ImageOps.exif_transpose(picture)
            shrunk = 1 if photo.copy_of is None else 2 / 3
            assert upright.size == tuple(round(side * shrunk) for side in photo.size)


def test_cameras_dates_and_places_are_readable(photos: list[Photo]) -> None:
    taken = [photo for photo in photos if photo.camera is not None]
    assert len(taken) > 250
    assert any(photo.position for photo in taken)
    for photo in taken[::5]:
        assert photo.camera is not None
        with Image.open(DEMO / "gallery" / photo.path) as picture:
            exif = picture.getexif()
        details = exif.get_ifd(IFD.Exif)
        assert exif[Base.Model] == photo.camera.model
        assert details[Base.DateTimeOriginal] == f"{photo.taken_at:%Y:%m:%d %H:%M:%S}"
        assert re.fullmatch(r"[+-]\d\d:\d\d", details[Base.OffsetTimeOriginal])
        assert details[Base.LensModel] == photo.camera.lens
        assert bool(exif.get_ifd(IFD.GPSInfo)) == (photo.position is not None)


def test_keywords_and_rating_are_in_the_xmp_packet(photos: list[Photo]) -> None:
    tagged = [photo for photo in photos if photo.keywords and photo.camera]
    assert len(tagged) > 150
    for photo in tagged[::9]:
        with Image.open(DEMO / "gallery" / photo.path) as picture:
            packet = picture.info["xmp"].decode()
        assert all(f"<rdf:li>{word}</rdf:li>" in packet for word in photo.keywords)
        assert (f'xmp:Rating="{photo.rating}"' in packet) == (photo.rating is not None)


def test_catalogue_rows_name_pictures_that_exist() -> None:
    text = (DEMO / "shop" / "catalogue.csv").read_text()
    assert text == catalogue_csv(plan_products())
    rows = list(csv.DictReader(text.splitlines()))
    assert len({row["sku"] for row in rows}) == len(rows) == 40
    for row in rows:
        images = row["images"].split(";")
        assert len(images) in (2, 3)
        assert all((DEMO / "shop" / image).is_file() for image in images)
        assert float(row["price"]) > 0
        assert row["colour"] in row["title"]
    lines = (DEMO / "shop" / "catalogue.jsonl").read_text().splitlines()
    by_sku = {row["sku"]: row for row in rows}
    for item in map(json.loads, lines):
        assert item["images"] == by_sku[item["sku"]]["images"].split(";")


def test_views_of_a_product_differ() -> None:
    product = plan_products()[0]
    first, second = (draw_view(product, view, (64, 64)) for view in product.images[:2])
    assert first.tobytes() != second.tobytes()


def test_taxonomy_lists_every_object_once() -> None:
    text = (DEMO / "taxonomy.yaml").read_text()
    assert text == taxonomy_yaml()
    taxonomy = yaml.safe_load(text)
    assert "{}" in taxonomy["template"]
    leaves = [leaf for node in taxonomy["categories"] for leaf in node["children"]]
    assert sorted(leaf["name"] for leaf in leaves) == sorted(THINGS)
    words = [word for leaf in leaves for word in leaf["words"]]
    assert len(set(words)) == len(words)


def test_golden_queries_name_files_that_exist(photos: list[Photo]) -> None:
    assert (DEMO / "golden.yaml").read_text() == golden_yaml(photos)
    queries = read_golden(DEMO / "golden.yaml")
    assert len(queries) >= 40
    for query in queries:
        assert bool(query.text) != (query.image is not None)
        assert query.image is None or query.image.is_file()
        assert all((DEMO / "gallery" / path).is_file() for path in (*query.find, *query.avoid))
        assert 1 <= len(query.find) <= query.top


def test_golden_queries_of_the_shop_find_products_by_their_snapshots() -> None:
    skus = {words_of(product): product.sku for product in plan_products()}
    assert (DEMO / "golden-shop.yaml").read_text() == shop_golden_yaml(skus)
    for query in read_golden(DEMO / "golden-shop.yaml"):
        assert query.image is not None
        assert query.image.is_file()
        assert set(query.find) <= set(skus.values())


def test_only_planted_photos_show_what_golden_queries_look_for(photos: list[Photo]) -> None:
    wanted = {photo.scene.combinations[0] for photo in photos if photo.name is not None}
    chance = [photo for photo in photos if photo.name is None and photo.copy_of is None]
    assert not any(wanted & set(photo.scene.combinations) for photo in chance)
