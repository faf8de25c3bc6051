"""Snap-and-search, and more or less like a hit: pictures as parts of the question."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, drop, paste, png, settled, shown_items, snap, tiles


def _posted(page: Page) -> list[dict[str, Any]]:
    """The bodies of the searches that are asked from now on."""
    bodies: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/search") and request.method == "POST":
            bodies.append(request.post_data_json)

    page.on("request", note)
    return bodies


def test_chosen_picture_is_searched_for(page: Page) -> None:
    before = shown_items(page)
    page.locator("#snap").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files(png("seen.png", 1))
    expect(page.locator("#pick")).to_be_hidden()
    expect(page.locator(".chip.picture")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("Nearest first")
    assert shown_items(page) != before


def test_dropped_picture_is_searched_for(page: Page) -> None:
    drop(page, '[data-does="search"]', [png("dropped.png", 2)])
    expect(page.locator(".chip.picture")).to_be_visible()
    expect(page.locator("#drop")).to_be_hidden()


def test_pasted_picture_is_searched_for(page: Page) -> None:
    page.locator("#q").focus()
    paste(page, png("pasted.png", 3))
    expect(page.locator(".chip.picture")).to_be_visible()


def test_phone_offers_its_camera(open_page: OpenPage, address: str) -> None:
    viewport = {"width": 360, "height": 740}
    with open_page(address, viewport=viewport, has_touch=True, is_mobile=True) as page:
        page.locator("#snap").tap()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Take a photo").tap()
        assert chooser.value.element.get_attribute("capture") == "environment"
        chooser.value.set_files(png("taken.png", 4))
        expect(page.locator(".chip.picture")).to_be_visible()


def test_box_is_dragged_over_the_part_that_matters(page: Page) -> None:
    snap(page, 1)
    bodies = _posted(page)
    page.get_by_role("button", name="Choose the part that matters").click()
    area = page.locator("#cropped").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + area["width"] / 4, area["y"] + area["height"] / 4)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.75, area["y"] + area["height"] / 2, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".chip.picture")).to_contain_text("Part of your picture")
    settled(page)
    box = bodies[-1]["terms"][0]["box"]
    assert all(abs(a - b) < 0.03 for a, b in zip(box, [0.25, 0.25, 0.5, 0.25], strict=True))
    page.get_by_role("button", name="Choose the part that matters").click()
    page.get_by_role("button", name="Whole picture").click()
    expect(page.locator(".chip.picture")).to_contain_text("Your picture")
    settled(page)
    assert "box" not in bodies[-1]["terms"][0]


def test_box_is_moved_and_resized_with_arrow_keys(page: Page) -> None:
    snap(page, 1)
    bodies = _posted(page)
    page.get_by_role("button", name="Choose the part that matters").click()
    expect(page.locator("#box")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowLeft")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".chip.picture")).to_contain_text("Part of your picture")
    settled(page)
    box = bodies[-1]["terms"][0]["box"]
    assert all(abs(a - b) < 1e-6 for a, b in zip(box, [0.12, 0.18, 0.67, 0.7], strict=True))


def test_words_and_minus_words_join_the_picture(page: Page) -> None:
    snap(page, 1)
    bodies = _posted(page)
    alone = shown_items(page)
    ask(page, "but red -snow tag:city")
    expect(page.locator(".chip.picture")).to_be_visible()
    assert bodies[-1]["q"] == "but red -snow tag:city"
    assert len(bodies[-1]["terms"]) == 1
    assert shown_items(page) != alone
    expect(page.locator("#said")).to_have_text("17 pictures, nearest first")


def test_picture_that_cannot_be_read_gets_a_sentence(page: Page) -> None:
    page.locator("#file-search").set_input_files(
        {"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear friend, no picture."}
    )
    expect(page.locator("#said")).to_contain_text("picture")
    expect(page.locator("#said")).not_to_contain_text("Nearest first")
    page.get_by_label("Remove: Your picture").click()
    expect(page.locator("#said")).to_contain_text("pictures")


def test_more_and_less_like_this_are_chips_that_come_off(page: Page) -> None:
    more = shown_items(page)[0]
    tiles(page).first.hover()
    page.locator(".cell").first.get_by_role("button", name=re.compile("More like this")).click()
    expect(page.locator(".chip.more")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"more={more}"))
    expect(page.locator("#said")).to_contain_text("Nearest first")
    assert more not in shown_items(page)
    less = shown_items(page)[2]
    page.locator(f'.cell[data-item="{less}"] .tile').focus()
    page.keyboard.press("l")
    expect(page.locator(".chip.less")).to_have_count(1)
    expect(page).to_have_url(re.compile(f"less={less}"))
    page.get_by_label("Remove: More like this").click()
    expect(page.locator(".chip.more")).to_have_count(0)
    expect(page.locator(".chip.less")).to_have_count(1)
    page.go_back()
    expect(page.locator(".chip.more")).to_have_count(1)
