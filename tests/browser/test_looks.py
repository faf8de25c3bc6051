"""Small and large screens, light and dark, and what a screen reader is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, png, select, snap, tiles

_SIZES = [(360, 740), (768, 1024), (1440, 900), (3840, 2160)]
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # Nobody reads where else it looked.
}


_OUTSIDE = """() => new Promise(requestAnimationFrame).then(() =>
  [...document.querySelectorAll('body *')].filter(one => {
    const {left, right, width} = one.getBoundingClientRect();
    return one.checkVisibility() && width > 1 && (left < -1 || right > innerWidth + 1)
      && !one.closest('.scrolls, .skip, .unseen');
  }).map(one => one.id || one.className || one.nodeName))"""


def _results(page: Page) -> None:
    ask(page, "a red car")


def _query_with_pictures(page: Page) -> None:
    snap(page, 1)
    tiles(page).first.focus()
    page.keyboard.press("l")
    expect(page.locator(".chip")).to_have_count(2)


def _suggestions(page: Page) -> None:
    page.locator("#q").press_sequentially("mea")
    expect(page.get_by_role("option").first).to_be_visible()


def _large_picture(page: Page) -> None:
    tiles(page).first.click()
    expect(page.locator("#details")).to_contain_text("Camera")


def _box(page: Page) -> None:
    snap(page, 1)
    page.get_by_role("button", name="Choose the part that matters").click()


def _selection(page: Page) -> None:
    select(page, 0, 2)
    page.get_by_role("button", name="Delete").scroll_into_view_if_needed()


def _administration(page: Page) -> None:
    page.get_by_role("button", name="Manage").click()
    expect(page.locator("#admin-body")).to_contain_text("Keys")


def _help(page: Page) -> None:
    page.get_by_role("button", name="Help").click()


def _filters(page: Page) -> None:
    expect(page.locator("#facet-lists button").first).to_be_attached()
    if page.locator("#filters").is_visible():
        page.locator("#filters").click()


def _guesses(page: Page) -> None:
    _large(page)
    page.get_by_role("combobox", name="Add a category").fill("an")
    expect(page.get_by_role("option").first).to_be_visible()


def _large(page: Page) -> None:
    tiles(page).first.click()
    expect(page.get_by_role("list", name="pets")).to_be_visible()


def _decision(page: Page) -> None:
    _large(page)
    page.get_by_role("button", name="Reject").first.click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()


def _category_for_many(page: Page) -> None:
    select(page, 0, 2)
    page.locator("#selection").get_by_role("combobox", name="Category").fill("an")
    expect(page.get_by_role("option").first).to_be_visible()


def _new_category(page: Page) -> None:
    select(page, 0, 2)
    page.get_by_role("button", name="Make a category").click()
    expect(page.get_by_role("dialog", name="Make a category")).to_be_visible()


def _labels(page: Page) -> None:
    page.get_by_role("button", name="Try").click()
    page.locator("#file-try").set_input_files(png("tried.png", 1))
    page.get_by_label("Labels, between commas").fill("cat, dog, a city at night")
    expect(page.locator("#answers li")).to_have_count(3)


def _review(page: Page) -> None:
    _filters(page)
    page.get_by_role("button", name="Review pets").click()
    expect(page.locator("#review-body img")).to_be_visible()


def _taxonomy(page: Page) -> None:
    page.get_by_role("button", name="Manage").click()
    page.get_by_role("button", name="Open colours").click()
    page.get_by_role("button", name="Teach …").click()
    page.get_by_role("button", name="Examine").click()
    expect(page.locator(".health h4").first).to_be_visible()


_WITH_CATEGORIES = [
    _filters,
    _guesses,
    _decision,
    _category_for_many,
    _new_category,
    _labels,
    _review,
    _taxonomy,
]


_STATES = [
    _results,
    _query_with_pictures,
    _suggestions,
    _large_picture,
    _box,
    _selection,
    _administration,
    _help,
    _filters,
]


_ALL = [("address", reach) for reach in _STATES] + [
    ("sorted_address", reach) for reach in _WITH_CATEGORIES
]


def _id(state: tuple[str, Callable[[Page], None]]) -> str:
    address, reach = state
    return reach.__name__.strip("_") + (" with categories" if address == "sorted_address" else "")


@pytest.fixture(scope="module", params=_ALL, ids=_id)
def phone(request: pytest.FixtureRequest, open_page: OpenPage) -> Iterator[Page]:
    """The page in one state on a dark phone, for all tests that look at it there."""
    address, reach = request.param
    viewport = {"width": 360, "height": 740}
    with open_page(
        request.getfixturevalue(address), color_scheme="dark", viewport=viewport
    ) as page:
        reach(page)
        yield page


@pytest.mark.parametrize("state", _ALL, ids=_id)
def test_axe_finds_nothing(
    request: pytest.FixtureRequest,
    open_page: OpenPage,
    state: tuple[str, Callable[[Page], None]],
) -> None:
    address, reach = state
    viewport = {"width": 1440, "height": 900}
    with open_page(request.getfixturevalue(address), viewport=viewport) as page:
        reach(page)
        _axe_finds_nothing(page)


def test_axe_finds_nothing_on_a_dark_phone(phone: Page) -> None:
    phone.set_viewport_size({"width": 360, "height": 740})
    _axe_finds_nothing(phone)


def _axe_finds_nothing(page: Page) -> None:
    found = Axe().run(page, options=_RULES).response["violations"]
    told = [
        {
            "rule": one["id"],
            "impact": one["impact"],
            "at": [node["html"][:200] for node in one["nodes"]][:5],
        }
        for one in found
    ]
    assert told == [], json.dumps(told, indent=1)


def test_nothing_is_cut_off_sideways(phone: Page) -> None:
    for width, height in _SIZES:
        phone.set_viewport_size({"width": width, "height": height})
        assert phone.evaluate(_OUTSIDE) == []
        assert phone.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", _SIZES, ids=lambda one: f"{one[0]}x{one[1]}")
def test_first_results_fill_the_screen(
    open_page: OpenPage, address: str, size: tuple[int, int]
) -> None:
    with open_page(address, viewport={"width": size[0], "height": size[1]}) as page:
        grid = page.locator("#grid").bounding_box()
        assert grid is not None
        assert grid["y"] + grid["height"] > size[1]
        heights = page.evaluate(
            "() => [...document.querySelectorAll('.cell')].map(cell => cell.offsetHeight)"
        )
        assert min(heights) >= 70
        assert max(heights) <= size[1] / 2


def test_fingers_can_hit_what_is_there(open_page: OpenPage, address: str) -> None:
    """WCAG 2.2 asks for 24 pixels; the page's own buttons are 30 or more."""
    viewport = {"width": 360, "height": 740}
    with open_page(address, viewport=viewport, has_touch=True, is_mobile=True) as page:
        _selection(page)
        # What is off the screen has no size until it is drawn: have all of it drawn, at once with
        # the look at it, since more pictures may come at any time.
        small = page.evaluate(
            """() => {
              for (const cell of document.querySelectorAll('.cell')) {
                cell.style.contentVisibility = 'visible';
              }
              return [...document.querySelectorAll('button, select, input')]
                .filter(one => one.checkVisibility({checkOpacity: true}))
                .filter(one => !one.closest('.unseen') && !one.matches('#bars button'))
                .filter(one => { const {width, height} = one.getBoundingClientRect();
                  return width < 30 || height < 30; }).map(one => one.id || one.outerHTML); }"""
        )
        assert small == []


