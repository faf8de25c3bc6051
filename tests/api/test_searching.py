"""Searching over HTTP: by words, pictures, items and filters, page by page."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import Cursor
from search.bootstrap import open_catalogue
from search.errors import UsageError
from search.settings import Settings
from tests.support.embedders import hashing_space
from tests.support.services import BASE, N_PICTURES, Service, Shelf, running


def _pages(service: Service, **query: Any) -> list[int]:
    """Items of all pages of a search, in order."""
    items: list[int] = []
    cursor = None
    while True:
        parameters = query | ({"cursor": cursor} if cursor else {})
        answer = service.get("/search", params=parameters).json()
        items += [hit["item"] for hit in answer["hits"]]
        cursor = answer["next"]
        if cursor is None:
            return items


def test_words_rank_every_item_once_best_first(unchanged: Service) -> None:
    answer = unchanged.get("/search", params={"q": "red car", "limit": 50}).json()
    scores = [hit["score"] for hit in answer["hits"]]
    assert len(scores) == N_PICTURES
    assert scores == sorted(scores, reverse=True)
    assert answer["next"] is None
    assert answer["exact"] is True


@pytest.mark.parametrize("limit", [1, 4, 5, 12])
def test_pages_are_the_whole_answer_cut(unchanged: Service, limit: int) -> None:
    whole = unchanged.get("/search", params={"q": "red car", "limit": 50}).json()["hits"]
    assert _pages(unchanged, q="red car", limit=limit) == [hit["item"] for hit in whole]


def test_without_words_everything_is_listed(unchanged: Service) -> None:
    assert _pages(unchanged, limit=5) == sorted(_pages(unchanged, limit=5))
    assert len(_pages(unchanged, limit=5)) == N_PICTURES


def test_what_goes_and_comes_between_pages_neither_repeats_nor_hides_others(
    service: Service,
) -> None:
    whole = _pages(service, q="red car", limit=50)
    first = service.get("/search", params={"q": "red car", "limit": 5}).json()
    gone = [*whole[:4], whole[7]]
    operation = {"op": "delete", "items": gone}
    service.post("/items:batch", json={"operations": [operation]})
    second = service.get(
        "/search", params={"q": "red car", "limit": 3, "cursor": first["next"]}
    ).json()
    assert [hit["item"] for hit in second["hits"]] == [whole[5], whole[6], whole[8]]
    service.post("/items:batch", json={"operations": [operation | {"op": "undelete"}]})
    third = service.get(
        "/search", params={"q": "red car", "limit": 50, "cursor": second["next"]}
    ).json()
    assert [hit["item"] for hit in third["hits"]] == whole[9:]


def test_cursor_of_another_query_is_refused(unchanged: Service) -> None:
    cursor = unchanged.get("/search", params={"q": "red", "limit": 1}).json()["next"]
    refused = unchanged.get("/search", params={"q": "blue", "limit": 1, "cursor": cursor})
    assert refused.status_code == 400
    assert "another query" in refused.json()["error"]


@given(st.text(max_size=80))
def test_cursor_that_we_never_gave_cannot_be_read(text: str) -> None:
    with pytest.raises(UsageError):
        Cursor.from_text(text)


@given(
    st.builds(
        Cursor,
        st.text(max_size=9),
        st.text(max_size=9),
        st.text(max_size=9),
        st.integers(0, 2**62),
        st.tuples(st.floats(-1, 1), st.integers(0, 2**62)),
        st.integers(0, 2**62),
    )
)
def test_cursor_reads_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.from_text(cursor.to_text()) == cursor


def test_picture_finds_itself(unchanged: Service, shelf: Shelf) -> None:
    sent = {"image": ("mine.png", shelf.picture(3))}
    answer = unchanged.post("/search", files=sent, data={"limit": "1"}).json()
    assert answer["hits"][0]["uri"] == str(shelf.photos / "p03.png")
    assert answer["hits"][0]["score"] > 0.99


def test_picture_may_be_the_body_itself_with_parameters_in_the_address(
    unchanged: Service, shelf: Shelf
) -> None:
    def ask(kind: str, **parameters: Any) -> Any:
        headers, content = {"Content-Type": kind}, shelf.picture(3)
        return unchanged.post("/search", content=content, headers=headers, params=parameters)

    asked = {"q": "red", "where": "-filename:p00.png", "limit": 2, "box": "0,0,0.5,0.5"}
    form = unchanged.post("/search", files={"image": ("a.png", shelf.picture(3))}, data=asked)
    for kind in ("image/png", "Image/PNG; x=y", "application/octet-stream"):
        assert ask(kind, **asked).json()["hits"] == form.json()["hits"]
    first = ask("image/png", limit=1).json()
    assert first["hits"][0]["uri"] == str(shelf.photos / "p03.png")
    (second,) = ask("image/png", limit=1, cursor=first["next"]).json()["hits"]
    assert second["item"] != first["hits"][0]["item"]
    for broken in ({"limit": 0}, {"box": "0,0,9,9"}, {"where": "price:<cheap"}):
        assert ask("image/png", **broken).status_code in (400, 422), broken
    assert ask("application/x-www-form-urlencoded").status_code == 415
    broken_picture = unchanged.post(
        "/search", content=b"no picture", headers={"Content-Type": "image/png"}
    )
    assert (broken_picture.status_code, broken_picture.json()["code"]) == (400, "bad_picture")


def test_parameters_in_the_address_of_another_body_are_refused_not_dropped(
    unchanged: Service,
) -> None:
    refused = unchanged.post("/search", json={"q": "red"}, params={"limit": 3})
    assert (refused.status_code, refused.json()["code"]) == (400, "usage")
    assert "limit" in refused.json()["error"]


def test_box_searches_for_the_part_inside_it(unchanged: Service, shelf: Shelf) -> None:
    def best(box: str) -> tuple[str, float]:
        sent = {"image": ("mine.png", shelf.picture(3))}
        answer = unchanged.post("/search", files=sent, data={"box": box, "limit": "1"})
        assert answer.status_code == 200, answer.text
        return answer.json()["hits"][0]["uri"], answer.json()["hits"][0]["score"]

    assert best("0,0,0.5,0.5")[1] < 0.99
    for broken in ("1,1,1,1", "0,0,0,0", "a,b,c,d", "0,0,1", "nan,0,1,1", "0,0,9,9"):
        sent = {"image": ("mine.png", shelf.picture(3))}
        refused = unchanged.post("/search", files=sent, data={"box": broken})
        assert refused.status_code == 400, broken


def test_words_pictures_and_items_are_one_query(unchanged: Service, shelf: Shelf) -> None:
    terms = [
        {"image": base64.b64encode(shelf.picture(3)).decode(), "weight": 2},
        {"item": 5},
        {"text": "people", "weight": -0.5},
    ]
    body = {"q": "red -blue", "terms": terms, "where": "-filename:p00.png", "limit": 50}
    answer = unchanged.post("/search", json=body)
    assert answer.status_code == 200, answer.text
    found = [hit["item"] for hit in answer.json()["hits"]]
    assert len(found) == N_PICTURES - 2
    assert 5 not in found


def test_same_picture_is_decoded_and_embedded_once(service: Service, shelf: Shelf) -> None:
    assert service.engine.wait_until_ready(60)
    embedder = service.embedder
    before = (embedder.n_pictures, embedder.n_texts)
    for _ in range(3):
        service.post("/search", files={"image": ("mine.png", shelf.picture(3))})
        service.get("/search", params={"q": "red car"})
    assert (embedder.n_pictures - before[0], embedder.n_texts - before[1]) == (1, 1)


def test_similar_leaves_the_item_itself_out(unchanged: Service) -> None:
    answer = unchanged.get("/items/4/similar", params={"limit": 50}).json()
    assert len(answer["hits"]) == N_PICTURES - 1
    assert unchanged.get("/items/999/similar").status_code == 404


def test_filters_are_those_of_the_search_box(service: Service) -> None:
    service.client.patch(f"{BASE}/items/4", json={"add_tags": ["Beach"]})
    assert _pages(service, q="tag:beach") == [4]
    assert _pages(service, where="tag:beach") == [4]
    assert _pages(service, q="red tag:beach") == [4]
    refused = service.get("/search", params={"q": "price:<cheap"})
    assert refused.status_code == 400
    assert refused.json()["code"] == "filter_syntax"


def test_change_is_found_by_the_next_search(service: Service) -> None:
    service.client.delete(f"{BASE}/items/4")
    assert 4 not in _pages(service, q="red")
    service.post("/items:batch", json={"operations": [{"op": "undelete", "items": [4]}]})
    assert 4 in _pages(service, q="red")


def test_suggestions_go_on_with_the_last_word(service: Service) -> None:
    service.client.patch(f"{BASE}/items/4", json={"add_tags": ["Beach day", "blue"]})

    def inserts(typed: str) -> list[str]:
        found = service.get("/suggest", params={"q": typed}).json()["suggestions"]
        return [one["insert"] for one in found]

    assert inserts("red bea") == ['tag:"Beach day"']
    assert inserts("red -tag:b") == ['-tag:"Beach day"', "-tag:blue"]
    assert inserts("file") == ["filename:"]
    assert inserts("filename:P0")[:1] == ["filename:p00.png"] or inserts("filename:P0")
    assert inserts("kind:ph") == ["kind:photo"]
    for suggestion in inserts("tag:") + inserts("filename:p0"):
        assert _pages(service, q=suggestion)


def test_facets_count_what_the_filter_matches_and_narrow_to_it(service: Service) -> None:
    for item in (3, 4):
        service.client.patch(f"{BASE}/items/{item}", json={"add_tags": ["beach"]})
    answer = service.get("/facets").json()
    assert (answer["of"], answer["complete"]) == (N_PICTURES, True)
    (tag,) = [facet for facet in answer["facets"] if facet["key"] == "tag"]
    beach = {"value": "beach", "count": 2, "filter": "tag:beach", "taxonomy": ""}
    assert tag["values"] == [beach]
    for facet in answer["facets"]:
        for value in facet["values"]:
            assert len(_pages(service, q=value["filter"])) == value["count"]
    assert service.get("/facets", params={"q": "red tag:beach"}).json()["of"] == 2


def test_facets_count_what_pictures_and_items_find(service: Service, shelf: Shelf) -> None:
    service.client.patch(f"{BASE}/items/4", json={"add_tags": ["beach"]})
    image = base64.b64encode(shelf.picture(3)).decode()
    answer = service.post("/facets", json={"terms": [{"image": image}]}).json()
    assert (answer["of"], answer["complete"]) == (N_PICTURES, False)
    (tag,) = [facet for facet in answer["facets"] if facet["key"] == "tag"]
    beach = {"value": "beach", "count": 1, "filter": "tag:beach", "taxonomy": ""}
    assert tag["values"] == [beach]
    narrowed = {"terms": [{"item": 5}], "q": "tag:beach", "where": "kind:photo"}
    assert service.post("/facets", json=narrowed).json()["of"] == 1
    refused = service.post("/facets", json={"terms": [{"item": 99}]})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_models_worth_choosing_from_are_named(unchanged: Service) -> None:
    models = unchanged.client.get("/v1/models").json()["models"]
    tiny = next(model for model in models if model["spec"] == "tiny")
    assert (tiny["download_bytes"], tiny["dim"] > 0) == (0, True)
    assert all(model["licence"] and model["note"] for model in models)


def test_key_that_no_picture_has_is_named_in_a_hint(unchanged: Service) -> None:
    def hint(**asked: Any) -> str:
        return str(unchanged.get("/search", params=asked).json()["hint"])

    assert "“filname”" in hint(q="filname:p03.png")
    assert "Did you mean filename?" in hint(q="red filname:p03.png")
    assert "“catgory”. Did you mean category?" in hint(where="-catgory:dog")
    assert "There are tag, category, taken, ext, filename" in hint(where="(tag:a or zzz:<5)")
    for known in (
        "filename:p03.png",
        "filename:nothing",
        "tag:nothing",
        "taken:1990",
        "has:filename",
    ):
        assert hint(q=known) == ""
    assert hint(q="red") == hint() == ""
    first = unchanged.get("/search", params={"q": "red -zzz:x", "limit": 1}).json()
    assert first["hint"]
    assert hint(q="red -zzz:x", limit=1, cursor=first["next"]) == ""


def test_empty_gallery_is_told_from_one_where_nothing_fits(service: Service) -> None:
    delete = {"op": "delete", "items": list(range(1, N_PICTURES + 1))}
    service.post("/items:batch", json={"operations": [delete]})
    for asked in ({"q": "red"}, {"q": "filname:x"}, {}):
        answer = service.get("/search", params=asked).json()
        assert answer["hits"] == []
        assert answer["hint"].startswith("The gallery default is empty")


def test_empty_gallery_needs_no_model(home: Path) -> None:
    catalogue = open_catalogue(Settings(home=home))
    gallery = catalogue.create_gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_space(hashing_space())
        work.activate_space(hashing_space().id)
        work.commit()
    catalogue.close()
    with running(Settings(home=home, decode_workers=1, background_worker=False)) as service:
        assert service.engine.wait_until_ready(60)
        assert service.get("/search", params={"q": "red"}).json()["hits"] == []
        assert service.embedder.n_texts == 0
