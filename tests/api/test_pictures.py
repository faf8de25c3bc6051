"""Pictures of items: small ones made once, originals as they are, nothing of what is deleted."""

from __future__ import annotations

import io
import os
import signal
import zipfile
from pathlib import Path

from PIL import Image

from api.pictures.previews import FORMAT_VERSION
from tests.api.conftest import Serve
from tests.support.galleries import GalleryUnderTest, draw
from tests.support.services import BASE, Service, Shelf, running


def test_thumbnail_is_small_webp_made_once_and_kept_for_ever(service: Service) -> None:
    hit = service.get("/search", params={"limit": 1}).json()["hits"][0]
    first = service.client.get(hit["images"]["thumb"])
    assert first.headers["Content-Type"] == "image/webp"
    assert "immutable" in first.headers["Cache-Control"]
    assert Image.open(io.BytesIO(first.content)).size == (hit["width"], hit["height"])
    made = sorted(service.engine.settings.previews_path.rglob("*.webp"))
    stamps = [path.stat().st_mtime_ns for path in made]
    assert len(made) == 1
    assert service.client.get(hit["images"]["thumb"]).status_code == 200
    assert [path.stat().st_mtime_ns for path in made] == stamps
    again = {"If-None-Match": first.headers["ETag"]}
    unchanged = service.client.get(hit["images"]["thumb"], headers=again)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    unnamed = service.get("/items/1/image")
    assert "no-cache" in unnamed.headers["Cache-Control"]


def test_copy_of_a_picture_is_known_by_its_tag_and_by_a_star(unchanged: Service) -> None:
    def asked(size: str, known: str, item: int = 1) -> int:
        path = f"/items/{item}/image?size={size}"
        return unchanged.get(path, headers={"If-None-Match": known}).status_code

    for size in ("thumb", "preview", "original"):
        tag = unchanged.get(f"/items/1/image?size={size}").headers["ETag"]
        for known in ("*", tag, f"W/{tag}", f'"other", {tag}'):
            assert asked(size, known) == 304, (size, known)
        assert asked(size, '"other"') == 200
        assert asked(size, tag.replace('"', "")) == 200
    assert asked("thumb", "*", item=99) == 404


def test_picture_made_another_way_is_not_taken_for_the_copy_that_caches_hold(
    unchanged: Service,
) -> None:
    images = unchanged.get("/items/1").json()["views"][0]["images"]
    thumb = unchanged.client.get(images["thumb"])
    version = f"v{FORMAT_VERSION}"
    assert version in thumb.headers["ETag"]
    for size in ("thumb", "preview"):
        assert f"made={FORMAT_VERSION}" in images[size]
    before = thumb.headers["ETag"].replace(version, f"v{FORMAT_VERSION - 1}")
    stale = unchanged.client.get(images["thumb"], headers={"If-None-Match": before})
    assert stale.status_code == 200
    for old in (f"made={FORMAT_VERSION - 1}", "size=thumb"):
        address = images["thumb"].replace(f"made={FORMAT_VERSION}", old)
        assert "no-cache" in unchanged.client.get(address).headers["Cache-Control"]
    original = unchanged.client.get(images["original"])
    assert version not in original.headers["ETag"]
    assert "immutable" in original.headers["Cache-Control"]


def test_preview_is_made_when_it_is_asked_for(service: Service) -> None:
    hit = service.get("/search", params={"limit": 1}).json()["hits"][0]

    def n_made_after(size: str) -> int:
        assert service.client.get(hit["images"][size]).status_code == 200
        return len(list(service.engine.settings.previews_path.rglob("*.webp")))

    assert [n_made_after(size) for size in ("thumb", "preview", "preview")] == [1, 2, 2]


def test_sizes_keep_the_shape_and_never_enlarge(serve: Serve, home: Path, tmp_path: Path) -> None:
    gallery = GalleryUnderTest(home, tmp_path / "photos")
    wide = Image.new("RGB", (3000, 1000), "red")
    wide.save(gallery.photos / "wide.jpg")
    gallery.run()
    gallery.close()
    with running(gallery.settings.model_copy(update={"background_worker": False})) as service:
        sizes = {
            size: Image.open(io.BytesIO(service.get(f"/items/1/image?size={size}").content)).size
            for size in ("thumb", "preview", "original")
        }
    assert sizes == {"thumb": (512, 171), "preview": (1600, 533), "original": (3000, 1000)}


