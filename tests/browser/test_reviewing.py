"""Reviewing what the model is unsure of, and what a taxonomy learns from that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import select, shown_items, tiles

_GALLERY = "/v1/galleries/default"


@pytest.fixture
def page(open_page: OpenPage, sorted_address: str) -> Iterator[Page]:
    """The page of the gallery with categories."""
    with open_page(sorted_address) as page:
        yield page


def _learnt(address: str, taxonomy: str = "pets") -> dict[str, Any]:
    detail = httpx.get(f"{address}{_GALLERY}/taxonomies/{taxonomy}").json()
    found: dict[str, Any] = detail["learnt"]
    return found


def _decide(address: str, op: str, items: list[int], category: str) -> None:
    operation = {"op": op, "items": items, "category": category, "taxonomy": "pets"}
    answer = httpx.post(f"{address}{_GALLERY}/items:batch", json={"operations": [operation]})
    assert answer.status_code == 200, answer.text


def _open(page: Page) -> None:
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("button", name="Open pets").click()
    expect(page.get_by_role("dialog", name="Taxonomy pets")).to_be_visible()


def _figure(page: Page, name: str) -> Any:
    return page.locator("#taxonomy .figures div", has_text=name).locator("dd")


def test_keys_decide_skip_and_undo_and_the_count_follows(page: Page, sorted_address: str) -> None:
    page.get_by_role("button", name="Review pets").click()
    count = page.locator("#review-count")
    expect(count).to_have_text("0 decisions now · 0 decided in all · 12 to go")
    asked = page.locator("#reviewing h3")
    first = page.locator("#review-body img").get_attribute("src") or ""
    expect(asked).to_have_text(re.compile(r"^Is it (sky|animals/\w+)\?$"))
    page.keyboard.press("y")
    expect(count).to_have_text("1 decision now · 1 decided in all · 11 to go")
    expect(page.locator("#review-body img")).not_to_have_attribute("src", first)
    page.keyboard.press("n")
    page.keyboard.press("s")
    expect(count).to_have_text("2 decisions now · 2 decided in all · 9 to go")
    assert (_learnt(sorted_address)["accepted"], _learnt(sorted_address)["rejected"]) == (1, 1)
    page.keyboard.press("u")
    page.keyboard.press("u")
    expect(count).to_have_text("0 decisions now · 0 decided in all · 11 to go")
    expect(page.locator("#review-body img")).to_have_attribute("src", first)
    assert (_learnt(sorted_address)["accepted"], _learnt(sorted_address)["rejected"]) == (0, 0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_review_ends_when_every_picture_was_decided_or_skipped(page: Page) -> None:
    page.get_by_role("button", name="Review colours").click()
    count = page.locator("#review-count")
    expect(count).to_contain_text("0 decisions now")
    n_left = int((count.text_content() or "").split(" · ")[-1].split()[0])
    page.get_by_role("combobox", name="Another category").fill("gre")
    page.get_by_role("option", name="green colours").click()
    expect(count).to_contain_text(f"1 decision now · 1 decided in all · {n_left - 1} to go")
    for _ in range(n_left - 1):
        page.keyboard.press("s")
    expect(page.get_by_text("Nothing of colours is left to review.")).to_be_visible()
    page.keyboard.press("u")
    expect(count).to_contain_text("0 decisions now · 0 decided in all · 1 to go")


def test_taxonomy_is_taught_after_its_accuracy_was_shown_and_that_is_undone(
    page: Page, sorted_address: str
) -> None:
    items = sorted(shown_items(page))
    _decide(sorted_address, "accept", items[:6], "animals/cat")
    _decide(sorted_address, "accept", items[6:], "animals/dog")
    _open(page)
    expect(_figure(page, "Accepted")).to_have_text("12")
    expect(_figure(page, "Since it was taught")).to_have_text("12")
    page.get_by_role("button", name="Teach …").click()
    lesson = page.locator(".lesson", has=page.get_by_role("button", name="Use it"))
    expect(lesson).to_contain_text("Learnt from 12 pictures.")
    expect(lesson).to_contain_text(
        re.compile(r"on 12 pictures kept out: \d.* before, \d.* with it")
    )
    assert _learnt(sorted_address)["head"] is None
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("It is in use.")).to_be_visible()
    expect(_figure(page, "Since it was taught")).to_have_text("0")
    assert _learnt(sorted_address)["head"]["labels"] == 12
    page.get_by_role("button", name="Undo: Teach").click()
    expect(page.get_by_text("It is taken back.")).to_be_visible()
    assert _learnt(sorted_address)["head"] is None
    expect(page.get_by_role("button", name="Undo: Teach")).to_have_count(0)

    page.get_by_role("button", name="Calibrate …").click()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_role("button", name="Undo: Calibrate")).to_be_visible()
    assert _learnt(sorted_address)["calibration"]["labels"] == 12
    page.get_by_role("button", name="Undo: Calibrate").click()
    expect(page.get_by_role("button", name="Undo: Calibrate")).to_have_count(0)
    assert _learnt(sorted_address)["calibration"] is None
    _decide(sorted_address, "forget", items[:6], "animals/cat")
    _decide(sorted_address, "forget", items[6:], "animals/dog")


def test_taxonomy_without_decisions_says_what_is_missing(page: Page) -> None:
    _open(page)
    page.get_by_role("button", name="Teach …").click()
    expect(page.locator(".lesson").first).to_contain_text(re.compile("[a-z]{3,} [a-z]{3,}"))
    expect(page.get_by_role("button", name="Use it")).to_have_count(0)


def test_health_shows_what_fits_and_what_has_no_category(page: Page, sorted_address: str) -> None:
    _open(page)
    page.get_by_role("button", name="Examine").click()
    health = page.locator(".health")
    expect(health).to_contain_text("12 of 12 pictures have a category.")
    found = httpx.get(f"{sorted_address}{_GALLERY}/taxonomies/pets/health").json()
    for path in found["without_items"]:
        expect(health.locator(".empty-categories")).to_contain_text(path)


def test_health_shows_the_categories_that_the_model_does_not_tell_apart(
    page: Page, sorted_address: str
) -> None:
    text = "taxonomy: twins\ncategories: [puppy: {words: [dog]}, hound: {words: [dog]}, sky]"
    taxonomies = f"{sorted_address}{_GALLERY}/taxonomies"
    assert httpx.post(taxonomies, json={"yaml": text}).status_code == 202
    page.reload()
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("button", name="Open twins").click()
    page.get_by_role("button", name="Examine").click()
    health = page.locator(".health")
    expect(health.get_by_role("heading", name="Not told apart")).to_be_visible()
    row = health.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("puppy, hound")
    expect(row).to_contain_text(re.compile(r"100\s?%"))
    assert httpx.delete(f"{taxonomies}/twins").status_code < 300


def test_selected_pictures_become_a_category_that_is_taught(
    page: Page, sorted_address: str
) -> None:
    items = shown_items(page)[:4]
    select(page, 0, 1, 2, 3)
    page.get_by_role("button", name="Make a category").click()
    dialog = page.get_by_role("dialog", name="Make a category")
    expect(dialog).to_contain_text("4 pictures will be its examples")
    dialog.get_by_label("Category", exact=True).fill("garden")
    dialog.get_by_label("Taxonomy").fill("mine")
    dialog.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("dialog", name="Taxonomy mine")).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("It is in use.")).to_be_visible()
    assert _learnt(sorted_address, "mine")["head"]["labels"] >= 4
    for item in items:
        about = httpx.get(f"{sorted_address}{_GALLERY}/items/{item}").json()
        assert "garden" in about["categories"]
    page.get_by_role("button", name="Close").last.click()
    page.locator('#facet-lists button:has(.name[title="garden"])').click()
    expect(page.locator("#q")).to_have_value('category:"mine:garden"')
    expect(tiles(page).first).to_be_visible()
