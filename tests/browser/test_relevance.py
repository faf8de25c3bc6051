"""Where good answers end, in a real browser against a real service."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import SAMPLE

_PAST = "Probably not what you asked for"
_NOTHING = "Nothing here really matches"


def _ask_with(page: Page, picture: Path) -> None:
    with page.expect_response(lambda response: response.url.endswith("/search")):
        page.locator("#file-search").set_input_files(picture)
    expect(page.locator("#grid")).not_to_have_attribute("aria-busy", "true")


def test_line_stands_between_what_matches_and_what_does_not(page: Page) -> None:
    _ask_with(page, sorted(SAMPLE.glob("pets/*.jpg"))[0])
    line = page.locator(".past-line")
    expect(line).to_have_text(_PAST)
    cells = page.locator(".cell")
    likely = page.locator(".cell:not(.unlikely)")
    expect(likely.first).to_be_visible()
    n_likely = likely.count()
    assert 0 < n_likely < cells.count()
    last, first, said = (spot.bounding_box() for spot in (likely.last, cells.nth(n_likely), line))
    assert last is not None
    assert first is not None
    assert said is not None
    assert last["y"] + last["height"] <= said["y"]
    assert said["y"] + said["height"] <= first["y"]


def test_page_says_so_where_nothing_matches(page: Page) -> None:
    with page.expect_response(lambda response: "q=qzxv" in response.url) as answered:
        page.fill("#q", "qzxv wkjh")
    hits = answered.value.json()["hits"]
    assert hits[0]["relevance"] < answered.value.json()["line"]
    expect(page.locator(".past-line")).to_contain_text(_NOTHING)
    expect(page.locator(".cell:not(.unlikely)")).to_have_count(0)
    expect(page.locator(".cell.unlikely").first).to_be_visible()


def test_pictures_that_were_not_asked_for_by_likeness_have_no_line(page: Page) -> None:
    page.locator("#facets button", has_text="meadow").click()
    expect(page.locator("#q")).to_have_value("tag:meadow")
    expect(page.locator(".cell").first).to_be_visible()
    expect(page.locator(".past-line")).to_be_hidden()
    expect(page.locator(".cell.unlikely")).to_have_count(0)
