"""Classifying a picture by its address, over a real server: only from hosts that are allowed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.conftest import Serve
from tests.classifiers.conftest import organs
from tests.support.services import Service, Shelf
from tests.support.web import serve_picture

__all__ = ["organs"]

LABELS = {"labels": ["cat", "dog", "tree"]}


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def address(shelf: Shelf, asked: list[str]) -> Iterator[str]:
    with serve_picture(shelf.picture(3), asked) as port:
        yield f"http://localhost:{port}"


def trusting(service: Service) -> Service:
    """The service, which takes this machine's own address for a public one."""
    service.engine.fetcher = replace(service.engine.fetcher, may_connect=lambda _: True)
    return service


def test_an_address_is_answered_as_the_picture_itself(
    serve: Serve, shelf: Shelf, address: str
) -> None:
    service = trusting(serve(url_hosts=("localhost",)))
    image = base64.b64encode(shelf.picture(3)).decode()
    sent = service.post("/classify", json={"image": image, **LABELS})
    for url in (f"{address}/a.png", f"{address}/hop/2/a.png"):
        fetched = service.post("/classify", json={"url": url, **LABELS})
        assert (fetched.status_code, fetched.json()) == (200, sent.json())


def test_a_classifier_looks_at_an_address_too(serve: Serve, address: str, organs: Path) -> None:
    spec = f"timm:test_resnet@{organs}"
    service = trusting(serve(url_hosts=("localhost",), classifiers=(spec,)))
    answer = service.post("/classify", json={"url": f"{address}/a.png", "classifier": spec})
    assert answer.json()["space"] == spec


def test_hosts_that_nobody_allowed_are_not_asked(
    service: Service, address: str, asked: list[str]
) -> None:
    refused = trusting(service).post("/classify", json={"url": f"{address}/a.png", **LABELS})
    assert (refused.status_code, refused.json()["code"]) == (400, "usage")
    assert refused.json()["error"] == "No picture may be fetched from localhost."
    assert "SIGHTLINE_URL_HOSTS" in refused.json()["hint"]
    assert asked == []


def test_an_allowed_host_with_a_private_address_is_not_asked(
    serve: Serve, address: str, asked: list[str]
) -> None:
    service = serve(url_hosts=("localhost",))
    refused = service.post("/classify", json={"url": f"{address}/a.png", **LABELS})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_picture")
    assert refused.json()["error"] == "localhost leads to no public address."
    assert asked == []


@pytest.mark.parametrize(
    ("path", "limit", "status", "says"),
    [
        ("/none", 10**6, 400, "localhost answers 404"),
        ("/to/http://127.0.0.1/a.png", 10**6, 400, "No picture may be fetched from 127.0.0.1"),
        ("/a.png", 100, 413, "more than 100 bytes"),
    ],
)
def test_what_comes_instead_of_a_picture_is_said(
    serve: Serve, address: str, path: str, limit: int, status: int, says: str
) -> None:
    service = trusting(serve(url_hosts=("localhost",)))
    service.engine.fetcher = replace(service.engine.fetcher, limit_bytes=limit)
    refused = service.post("/classify", json={"url": f"{address}{path}", **LABELS})
    assert refused.status_code == status
    assert says in refused.json()["error"]


def test_a_request_that_makes_no_sense_fetches_nothing(
    serve: Serve, address: str, asked: list[str]
) -> None:
    service = trusting(serve(url_hosts=("localhost",)))
    for wrong in ({}, {"item": 1, **LABELS}, {**LABELS, "taxonomy": "everyday"}):
        refused = service.post("/classify", json={"url": f"{address}/a.png", **wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "usage")
    assert asked == []
