"""The grid: rows that fill the page, more as one scrolls, nothing that jumps, arrow keys."""

from __future__ import annotations

import itertools

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, tiles

_PLACES = """() => [...document.querySelectorAll('#grid > .cell')].map(cell => {
  const {left, top, width, height} = cell.style;
  return [left, top, width, height].map(parseFloat);
})"""

_OBSERVE_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) window.shifts.push({
      value: one.value, input: one.hadRecentInput,
      nodes: one.sources.map(s => s.node && (s.node.id || s.node.className || s.node.nodeName)),
    });
  }).observe({type: 'layout-shift', buffered: true});
}"""


def test_every_row_is_as_wide_as_the_grid(page: Page) -> None:
    width = page.evaluate("() => document.getElementById('grid').clientWidth")
    rows: dict[float, list[list[float]]] = {}
    for place in page.evaluate(_PLACES):
        rows.setdefault(place[1], []).append(place)
    assert len(rows) >= 4
    for row in rows.values():
        assert row[0][0] == 0
        assert abs(row[-1][0] + row[-1][2] - width) < 1
        assert len({round(height, 2) for *_, height in row}) == 1
        for (left, _, wide, _), (following, *_) in itertools.pairwise(row):
            assert abs(following - left - wide - 10) < 1


def test_pictures_stay_where_they_are_when_more_come(page: Page) -> None:
    before = page.evaluate(_PLACES)
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 20_000)
    expect(tiles(page).nth(len(before) + 10)).to_be_attached()
    assert page.evaluate(_PLACES)[: len(before)] == before


def test_scrolling_leads_to_the_last_picture_and_every_one_comes_once(page: Page) -> None:
    ask(page, "taken:2023")
    page.wait_for_function(
        """() => {
          scrollTo(0, document.documentElement.scrollHeight);
          return document.querySelectorAll('.cell').length >= 63;
        }"""
    )
    items = page.evaluate("() => [...document.querySelectorAll('.cell')].map(c => c.dataset.item)")
    assert len(items) == len(set(items)) == 63


def test_nothing_shifts_while_the_page_is_used(open_page: OpenPage, address: str) -> None:
    """Cumulative layout shift, as the browser measures it; even what follows input has to be still,
    but for the chips' own row."""
    with open_page(address) as page:
        page.evaluate(_OBSERVE_SHIFTS)
        expect(page.locator("#facet-lists button").first).to_be_visible()
        for text in ("a red car", "tag:meadow", "snow", ""):
            ask(page, text)
        page.mouse.move(600, 500)
        for n_more in (10, 10):
            n_tiles = tiles(page).count()
            page.mouse.wheel(0, 5_000)
            expect(tiles(page).nth(n_tiles + n_more)).to_be_attached()
        page.mouse.wheel(0, -20_000)
        tiles(page).first.click()
        expect(page.locator("#details")).to_contain_text("Path")
        page.keyboard.press("Escape")
        page.evaluate("() => new Promise(done => setTimeout(done, 200))")
        shifts = page.evaluate("() => window.shifts")
    assert sum(one["value"] for one in shifts) == 0, shifts


def test_keyboard_leads_from_the_box_to_a_picture_and_back(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(tiles(page).first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tiles(page).nth(1)).to_be_focused()
    page.keyboard.press("ArrowDown")
    places = page.evaluate(_PLACES)
    below = page.evaluate(
        "() => [...document.querySelectorAll('.tile')].indexOf(document.activeElement)"
    )
    assert places[below][1] > places[1][1]
    middle = [place[0] + place[2] / 2 for place in places]
    row = [at for at, place in enumerate(places) if place[1] == places[below][1]]
    assert below == min(row, key=lambda at: abs(middle[at] - middle[1]))
    page.keyboard.press("Home")
    expect(tiles(page).first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#q")).to_be_focused()


def test_arrow_keys_bring_what_is_outside_into_view_and_load_more(page: Page) -> None:
    n_tiles = tiles(page).count()
    tiles(page).first.focus()
    page.keyboard.press("End")
    expect(tiles(page).nth(n_tiles - 1)).to_be_focused()
    expect(tiles(page).nth(n_tiles - 1)).to_be_in_viewport()
    expect(tiles(page).nth(n_tiles + 5)).to_be_attached()
    page.keyboard.press("ArrowRight")
    expect(tiles(page).nth(n_tiles)).to_be_focused()


def test_tab_reaches_the_grid_once(page: Page) -> None:
    assert page.locator('.tile[tabindex="0"]').count() == 1
    tiles(page).nth(2).focus()
    assert page.locator('.tile[tabindex="0"]').count() == 1
    page.keyboard.press("Tab")
    assert page.locator(".tile:focus").count() == 0


def test_question_mark_shows_how_to_search(page: Page) -> None:
    tiles(page).first.focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="How to search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(tiles(page).first).to_be_focused()
