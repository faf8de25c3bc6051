"""Facets and the timeline: how the present answer divides, and narrowing it by a click."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, snap, tiles


def _facet(page: Page, name: str) -> Locator:
    return page.locator("#facet-lists button").filter(
        has=page.locator(".name", has_text=re.compile(f"^{re.escape(name)}$"))
    )


def test_tags_years_and_cameras_are_counted(page: Page) -> None:
    for name, count in (("meadow", "30"), ("2024", "158"), ("Canon EOS R6", "65")):
        expect(_facet(page, name).locator(".count")).to_have_text(count)


def test_facet_narrows_and_widens_again(page: Page) -> None:
    meadow = _facet(page, "meadow")
    meadow.click()
    expect(page.locator("#q")).to_have_value("tag:meadow")
    expect(meadow).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#said")).to_have_text("30 pictures")
    meadow.click()
    expect(page.locator("#q")).to_have_value("")


def test_facets_count_within_each_other(page: Page) -> None:
    _facet(page, "meadow").click()
    pixel = _facet(page, "Pixel 8")
    expect(_facet(page, "meadow")).to_have_attribute("aria-pressed", "true")
    count = pixel.locator(".count").text_content()
    pixel.click()
    expect(page.locator("#q")).to_have_value('tag:meadow camera:"Pixel 8"')
    expect(page.locator("#said")).to_have_text(f"{count} pictures")


def test_facets_count_what_words_and_pictures_find(page: Page) -> None:
    ask(page, "a red car")
    expect(page.locator("#facets .hint")).to_contain_text("nearest")
    expect(_facet(page, "meadow").locator(".count")).to_have_text("30")
    snap(page, 7)
    ask(page, "tag:city")
    expect(_facet(page, "city").locator(".count")).to_have_text("17")
    expect(_facet(page, "meadow")).to_have_count(0)


def test_focus_stays_on_the_facet_that_was_chosen(page: Page) -> None:
    _facet(page, "meadow").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("30 pictures")
    expect(_facet(page, "meadow")).to_have_attribute("aria-pressed", "true")
    expect(_facet(page, "meadow")).to_be_focused()


def test_timeline_shows_months_and_zooms_into_one(page: Page) -> None:
    expect(page.locator("#bars button")).to_have_count(48)
    november = page.get_by_role("button", name=re.compile("November 2022: 1"))
    november.click()
    expect(page.locator("#q")).to_have_value("taken:2022-11")
    expect(page.locator("#said")).to_have_text("1 picture")
    expect(page.locator("#bars button")).to_have_count(12)
    page.get_by_role("button", name="All dates").click()
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#bars button")).to_have_count(48)


def test_dragging_over_the_timeline_chooses_a_stretch(page: Page) -> None:
    ask(page, "tag:meadow")
    expect(page.locator("#bars button")).not_to_have_count(48)
    expect(page.locator("#bars")).to_be_visible()
    bars = page.locator("#bars").bounding_box()
    n_bars = page.locator("#bars button").count()
    labels = [bar.get_attribute("data-key") for bar in page.locator("#bars button").all()]
    assert bars is not None
    page.mouse.move(bars["x"] + 1, bars["y"] + 30)
    page.mouse.down()
    page.mouse.move(bars["x"] + bars["width"] * 11.5 / n_bars, bars["y"] + 30, steps=3)
    page.mouse.up()
    expect(page.locator("#q")).to_have_value(f"tag:meadow taken:{labels[0]}..{labels[11]}")
    expect(page.locator("#said")).to_contain_text("picture")


def test_counts_that_come_in_the_midst_of_a_drag_do_not_break_it(page: Page) -> None:
    expect(page.locator("#bars button")).to_have_count(48)
    labels = [bar.get_attribute("data-key") for bar in page.locator("#bars button").all()]
    bars = page.locator("#bars").bounding_box()
    assert bars is not None
    page.mouse.move(bars["x"] + 1, bars["y"] + 30)
    page.mouse.down()
    with page.expect_response(re.compile("/facets")):
        page.evaluate("import('/facets.js').then((facets) => facets.refresh())")
    page.mouse.move(bars["x"] + bars["width"] * 11.5 / 48, bars["y"] + 30, steps=3)
    page.mouse.up()
    expect(page.locator("#q")).to_have_value(f"taken:{labels[0]}..{labels[11]}")


def test_timeline_is_walked_with_arrow_keys(page: Page) -> None:
    page.locator("#bars button").first.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value("taken:2022-11")
    expect(page.locator("#said")).to_have_text("1 picture")
    expect(page.locator("#bars button:focus")).to_have_attribute("data-key", "2022-11")


def test_filters_lie_over_the_results_on_a_phone(open_page: OpenPage, address: str) -> None:
    with open_page(address, viewport={"width": 360, "height": 740}) as page:
        expect(page.locator("#facets")).to_be_hidden()
        page.locator("#filters").click()
        _facet(page, "meadow").click()
        expect(page.locator("#facets")).to_be_hidden()
        expect(page.locator("#said")).to_have_text("30 pictures")
        expect(tiles(page).first).to_be_visible()
