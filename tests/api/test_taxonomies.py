"""Taxonomies over HTTP: imported, assigned, corrected, asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Serve
from tests.support.services import N_PICTURES, Service

# With a threshold of nothing the likeliest is always assigned; what it is is for the hashes to say.
PETS = "taxonomy: pets\nthreshold: 0\ncategories: [animals: {children: [cat, dog]}, sky]"


@pytest.fixture
def service(serve: Serve) -> Service:
    """Assigning is the worker's."""
    return serve(background_worker=True)


def imported(service: Service, text: str = PETS, **other: Any) -> dict[str, Any]:
    answer = service.post("/taxonomies", json={"yaml": text, **other})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    if found["job"]:
        found["job"] = service.wait_for(found["job"]["job"])
        assert found["job"]["state"] == "done", found["job"]
    return found


def test_an_import_is_tried_then_done(service: Service) -> None:
    tried = imported(service, dry_run=True)
    assert (tried["version"], tried["added"]) == (
        None,
        ["animals", "animals/cat", "animals/dog", "sky"],
    )
    assert service.get("/taxonomies").json()["taxonomies"] == []
    (foreseen,) = tried["job"]["result"]["taxonomies"]
    done = imported(service)
    (report,) = done["job"]["result"]["taxonomies"]
    assert (done["version"], report) == (1, foreseen)
    assert report["changed_items"] == N_PICTURES
    (listed,) = service.get("/taxonomies").json()["taxonomies"]
    assert (listed["taxonomy"], listed["categories"], listed["mode"]) == ("pets", 4, "single")
    detail = service.get("/taxonomies/PETS").json()
    assert (
        sum(
            one["items"]
            for one in detail["tree"]
            if "/" in one["category"] or one["category"] == "sky"
        )
        == N_PICTURES
    )
    assert service.post("/taxonomies", json={"yaml": detail["yaml"]}).json()["added"] == []
    newer = imported(service, PETS.replace("dog", "fox"), assign=False)
    assert (newer["version"], newer["job"], newer["removed"]) == (2, None, ["animals/dog"])


def test_items_hits_facets_and_suggestions_have_categories(service: Service) -> None:
    imported(service)
    facets = service.get("/facets").json()["facets"]
    (divided,) = [one for one in facets if one["key"] == "category"]
    for value in divided["values"]:
        assert value["taxonomy"] == "pets"
        hits = service.get("/search", params={"q": value["filter"], "limit": 50}).json()["hits"]
        assert len(hits) == value["count"]
        assert all(hit["categories"][0].startswith(value["value"]) for hit in hits)
    counted = service.get("/facets", params={"q": "red car"}).json()["facets"]
    assert {v["value"]: v["count"] for v in counted[0]["values"]} == {
        v["value"]: v["count"] for v in divided["values"]
    }
    item = service.get(f"/items/{hits[0]['item']}").json()
    assert item["categories"] == hits[0]["categories"]
    assert [one["category"] for one in item["guesses"] if one["assigned"]] == item["categories"]
    assert all(0 <= one["probability"] <= 1 for one in item["guesses"])
    said = service.get("/suggest", params={"q": "category:do"}).json()["suggestions"]
    (dog,) = [one for one in said if one["insert"] == 'category:"pets:animals/dog"']
    assert (dog["kind"], dog["taxonomy"]) == ("category", "pets")


def test_a_path_in_two_taxonomies_is_two_categories(service: Service) -> None:
    imported(service)
    imported(service, "taxonomy: weather\nthreshold: 0\ncategories: [sky, rain]")
    both = [("sky", "pets"), ("sky", "weather")]
    for typed, wanted in {"category:sk": both, "sk": both, "category:weather:sk": both[1:]}.items():
        said = service.get("/suggest", params={"q": typed}).json()["suggestions"]
        assert [(one["text"], one["taxonomy"]) for one in said] == wanted
    n_of = {}
    for box in ("", "a picture"):
        facets = service.get("/facets", params={"q": box}).json()["facets"]
        (divided,) = [one["values"] for one in facets if one["key"] == "category"]
        n_of[box] = {(one["value"], one["taxonomy"]): one["count"] for one in divided}
        for value in divided:
            asked = {"q": value["filter"], "limit": 50}
            hits = service.get("/search", params=asked).json()["hits"]
            assert len(hits) == value["count"]
    assert n_of[""] == n_of["a picture"]
    assert sum(n for (_, name), n in n_of[""].items() if name == "weather") == N_PICTURES
    either = service.get("/search", params={"q": "category:sky", "limit": 50}).json()["hits"]
    apart = [n_of[""].get(("sky", name), 0) for name in ("pets", "weather")]
    assert max(apart) <= len(either) <= sum(apart)
    operation = {"op": "accept", "items": [1], "category": "sky", "taxonomy": "weather"}
    answer = service.post("/items:batch", json={"operations": [operation]})
    assert answer.json()["undo"][0]["taxonomy"] == "weather"


