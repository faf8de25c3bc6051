"""Closed-set classifiers over HTTP: only those that an administrator names."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.api.conftest import Serve
from tests.classifiers.conftest import CLASSES, organs
from tests.support.services import Shelf

__all__ = ["organs"]


def test_a_named_classifier_answers_with_its_own_classes(
    serve: Serve, shelf: Shelf, organs: Path
) -> None:
    spec = f"timm:test_resnet@{organs}"
    image = shelf.picture(0)
    encoded = base64.b64encode(image).decode()
    service = serve(classifiers=(spec,))
    answer = service.post("/classify", json={"image": encoded, "classifier": spec}).json()
    assert {one["label"] for one in answer["labels"]} == set(CLASSES)
    assert sum(one["probability"] for one in answer["labels"]) == pytest.approx(1)
    assert answer["space"] == spec
    assert service.client.get("/v1/models").json()["classifiers"] == [spec]
    form = service.post(
        "/classify", files={"image": image}, data={"classifier": spec, "top_k": "1"}
    ).json()
    assert form["labels"] == answer["labels"][:1]

    other = service.post("/classify", json={"image": encoded, "classifier": "timm:resnet50"})
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    assert spec in other.json()["hint"]
    for wrong in (
        {"image": encoded},
        {"image": encoded, "classifier": spec, "labels": ["cat"]},
        {"item": 1, "classifier": spec},
    ):
        refused = service.post("/classify", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "usage")


def test_without_the_setting_no_classifier_is_offered(serve: Serve, shelf: Shelf) -> None:
    encoded = base64.b64encode(shelf.picture(0)).decode()
    answer = serve().post(
        "/classify", json={"image": encoded, "classifier": "timm:resnet50@/etc/passwd"}
    )
    assert answer.status_code == 404
    assert "SIGHTLINE_CLASSIFIERS" in answer.json()["hint"]
