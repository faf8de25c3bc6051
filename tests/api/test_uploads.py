"""Adding pictures: taken at once, findable soon, hostile ones refused or recorded."""

from __future__ import annotations

import base64
import io
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from api.uploads import UploadedFile, safe_name
from search.errors import PictureError
from tests.api.conftest import Serve
from tests.support.galleries import draw
from tests.support.services import BASE, N_PICTURES, Service, listening


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return draw(tmp_path / "new.png", 77).read_bytes()


@pytest.fixture
def working(serve: Serve) -> Service:
    return serve(background_worker=True)


def found_item(service: Service, picture: bytes) -> dict[str, object]:
    sent = {"image": ("new.png", picture)}
    hit = service.post("/search", files=sent, data={"limit": "1"}).json()["hits"][0]
    assert hit["score"] > 0.99
    found: dict[str, object] = hit
    return found


def test_upload_of_every_form_becomes_one_item_with_its_tags(
    working: Service, picture: bytes
) -> None:
    form = working.post(
        "/items", files=[("image", ("a/b.png", picture))], data={"tags": "beach, blue sky"}
    )
    assert form.status_code == 202
    assert form.headers["Location"] == f"{BASE}/jobs/{form.json()['job']}"
    done = working.wait_for(form.json()["job"])
    (item,) = done["result"]["items"]
    assert done["result"]["failed"] == []
    hit = found_item(working, picture)
    assert (hit["item"], hit["tags"]) == (item["item"], ["beach", "blue sky"])
    json_body = {"image": base64.b64encode(picture).decode(), "tags": ["json"]}
    as_json = working.post("/items", json=json_body)
    raw = working.post("/items?name=x.png&tag=raw", content=picture)
    assert raw.status_code == 415
    raw = working.post(
        "/items?name=x.png&tag=raw", content=picture, headers={"Content-Type": "image/png"}
    )
    for sent in (as_json, raw):
        same = working.wait_for(sent.json()["job"])["result"]["items"]
        assert same[0]["item"] == item["item"]
    tags = working.get(f"/items/{item['item']}").json()["tags"]
    assert sorted(tags) == ["beach", "blue sky", "json", "raw"]
    assert len(working.get("/search", params={"limit": 50}).json()["hits"]) == N_PICTURES + 1


def test_deleted_picture_that_is_sent_again_is_back(working: Service, picture: bytes) -> None:
    sent = {"image": ("new.png", picture)}
    job = working.post("/items", files=sent).json()["job"]
    item = working.wait_for(job)["result"]["items"][0]["item"]
    working.client.delete(f"{BASE}/items/{item}")
    working.wait_for(working.post("/items", files=sent).json()["job"])
    assert found_item(working, picture)["item"] == item


def test_bad_pictures_are_recorded_and_the_good_ones_beside_them_taken(
    working: Service, picture: bytes
) -> None:
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    files = [
        ("image", ("good.png", picture)),
        ("image", ("cut.png", picture[:200])),
        ("image", ("bomb.png", bomb.getvalue())),
        ("image", ("page.png", b"\x89PNG\r\n\x1a\n<script>alert(1)</script>")),
    ]
    result = working.wait_for(working.post("/items", files=files).json()["job"])["result"]
    assert [one["name"] for one in result["items"]] == ["good.png"]
    assert [one["name"] for one in result["failed"]] == ["cut.png", "bomb.png", "page.png"]
    assert all(one["reason"] for one in result["failed"])
    failures = working.get("/failures").json()
    assert failures["total"] == 3
    assert {one["name"] for one in failures["failures"]} == {"cut.png", "bomb.png", "page.png"}
    assert all(Path(one["uri"]).is_absolute() for one in failures["failures"])


def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    service: Service, picture: bytes
) -> None:
    files = [("image", ("good.png", picture)), ("image", ("run.exe", b"MZ" * 50))]
    refused = service.post("/items", files=files)
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_picture")
    assert not service.engine.settings.uploads_path.exists()
    assert service.post("/items", data={"tags": "a"}, files={"x": b""}).status_code == 400
    assert service.client.post("/v1/galleries/none/items", json={"image": "AAAA"}).status_code in (
        400,
        404,
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("holiday.JPG", "holiday.JPG"),
        ("../../etc/passwd", "passwd.png"),
        ("..\\..\\boot.ini", "boot.ini.png"),
        ("", "picture.png"),
        (".hidden", "hidden.png"),
        ("a\x00b/c\nd.png", "c_d.png"),
        ("con:stream.png", "con_stream.png"),
        ("été 1.png", "été 1.png"),
        ("\udcff.png", "_.png"),
        ("…", "_.png"),
    ],
)
def test_names_of_clients_become_plain_names(name: str, kept: str, picture: bytes) -> None:
    assert safe_name(UploadedFile(name, picture)) == kept


def test_endless_name_is_cut_and_keeps_its_ending(picture: bytes) -> None:
    name = safe_name(UploadedFile("é" * 500 + ".png", picture))
    assert name.endswith(".png")
    assert len(name.encode()) <= 120
    with pytest.raises(PictureError):
        safe_name(UploadedFile("a.png", b""))


def test_body_that_stops_arriving_is_given_up_while_others_are_served(serve: Serve) -> None:
    service = serve(upload_idle_s=0.3)
    with listening(service) as address:
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as slow:
            slow.sendall(
                f"POST {BASE}/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                "Connection: close\r\nContent-Length: 100000\r\n\r\n\x89PNG".encode("latin-1")
            )
            assert httpx.get(f"{address}{BASE}/search").status_code == 200
            slow.settimeout(30)
            answer = b"".join(iter(lambda: slow.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"request_timeout" in answer
