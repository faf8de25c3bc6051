"""Items, tags and galleries from the command line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Sightline

pytestmark = pytest.mark.usefixtures("indexed")


def first_item(sightline: Sightline) -> int:
    hits = sightline("search", "a cat", "-k", 1, "--json").document["hits"]
    return int(hits[0]["item"])


def test_tags_come_back_in_lists_and_hits_and_go_again(sightline: Sightline) -> None:
    item = first_item(sightline)
    assert sightline("tags", "add", "soft,small", item, "--json").document["added"] == 2
    tags = {entry["tag"]: entry["items"] for entry in sightline("tags", "list", "--json").document}
    assert tags["soft"] == 1
    hits = sightline("search", "a cat", "--where", "tag:soft", "--json").document["hits"]
    assert [hit["item"] for hit in hits] == [item]
    assert {"small", "soft"} <= set(hits[0]["tags"])
    assert sightline("tags", "remove", "soft", item, "--json").document["removed"] == 1
    assert sightline("search", "--where", "tag:soft", "--json").document["hits"] == []


def test_a_deleted_item_is_not_found_and_comes_back_when_restored(sightline: Sightline) -> None:
    item = first_item(sightline)
    ran = sightline("items", "delete", item, "--verify", "--json")
    assert ran.document == {"deleted": 1, "verified": True, "still_found": []}
    hits = sightline("search", "a cat", "-k", 100, "--json").document["hits"]
    assert item not in {hit["item"] for hit in hits}
    assert sightline("items", "restore", item, "--json").document == {"restored": 1}
    assert first_item(sightline) == item


def test_an_item_is_shown_by_id_and_by_the_end_of_its_path(sightline: Sightline) -> None:
    item = first_item(sightline)
    (shown,) = sightline("items", "show", item, "--json").lines
    end = "/".join(shown["uri"].split("/")[-2:])
    assert sightline("items", "show", end, "--json").lines == [shown]
    assert shown["views"][0]["uri"] == shown["uri"]
    assert shown["uri"] in sightline("items", "show", item).out


def test_a_gallery_is_made_renamed_listed_and_deleted(sightline: Sightline) -> None:
    assert sightline("galleries", "create", "shop").code == 0
    assert sightline("galleries", "create", "shop", "--json").error["code"] == "conflict"
    assert sightline("galleries", "rename", "shop", "store").code == 0
    listed = sightline("galleries", "list", "--json").document
    assert {entry["gallery"] for entry in listed} == {"default", "store"}
    refused = sightline("galleries", "delete", "store", "--json")
    assert (refused.code, refused.error["code"]) == (1, "confirmation_needed")
    assert sightline("galleries", "delete", "store", "--confirm").code == 0
    listed = sightline("galleries", "list", "--json").document
    assert {entry["gallery"] for entry in listed} == {"default"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["tags", "add", ",", "1"], 2),
        (["tags", "add", "beach", "no such picture"], 1),
        (["items", "show", "no such picture"], 1),
        (["items", "show"], 2),
        (["items"], 2),
        (["galleries", "delete", "nowhere", "--confirm"], 1),
        (["galleries", "crate", "x"], 2),
    ],
)
def test_wrong_input_gets_a_sentence_and_an_exit_code(
    sightline: Sightline, arguments: list[str], code: int
) -> None:
    ran = sightline(*arguments)
    assert ran.code == code
    assert ran.out == ""
    assert len(ran.err.splitlines()) <= 3
