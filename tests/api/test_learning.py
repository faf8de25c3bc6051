"""Teaching, calibrating, reviewing and examining taxonomies over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from api.assigning import work_off
from indexer.categorising import Categoriser
from tests.api.conftest import Serve
from tests.support.services import N_PICTURES, Service

PETS = "taxonomy: pets\nthreshold: 0.4\ncategories: [cat, dog, {wolf: {words: [dog]}}]"


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve(background_worker=True)


@pytest.fixture
def pets(service: Service) -> list[int]:
    """The taxonomy, assigned; the items' numbers."""
    answer = service.post("/taxonomies", json={"yaml": PETS}).json()
    service.wait_for(answer["job"]["job"])
    hits = service.get("/search", params={"limit": 50}).json()["hits"]
    return sorted(hit["item"] for hit in hits)


def decide(service: Service, op: str, items: list[int], category: str) -> None:
    operation = {"op": op, "items": items, "category": category, "taxonomy": "pets"}
    answer = service.post("/items:batch", json={"operations": [operation]})
    assert answer.status_code == 200, answer.text


def guesses(service: Service, items: list[int]) -> list[Any]:
    found = [service.get(f"/items/{item}").json()["guesses"] for item in items]
    return [[(one["category"], one["probability"]) for one in some] for some in found]