def test_thumbnail_has_no_edge_that_the_picture_lacks(home: Path, tmp_path: Path) -> None:
    gallery = GalleryUnderTest(home, tmp_path / "photos")
    sizes = [(480, 320), (320, 480), (480, 321), (700, 467), (30, 11)]
    for number, size in enumerate(sizes):
        Image.new("RGB", size, (20 + number, 20, 20)).save(gallery.photos / f"{number}.png")
    gallery.run()
    gallery.close()
    with running(gallery.settings.model_copy(update={"background_worker": False})) as service:
        for item in range(1, len(sizes) + 1):
            thumb = service.get(f"/items/{item}/image?size=thumb").content
            brightest = Image.open(io.BytesIO(thumb)).convert("L").getextrema()[1]
            assert brightest < 40


def test_original_is_the_file_byte_for_byte(unchanged: Service, shelf: Shelf) -> None:
    item = unchanged.get("/search", params={"q": "filename:p03.png"}).json()["hits"][0]
    original = unchanged.client.get(item["images"]["original"])
    assert original.content == shelf.picture(3)
    assert original.headers["Content-Type"] == "image/png"
    assert "p03.png" in original.headers["Content-Disposition"]
    part = unchanged.client.get(item["images"]["original"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, shelf.picture(3)[:10])


def test_pictures_in_archives_are_shown_and_handed_out(home: Path, tmp_path: Path) -> None:
    gallery = GalleryUnderTest(home, tmp_path / "photos")
    content = draw(tmp_path / "inside.png", 5).read_bytes()
    with zipfile.ZipFile(gallery.photos / "a.zip", "w") as archive:
        archive.writestr("deep/inside.png", content)
    gallery.run()
    gallery.close()
    with running(gallery.settings.model_copy(update={"background_worker": False})) as service:
        assert service.get("/items/1/image").status_code == 200
        assert service.get("/items/1/image?size=original").content == content


def test_nothing_is_shown_of_deleted_items_and_of_other_items_views(service: Service) -> None:
    assert service.get("/items/1/image?view=2").status_code == 404
    assert service.get("/items/1/image?size=huge").status_code == 422
    service.client.delete(f"{BASE}/items/1")
    assert service.get("/items/1/image").status_code == 404


def test_original_that_is_gone_is_told_and_its_thumbnail_stays(home: Path, tmp_path: Path) -> None:
    gallery = GalleryUnderTest(home, tmp_path / "photos")
    for number in (1, 2):
        gallery.draw(f"{number}.png", number)
    gallery.run()
    gallery.close()
    with running(gallery.settings.model_copy(update={"background_worker": False})) as service:
        assert service.get("/items/1/image").status_code == 200
        for number in (1, 2):
            (gallery.photos / f"{number}.png").unlink()
        assert service.get("/items/1/image").status_code == 200
        refused = service.get("/items/2/image")
        assert (refused.status_code, refused.json()["code"]) == (400, "bad_picture")
        assert service.get("/items/1/image?size=original").status_code == 400


def test_decoding_process_that_died_while_idle_costs_no_picture(
    service: Service, shelf: Shelf
) -> None:
    def search(number: int) -> int:
        sent = {"image": ("a.png", shelf.picture(number))}
        return service.post("/search", files=sent).status_code

    assert search(1) == 200
    for pid in service.engine.decoder.idle_pids:
        os.kill(pid, signal.SIGKILL)
    assert search(2) == 200


def test_head_of_a_picture_is_what_get_answers_without_the_picture(unchanged: Service) -> None:
    path = "/items/1/image?size=original"
    got, head = unchanged.get(path), unchanged.client.head(BASE + path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
        assert head.headers[name] == got.headers[name]
    assert unchanged.client.head(BASE + "/items/99/image").status_code == 404
    assert unchanged.client.head("/health/live").status_code == 200
