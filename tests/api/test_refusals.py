"""Every refusal has one shape, and tells what to do."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from PIL import Image

from tests.api.conftest import Serve
from tests.support.services import BASE, Service

SEARCH = f"{BASE}/search"
FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/nothing/here", {}, 404, "not_found"),
        ("PUT", SEARCH, {}, 405, "method_not_allowed"),
        ("GET", "/v1/galleries/none/search", {}, 404, "not_found"),
        ("GET", f"{BASE}/items/99", {}, 404, "not_found"),
        ("GET", f"{BASE}/items/zero", {}, 422, "invalid"),
        ("GET", f"{BASE}/items/99999999999999999999", {}, 422, "invalid"),
        ("GET", f"{SEARCH}?limit=0", {}, 422, "invalid"),
        ("GET", f"{SEARCH}?q=tag:", {}, 400, "filter_syntax"),
        ("GET", f"{SEARCH}?cursor=abc", {}, 400, "usage"),
        ("POST", SEARCH, {"content": b"{", "type": "application/json"}, 422, "invalid"),
        ("POST", SEARCH, {"content": b"\xff", "type": "application/json"}, 422, "invalid"),
        ("POST", SEARCH, {"json": {"terms": [{"txt": "a"}]}}, 422, "invalid"),
        ("POST", SEARCH, {"json": {"terms": [{"text": "a", "weight": 1e9}]}}, 422, "invalid"),
        ("POST", SEARCH, {"content": b"hello", "type": "text/plain"}, 415, "unsupported_media"),
        ("POST", SEARCH, {"content": b"hello", "type": "multipart/form-data"}, 400, "usage"),
        ("POST", SEARCH, {"content": b"hello", "type": FORM}, 400, "usage"),
        ("POST", SEARCH, {"data": {"image": "text"}, "files": {"x": b""}}, 400, "usage"),
        ("POST", SEARCH, {"files": {"image": ("a.png", b"")}}, 400, "bad_picture"),
        ("POST", SEARCH, {"files": {"image": ("a.png", b"junk")}}, 400, "bad_picture"),
        ("POST", SEARCH, {"json": {"terms": [{"image": "????"}]}}, 400, "bad_picture"),
        ("POST", f"{BASE}/items:batch", {"content": b"\0"}, 422, "invalid"),
        ("PATCH", f"{BASE}/items/1", {"json": {"title": "x"}}, 422, "invalid"),
        ("POST", f"{BASE}/classify", {"json": {"labels": ["a"]}}, 400, "usage"),
        (
            "POST",
            f"{BASE}/classify",
            {"files": {"image": b""}, "data": {"labels": "a"}},
            400,
            "bad_picture",
        ),
        ("GET", f"{BASE}/jobs/none", {}, 404, "not_found"),
        ("DELETE", "/v1/keys/1", {}, 404, "not_found"),
        ("POST", "/hf/image-classification", {"content": b""}, 400, "usage"),
    ],
)
def test_refusal_is_a_sentence_a_word_and_a_hint(
    unchanged: Service, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    options = dict(options)
    headers = {"Content-Type": options.pop("type")} if "type" in options else {}
    response = unchanged.client.request(method, path, headers=headers, **options)
    assert (response.status_code, response.json()["code"]) == (status, code), response.text
    assert set(response.json()) == {"error", "code", "hint"}
    assert response.headers["X-Request-Id"]
    assert "X-Sightline-Code" not in response.headers


def test_body_beyond_the_limit_is_refused_before_it_is_read(serve: Serve) -> None:
    service = serve(upload_limit_bytes=10_000)
    refused = service.post("/search", content=b"x" * 20_000)
    assert (refused.status_code, refused.json()["code"]) == (413, "request_too_large")

    unannounced = (b"x" * 4096 for _ in range(5))
    refused = service.post("/items", content=unannounced, headers={"Content-Type": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (413, "request_too_large")


def test_picture_that_would_be_huge_is_refused_by_its_header(serve: Serve) -> None:
    service = serve(limit_pixels=10_000)
    written = io.BytesIO()
    Image.new("1", (4000, 4000)).save(written, "PNG")
    refused = service.post("/search", files={"image": ("big.png", written.getvalue())})
    assert refused.status_code in (400, 413)
    assert "pixels allowed" in refused.json()["error"]


def test_fault_says_nothing_of_the_inside(serve: Serve) -> None:
    service = serve()
    app: FastAPI = service.app

    async def boom() -> None:
        raise RuntimeError("password=swordfish")

    app.router.routes.insert(0, APIRoute("/boom", boom))
    response = service.client.get("/boom")
    assert response.status_code == 500
    assert response.json()["code"] == "internal"
    assert "swordfish" not in response.text
    assert "Content-Security-Policy" in response.headers


def test_errors_are_counted_by_their_word(service: Service) -> None:
    service.client.get("/nothing")
    figures = service.client.get("/metrics").text
    assert 'sightline_errors_total{code="not_found"} 1.0' in figures
    assert "sightline_request_seconds_bucket" in figures


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", SEARCH, {"GET", "HEAD", "POST"}),
        ("PUT", f"{BASE}/items/1", {"DELETE", "GET", "HEAD", "PATCH"}),
        ("GET", "/hf/image-classification", {"POST"}),
        ("POST", "/health/live", {"GET", "HEAD"}),
    ],
)
def test_refused_method_is_told_which_ones_there_are(
    unchanged: Service, method: str, path: str, allowed: set[str]
) -> None:
    refused = unchanged.client.request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("/search", {"terms": [{"item": -1}]}, "terms.0.item.item: Input should be greater"),
        ("/search", {"terms": [{"image": "!"}]}, "terms.0.image.image: String should have at"),
        ("/search", {"terms": [{}]}, "terms.0: A term is an object with one of text, item and"),
        ("/search", {"terms": ["dog"]}, "terms.0: A term is an object with one of text, item and"),
        ("/items:batch", {"operations": [{"op": "tag"}]}, "operations.0: 'tag' is none of 'add_"),
        ("/items:batch", {"operations": [{"items": [1]}]}, "operations.0: 'op' is missing."),
        ("/items:batch", "[", "The body is not JSON: "),
        ("/search", "{", "The body is not JSON: "),
    ],
)
def test_refused_body_is_told_what_is_wrong_with_what_it_was_meant_as(
    unchanged: Service, path: str, body: Any, sentence: str
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    refused = unchanged.post(path, content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert refused.json()["error"].startswith(sentence)