def test_dark_page_is_dark(open_page: OpenPage, address: str) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        with open_page(address, color_scheme=scheme) as page:
            colours = page.evaluate(
                "() => { const {backgroundColor, color} = getComputedStyle(document.body);"
                " return [backgroundColor, color].map(c => c.match(/[0-9]+/g).slice(0, 3)); }"
            )
            shades[scheme] = [sum(map(int, colour)) / 3 for colour in colours]
    assert shades["light"][0] > 200 > 80 > shades["light"][1]
    assert shades["dark"][0] < 40 < 200 < shades["dark"][1]


def test_screen_reader_is_told_what_happens(page: Page) -> None:
    expect(page.get_by_role("combobox", name="Search pictures")).to_be_visible()
    expect(page.get_by_role("search")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("list", name="Results")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("pictures")
    first = page.get_by_role("list", name="Results").get_by_role("listitem").first
    expect(first.get_by_role("img")).to_have_accessible_name(re.compile(r"\w"))
    page.locator("#q").press_sequentially("tag:mead")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option", selected=True)
    expect(page.locator("#q")).to_have_attribute(
        "aria-activedescendant", option.get_attribute("id") or ""
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("30 pictures")


def test_help_leaves_room_for_what_it_explains_on_a_phone(
    open_page: OpenPage, address: str
) -> None:
    with open_page(address, viewport={"width": 360, "height": 740}) as page:
        _help(page)
        explained = page.get_by_text("push away what resembles this").bounding_box()
        assert explained is not None
        assert explained["width"] > 120