def done(service: Service, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert service.wait_for(body["job"]["job"])["state"] == "done"
    return body


def learnt(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.get("/taxonomies/pets").json()["learnt"]
    return found


def test_a_head_is_tried_taught_and_taken_back(service: Service, pets: list[int]) -> None:
    decide(service, "accept", pets[:6], "cat")
    decide(service, "accept", pets[6:11], "dog")
    before = guesses(service, pets[11:])
    tried = service.post("/taxonomies/pets/teach", json={"dry_run": True}).json()
    assert tried["job"] is None
    head = tried["head"]
    assert (head["labels"], head["classes"], head["fewest"]) == (11, 2, 5)
    assert (head["checked"], head["measure"]) == (11, "accuracy")
    assert 0 <= head["accuracy_before"] <= 1
    assert 0 <= head["accuracy"] <= 1
    assert learnt(service)["head"] is None
    assert learnt(service)["new_decisions"] == 11
    assert done(service, service.post("/taxonomies/pets/teach", json={}))["head"] == head
    assert guesses(service, pets[11:]) != before
    found = learnt(service)
    assert (found["accepted"], found["rejected"], found["new_decisions"]) == (11, 0, 0)
    assert found["head"]["accuracy"] == head["accuracy"]
    decide(service, "reject", pets[11:], "cat")
    assert learnt(service)["new_decisions"] == 1
    decide(service, "forget", pets[11:], "cat")
    undone = done(service, service.post("/taxonomies/pets/teach", json={"undo": True}))
    assert (undone["undone"], undone["head"]) == (True, None)
    assert guesses(service, pets[11:]) == before
    again = service.post("/taxonomies/pets/teach", json={"undo": True})
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


def test_lines_are_drawn_and_what_lacks_labels_is_said(service: Service, pets: list[int]) -> None:
    decide(service, "accept", pets[:6], "cat")
    decide(service, "reject", pets[6:], "cat")
    tried = service.post("/taxonomies/pets/calibrate", json={"dry_run": True, "precision": 0.5})
    found = tried.json()["calibration"]
    assert found["note"].startswith("Too few labels for a temperature: 6")
    assert found["before"] is None
    (line,) = found["thresholds"]
    assert (line["category"], line["positives"], line["negatives"]) == ("cat", 6, N_PICTURES - 6)
    assert line["precision"] >= 0.5
    assert learnt(service)["calibration"] is None
    done(service, service.post("/taxonomies/pets/calibrate", json={"precision": 0.5}))
    assert learnt(service)["calibration"]["thresholds"] == [line]
    done(service, service.post("/taxonomies/pets/calibrate", json={"undo": True}))
    assert learnt(service)["calibration"] is None


def test_chosen_items_become_a_category(service: Service, pets: list[int]) -> None:
    body = {"category": "outside/garden", "items": pets[:4]}
    made = service.post("/taxonomies/mine/examples", json=body).json()
    assert (made["category"], made["accepted"]) == ("outside/garden", 4)
    assert (made["taxonomy"]["mode"], made["taxonomy"]["version"]) == ("multi", 1)
    assert service.get(f"/items/{pets[0]}").json()["categories"].count("outside/garden") == 1
    taught = done(service, service.post("/taxonomies/mine/teach", json={}))
    assert taught["head"]["measure"] == "average_precision"
    more = service.post("/taxonomies/mine/examples", json={**body, "items": pets[:5]}).json()
    assert (more["accepted"], more["taxonomy"]["version"]) == (1, 1)
    other = service.post("/taxonomies/mine/examples", json={"category": "cellar", "items": [1]})
    assert other.json()["taxonomy"]["version"] == 2
    gone = service.post("/taxonomies/mine/examples", json={**body, "items": [10**9]})
    assert gone.status_code == 404


def test_the_least_certain_come_first_until_they_are_decided(
    service: Service, pets: list[int]
) -> None:
    first = service.get("/taxonomies/pets/review", params={"limit": 5}).json()
    assert (len(first["items"]), first["labels"]) == (5, 0)
    top = first["items"][0]
    assert {one["taxonomy"] for one in top["guesses"]} == {"pets"}
    decide(service, "accept", [top["item"]], "dog")
    after = service.get("/taxonomies/pets/review", params={"limit": 5}).json()
    assert after["labels"] == 1
    assert [one["item"] for one in after["items"]][:4] == [
        one["item"] for one in first["items"][1:]
    ]
    of_cats = service.get("/taxonomies/pets/review", params={"category": "cat"}).json()["items"]
    assert all("cat" in [g["category"] for g in one["guesses"]] for one in of_cats)
    unknown = service.get("/taxonomies/pets/review", params={"category": "horse"})
    assert unknown.status_code == 404


def test_health_names_what_does_not_fit(service: Service, pets: list[int]) -> None:
    decide(service, "reject", pets, "cat")
    for other in ("dog", "wolf"):
        decide(service, "reject", pets[:8], other)
    found = service.get("/taxonomies/pets/health").json()
    assert (found["items"], found["without_category"]) == (
        N_PICTURES,
        found["items"] - found["with_category"],
    )
    assert found["without_category"] >= 8
    assert "cat" in found["without_items"]
    pairs = {tuple(one["categories"]): one for one in found["not_told_apart"]}
    assert pairs["dog", "wolf"]["similarity"] == pytest.approx(1, abs=1e-5)
    (cluster,) = found["clusters"]
    assert cluster["items"] == found["without_category"]
    assert len(cluster["examples"]) == 6
    thumb = service.client.get(cluster["examples"][0]["images"]["thumb"])
    assert thumb.status_code == 200
    assert service.get("/taxonomies/pets/health", params={"clusters": 0}).json()["clusters"] == []


def test_many_decisions_teach_again_what_was_taught_before(serve: Serve) -> None:
    service = serve()
    service.post("/taxonomies", json={"yaml": PETS, "assign": False})
    jobs, pets = service.engine.catalogue.job_store, list(range(1, N_PICTURES + 1))
    decide(service, "reject", pets, "wolf")
    decide(service, "accept", pets[:6], "cat")
    decide(service, "accept", pets[6:], "dog")
    assert jobs.n_unended(1) == 0  # Nobody has taught it.
    service.post("/taxonomies/pets/teach", json={})
    decide(service, "accept", pets[::2], "dog")
    decide(service, "reject", pets, "cat")
    decide(service, "accept", pets, "wolf")
    assert jobs.n_unended(1) == 1  # 24 decisions are new: what was taken back does not count.
    decide(service, "reject", pets[:3], "dog")
    assert jobs.n_unended(1) == 2
    decide(service, "reject", pets[3:6], "dog")
    assert jobs.n_unended(1) == 2


def test_a_job_that_teaches_uses_only_what_is_no_worse(serve: Serve) -> None:
    service = serve()
    service.post("/taxonomies", json={"yaml": PETS, "assign": False})
    pets = list(range(1, N_PICTURES + 1))
    decide(service, "accept", pets[:6], "cat")
    decide(service, "accept", pets[6:], "dog")
    categoriser = Categoriser(service.engine.catalogue, 1, lambda _: service.embedder)
    result = work_off(categoriser, {"teach": ["pets"], "taxonomies": ["pets"]})
    (taught,) = result["taught"]
    assert taught["used"] is taught["head"]["is_better"] is (learnt(service)["head"] is not None)
    assert result["taxonomies"][0]["items"] == N_PICTURES


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("/taxonomies/pets/teach", {}, "Nobody has accepted or rejected a category of pets yet."),
        ("/taxonomies/pets/calibrate", {}, "Nobody has accepted or rejected"),
        ("/taxonomies/pets/calibrate", {"undo": True, "precision": 0.9}, "Undo goes with nothing"),
        ("/taxonomies/none/teach", {}, "The gallery has no taxonomy 'none'."),
        ("/taxonomies/pets/examples", {"category": "a//b", "items": [1]}, "is empty"),
    ],
)
def test_what_cannot_be_learnt_is_said(
    service: Service, pets: list[int], path: str, body: dict[str, Any], says: str
) -> None:
    answer = service.post(path, json=body)
    assert answer.status_code in (400, 404)
    assert says in answer.json()["error"]
