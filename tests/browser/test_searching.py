"""The box: results as one types, the full syntax, suggestions, and a history of queries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, be_busy_once, paste, png, settled, shown_items, snap, tiles
from tests.support.services import ServiceProcess

_WORDS = "yellow ducks"


@pytest.fixture(scope="module")
def asked(open_page: OpenPage, address: str) -> Iterator[Page]:
    """One page that is asked this and that."""
    with open_page(address) as page:
        yield page


def test_results_come_as_one_types_and_the_address_names_them(page: Page) -> None:
    before = shown_items(page)
    ask(page, _WORDS)
    expect(page).to_have_url(re.compile(r"q=yellow\+ducks"))
    expect(page).to_have_title(re.compile(_WORDS))
    expect(page.locator("#said")).to_contain_text("Nearest first")
    assert shown_items(page) != before


def test_fast_typing_asks_once(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/search?q=" in one.url else None)
    page.evaluate(
        """() => { const box = document.getElementById('q');
          for (const text of ['d', 'du', 'duc', 'duck']) {
            box.value = text;
            box.dispatchEvent(new Event('input', {bubbles: true}));
          } }"""
    )
    expect(page).to_have_url(re.compile("q=duck"))
    settled(page)
    questions = [url for url in asked if "cursor=" not in url]  # a cursor asks for the next page
    assert ["q=duck" in url for url in questions] == [True]


def test_answer_to_an_older_question_is_dropped(page: Page) -> None:
    late: list[Route] = []
    page.route(re.compile(r"/search\?q=tag%3Acity"), lambda route: late.append(route))
    page.fill("#q", "tag:city")
    expect(page).to_have_url(re.compile("city"))
    ask(page, "tag:meadow")
    expect(page.locator("#said")).to_have_text("30 pictures")
    wanted = shown_items(page)
    for route in late:
        route.continue_()
    page.wait_for_function("() => performance.getEntriesByType('resource').length > 0")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#said")).to_have_text("30 pictures")
    assert shown_items(page) == wanted


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("tag:meadow", 30),
        ("tag:meadow tag:studio", 0),
        ("(tag:city or tag:meadow) -kind:video", 47),
        ('camera:"Pixel 8"', 115),
        ("taken:2022", 6),
        ("after:2025 before:2026", 63),
        ("iso:<1", 0),
    ],
)
def test_box_takes_the_whole_syntax(asked: Page, text: str, count: int) -> None:
    ask(asked, text)
    expected = f"{count} picture" if count else "Nothing was found"
    expect(asked.locator("#said")).to_contain_text(expected)


def test_words_that_push_away_change_the_order(page: Page) -> None:
    ask(page, "red")
    plain = shown_items(page)
    ask(page, "red -blue")
    expect(page.locator("#said")).to_contain_text("Nearest first")
    assert shown_items(page) != plain


def test_filter_that_cannot_be_read_gets_a_sentence_and_a_hint(page: Page) -> None:
    with page.expect_response(lambda response: response.status == 400):
        page.fill("#q", "price:<cheap")
    said = page.locator("#said")
    expect(said).to_contain_text("cheap")
    expect(tiles(page).first).to_be_visible()


def test_filter_whose_key_no_picture_has_is_named_with_the_nearest_key(page: Page) -> None:
    ask(page, "colour:red")
    said = page.locator("#said")
    expect(said).to_contain_text("Nothing was found. No picture here has the key “colour”.")
    ask(page, "camra:*")
    expect(said).to_contain_text("Did you mean camera?")
    ask(page, "tag:meadow -camra:x")
    expect(said).to_have_text(
        "30 pictures. No picture here has the key “camra”. Did you mean camera?"
    )


def test_empty_gallery_says_what_to_do(open_page: OpenPage, empty_address: str) -> None:
    with open_page(empty_address, shows="#said:has-text('There are no pictures yet')") as page:
        said = page.locator("#said")
        expect(said).to_contain_text("Drop some on this page, or press Add.")
        expect(page.get_by_role("button", name="Select", exact=True)).to_be_hidden()
        ask(page, "red car")
        expect(said).to_contain_text("The gallery default is empty")
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Add", exact=True).click()
        chooser.value.set_files(png("first.png", 1))
        expect(tiles(page)).to_have_count(1)


def test_page_without_a_gallery_says_how_to_make_one_and_offers_nothing_else(
    open_page: OpenPage, tmp_path: Path
) -> None:
    service = ServiceProcess(tmp_path)
    with open_page(service.address, shows="#said:has-text('There is no gallery yet')") as page:
        expect(page.locator("#q")).to_be_disabled()
        for name in ("Add", "Manage"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_hidden()
        paste(page, png("seen.png", 1))
        expect(page.locator("#said")).to_contain_text("sightline index")
    assert service.terminate() == 0


def test_busy_service_is_asked_again_when_it_said(page: Page) -> None:
    asked = be_busy_once(page, re.compile(r"/search\?q=tag%3Acity"))
    page.fill("#q", "tag:city")
    expect(page.locator("#said")).to_have_text("17 pictures")
    assert asked == ["GET", "GET"]


def test_service_that_stays_busy_is_told_of(page: Page) -> None:
    body = {"error": "Too many.", "code": "rate_limited", "hint": "Come back later."}
    page.route(
        re.compile(r"/search\?q=red"),
        lambda route: route.fulfill(status=429, headers={"Retry-After": "60"}, json=body),
    )
    page.fill("#q", "red")
    expect(page.locator("#said")).to_have_text("Too many. Come back later.")


def test_suggestions_complete_a_tag_with_the_keyboard(page: Page) -> None:
    page.locator("#q").press_sequentially("tag:mead")
    option = page.get_by_role("option", name="meadow")
    expect(option).to_contain_text("tag · 30")
    page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value("tag:meadow ")
    expect(page.locator("#said")).to_have_text("30 pictures")


def test_suggestions_offer_keys_and_their_values(page: Page) -> None:
    page.locator("#q").press_sequentially("cam")
    page.get_by_role("option", name="camera:").click()
    expect(page.locator("#q")).to_have_value("camera:")
    page.locator("#q").press_sequentially("pix")
    page.get_by_role("option", name="Pixel 8").click()
    expect(page.locator("#q")).to_have_value('camera:"Pixel 8" ')
    expect(page.locator("#said")).to_have_text("115 pictures")


def test_escape_closes_suggestions_first_and_empties_the_box_then(page: Page) -> None:
    page.locator("#q").press_sequentially("mead")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("mead")
    page.keyboard.press("Escape")
    expect(page.locator("#q")).to_have_value("")


def test_back_and_forward_bring_each_query(page: Page) -> None:
    for text in ("tag:meadow", "tag:city"):
        ask(page, text)
        page.keyboard.press("Enter")
    page.go_back()
    expect(page.locator("#q")).to_have_value("tag:meadow")
    expect(page.locator("#said")).to_have_text("30 pictures")
    page.go_forward()
    expect(page.locator("#q")).to_have_value("tag:city")
    expect(page.locator("#said")).to_have_text("17 pictures")
    page.go_back()
    page.go_back()
    expect(page.locator("#q")).to_have_value("")


def test_address_of_a_query_opens_it(page: Page) -> None:
    page.goto("/?q=tag:meadow&more=3")
    expect(page.locator("#q")).to_have_value("tag:meadow")
    expect(page.locator(".chip.more")).to_have_count(1)
    expect(page.locator("#said")).to_contain_text("nearest first")


def test_picture_in_the_query_outlives_a_reload(page: Page) -> None:
    snap(page, 5)
    found = shown_items(page)
    page.reload()
    expect(page.locator(".chip.picture")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("Nearest first")
    assert shown_items(page) == found


def test_pictures_that_nobody_waits_for_stop_loading_until_an_answer_fails(page: Page) -> None:
    slow: list[Route] = []
    page.route(re.compile(r"/image\?"), lambda route: slow.append(route))
    ask(page, "tag:meadow")
    expect(page.locator("#said")).to_have_text("30 pictures")
    loading = page.locator("#grid img[src]")
    expect(loading).to_have_count(30)
    held: list[Route] = []
    page.route(re.compile(r"/search\?q=tag%3Acity"), lambda route: held.append(route))
    page.locator("#q").fill("tag:city")
    expect(loading).to_have_count(0)
    for _ in range(100):
        if not held:
            page.wait_for_timeout(50)  # The question may be asked after all loading has stopped.
    body = {"error": "Too many.", "code": "rate_limited", "hint": "Come back later."}
    (question,) = held
    question.fulfill(status=429, headers={"Retry-After": "60"}, json=body)
    expect(loading).to_have_count(30)
    page.unroute_all(behavior="ignoreErrors")