def test_undo_brings_back_what_each_item_had_before(service: Service) -> None:
    imported(service)
    items = [hit["item"] for hit in service.get("/search", params={"limit": 3}).json()["hits"]]

    def perform(*operations: dict[str, Any]) -> list[dict[str, Any]]:
        answer = service.post("/items:batch", json={"operations": operations})
        assert answer.status_code == 200, answer.text
        undo: list[dict[str, Any]] = answer.json()["undo"]
        return undo

    def said() -> list[dict[str, str]]:
        guesses = [service.get(f"/items/{item}").json()["guesses"] for item in items]
        return [{one["category"]: one["verdict"] for one in some} for some in guesses]

    perform(
        {"op": "accept", "items": items[:1], "category": "cat"},
        {"op": "reject", "items": items[1:2], "category": "dog"},
    )
    before = said()
    undo = perform({"op": "accept", "items": items, "category": "dog"})
    assert said() != before
    again = perform(*undo)
    assert said() == before
    perform(*again)
    assert [one.get("animals/dog") for one in said()] == ["accept"] * 3
    assert perform({"op": "add_tags", "items": items, "tags": ["x"]}) == []


def test_tags_and_guesses_of_an_item_come_together(service: Service) -> None:
    imported(service)
    patched = service.client.patch("/v1/galleries/default/items/1", json={"add_tags": ["x"]})
    assert patched.json() == service.get("/items/1").json()
    assert patched.json()["guesses"]


def test_people_decide_in_batches(service: Service) -> None:
    imported(service)
    items = [hit["item"] for hit in service.get("/search", params={"limit": 3}).json()["hits"]]

    def decide(op: str, **other: Any) -> Any:
        operation = {"op": op, "items": items, **other}
        return service.post("/items:batch", json={"operations": [operation]})

    def categories() -> list[list[str]]:
        return [service.get(f"/items/{item}").json()["categories"] for item in items]

    guessed = categories()
    assert decide("accept", category="sky").json()["results"] == [{"op": "accept", "changed": 3}]
    assert categories() == [["sky"]] * 3
    assert decide("relabel", category="cat", instead_of="sky").status_code == 200
    assert categories() == [["animals/cat"]] * 3
    verdicts = {
        one["category"]: one["verdict"]
        for one in service.get(f"/items/{items[0]}").json()["guesses"]
    }
    assert (verdicts["animals/cat"], verdicts["sky"]) == ("accept", "reject")
    guesses = service.get(f"/items/{items[0]}").json()["guesses"]
    assert [one["category"] for one in guesses if one["effective"]] == ["animals/cat"]
    for category in ("cat", "sky"):
        decide("forget", category=category)
    assert categories() == guessed
    decide("reject", category="animals")
    decide("reject", category="sky", taxonomy="pets")
    assert categories() == [[]] * 3
    unknown = decide("accept", category="horse")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert decide("accept", category="sky", instead_of="cat").status_code == 400


def test_uploads_get_categories(service: Service, shelf: Any) -> None:
    imported(service)
    new = b"".join([shelf.picture(0), b"\0"])
    answer = service.post("/items", files={"image": ("new.png", new, "image/png")})
    job = service.wait_for(answer.json()["job"])
    item = job["result"]["items"][0]["item"]
    assert len(service.get(f"/items/{item}").json()["categories"]) == 1


def test_a_taxonomy_is_switched_off_and_assigned_again(service: Service) -> None:
    imported(service)
    removed = service.client.delete("/v1/galleries/default/taxonomies/pets")
    assert removed.json()["active"] is False
    assert service.get("/search", params={"q": "category:animals"}).json()["hits"] == []
    job = service.post("/taxonomies/pets/assign").json()["job"]
    assert service.wait_for(job)["state"] == "done"


def test_a_bad_file_is_refused_with_the_place(service: Service) -> None:
    answer = service.post("/taxonomies", json={"yaml": "taxonomy: x\ncategories: [1]"})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("categories[0] must be a text")
    assert service.post("/taxonomies", json={}).status_code == 400
    assert service.get("/taxonomies/none").status_code == 404
