"""Categories: beside the results, in a picture's details, and decided for many at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import select, settled, shown_items

_GALLERY = "/v1/galleries/default"


@pytest.fixture
def page(open_page: OpenPage, sorted_address: str) -> Iterator[Page]:
    """The page of the gallery with categories."""
    with open_page(sorted_address) as page:
        yield page


def _facet(page: Page, path: str) -> Locator:
    return page.locator(f'#facet-lists button:has(.name[title="{path}"])')


def _open(page: Page, item: int) -> Locator:
    """Opens a picture; gives the list of what the model and people say of its pet."""
    page.locator(f'.cell[data-item="{item}"] .tile').click()
    guesses = page.get_by_role("list", name="pets")
    expect(guesses).to_be_visible()
    return guesses


def _guess(guesses: Locator, path: str) -> Locator:
    return guesses.get_by_role("listitem").filter(
        has=guesses.page.get_by_role("button", name=path, exact=True)
    )


def _about(address: str, item: int) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{address}{_GALLERY}/items/{item}").json()
    return found


def _pets(address: str, item: int) -> list[str]:
    pets = {"animals/cat", "animals/dog", "animals/fox", "sky"}
    return [path for path in _about(address, item)["categories"] if path in pets]


def _likeliest(address: str, item: int) -> str:
    (found,) = _pets(address, item)
    return found


def test_categories_are_nested_by_taxonomy_with_counts_that_hold(page: Page) -> None:
    pets = page.locator("#facet-lists h2.taxonomy", has_text="pets")
    expect(pets).to_be_visible()
    expect(page.locator("#facet-lists h2.taxonomy", has_text="colours")).to_be_visible()
    animals = _facet(page, "animals")
    below = page.locator('#facet-lists li:has(> button > .name[title="animals"]) ul button')
    n_below = [int(text) for text in below.locator(".count").all_text_contents()]
    assert n_below == sorted(n_below, reverse=True)
    assert sum(n_below) == int(animals.locator(".count").text_content() or "")
    expect(below.first.locator(".name")).to_have_text(re.compile("^(cat|dog|fox)$"))


def test_box_suggests_categories_by_their_last_name(page: Page) -> None:
    below = page.locator("#facet-lists li li button .name").first
    path = below.get_attribute("title") or ""
    page.locator("#q").press_sequentially(path.rpartition("/")[2])
    option = page.get_by_role("option", name=path)
    expect(option).to_contain_text("category")
    option.click()
    expect(page.locator("#q")).to_have_value(f'category:"pets:{path}" ')
    expect(_facet(page, path)).to_have_attribute("aria-pressed", "true")


def test_category_narrows_the_query_and_its_neighbours_are_counted_anew(page: Page) -> None:
    below = page.locator("#facet-lists li li button").first
    path = below.locator(".name").get_attribute("title") or ""
    count = below.locator(".count").text_content()
    below.click()
    expect(page.locator("#q")).to_have_value(f'category:"pets:{path}"')
    expect(_facet(page, path)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#said")).to_have_text(f"{count} pictures")
    expect(_facet(page, "animals").locator(".count")).to_have_text(count or "")
    expect(_facet(page, "sky")).to_have_count(0)
    _facet(page, path).click()
    expect(page.locator("#q")).to_have_value("")


def test_details_say_how_likely_a_category_is_and_that_the_model_says_so(
    page: Page, sorted_address: str
) -> None:
    item = shown_items(page)[0]
    pets = [one for one in _about(sorted_address, item)["guesses"] if one["taxonomy"] == "pets"]
    guesses = _open(page, item)
    expect(guesses.get_by_role("listitem")).to_have_count(len(pets))
    for pet in pets:
        row = _guess(guesses, pet["category"])
        expect(row).to_contain_text("model" if pet["assigned"] else "model, unsure")
        bar = row.get_by_role("progressbar", name=f"Probability of {pet['category']}")
        expect(bar).to_have_js_property("value", pet["probability"])
    guesses.get_by_role("button", name=_likeliest(sorted_address, item), exact=True).click()
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator("#q")).to_have_value(f'category:"pets:{_likeliest(sorted_address, item)}"')


def test_category_is_added_from_suggestions_and_the_addition_undone(
    page: Page, sorted_address: str
) -> None:
    item = shown_items(page)[1]
    before = _likeliest(sorted_address, item)
    guesses = _open(page, item)
    page.get_by_role("combobox", name="Add a category").fill("sk")
    expect(page.get_by_role("option", name="sky pets")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    sky = _guess(guesses, "sky")
    expect(sky).to_contain_text("a person")
    expect(sky.get_by_role("button", name="Accept sky")).to_have_attribute("aria-pressed", "true")
    expect(_guess(guesses, before)).to_have_class("guess maybe")
    assert _pets(sorted_address, item) == ["sky"]
    page.get_by_role("button", name="Undo").click()
    expect(sky).to_have_count(0)
    expect(_guess(guesses, before)).to_have_class("guess")
    assert _likeliest(sorted_address, item) == before


def test_keys_reject_accept_and_forget_the_category_that_has_the_focus(
    page: Page, sorted_address: str
) -> None:
    item = shown_items(page)[2]
    path = _likeliest(sorted_address, item)
    row = _guess(_open(page, item), path)
    row.get_by_role("button", name="Reject").focus()
    page.keyboard.press("r")
    expect(row).to_have_class("guess not")
    expect(row).to_contain_text("a person: no")
    expect(row.get_by_role("button", name="Reject")).to_be_focused()
    assert _pets(sorted_address, item) == []
    page.keyboard.press("a")
    expect(row.get_by_role("button", name="Accept")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("f")
    expect(row.get_by_role("button", name="Forget")).to_have_attribute("aria-disabled", "true")
    assert _likeliest(sorted_address, item) == path
    page.keyboard.press("ArrowRight")
    expect(row).to_have_count(0)


def test_decision_changes_the_counts_beside_the_results(page: Page, sorted_address: str) -> None:
    item = shown_items(page)[3]
    path = _likeliest(sorted_address, item)
    count = int(_facet(page, path).locator(".count").text_content() or "")
    row = _guess(_open(page, item), path)
    row.get_by_role("button", name="Reject").click()
    expect(row).to_have_class("guess not")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    if count > 1:
        expect(_facet(page, path).locator(".count")).to_have_text(str(count - 1))
    else:
        expect(_facet(page, path)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(_facet(page, path).locator(".count")).to_have_text(str(count))


def test_many_are_accepted_and_rejected_at_once_and_it_is_undone(
    page: Page, sorted_address: str
) -> None:
    items = shown_items(page)[4:7]
    before = [_likeliest(sorted_address, item) for item in items]
    select(page, 4, 5, 6)
    field = page.locator("#selection").get_by_role("combobox", name="Category")
    field.fill("sky")
    page.get_by_role("option", name="sky pets").click()
    page.get_by_role("button", name="Accept", exact=True).click()
    expect(page.get_by_text("sky was accepted for 3 pictures.")).to_be_visible()
    assert [_pets(sorted_address, item) for item in items] == [["sky"]] * 3
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("sky was rejected for 3 pictures.")).to_be_visible()
    assert [_pets(sorted_address, item) for item in items] == [[path] for path in before]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    settled(page)
    field.fill("no such category")
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no category 'no such category'.")).to_be_visible()
    expect(page.locator("#selected")).to_have_text("3 selected")


def test_a_path_in_two_taxonomies_is_listed_counted_and_found_apart(
    open_page: OpenPage, sorted_address: str
) -> None:
    with open_page(sorted_address) as page:
        items = shown_items(page)[:3]
    made = {"category": "sky", "items": items}
    httpx.post(f"{sorted_address}{_GALLERY}/taxonomies/seen/examples", json=made).raise_for_status()
    with open_page(sorted_address) as page:
        seen = page.locator("#facet-lists h2.taxonomy", has_text="seen")
        own = seen.locator("xpath=following-sibling::ul[1]").get_by_role("button")
        expect(own.locator(".count")).to_have_text("3")
        own.click()
        expect(page.locator("#q")).to_have_value('category:"seen:sky"')
        expect(page.locator("#said")).to_have_text("3 pictures")
        assert sorted(shown_items(page)) == sorted(items)
        expect(page.locator('#facet-lists button[aria-pressed="true"]')).to_have_count(1)
