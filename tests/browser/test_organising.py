"""Selecting many, tags, deleting and undoing, adding pictures by dropping them."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, be_busy_once, drop, png, select, settled, shown_items, tiles


def test_many_are_selected_with_shift_and_given_a_tag_and_lose_it(page: Page) -> None:
    wanted = shown_items(page)[2:7]
    select(page, 2)
    tiles(page).nth(6).focus()
    page.keyboard.press("Shift+X")
    expect(page.locator("#selected")).to_have_text("5 selected")
    page.locator("#tag").fill("treasure")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The tag treasure was put on 5 pictures.")).to_be_visible()
    ask(page, "tag:treasure")
    expect(tiles(page)).to_have_count(5)
    assert shown_items(page) == wanted
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name="All shown").click()
    expect(page.locator("#selected")).to_have_text("5 selected")
    page.locator("#tag").fill("treasure")
    page.get_by_role("button", name="Remove tag").click()
    expect(page.get_by_text("The tag treasure was taken off 5 pictures.")).to_be_visible()
    ask(page, "tag:treasure ")
    expect(page.locator("#said")).to_contain_text("Nothing was found")


def test_clicks_select_while_selecting_and_escape_ends_it(page: Page) -> None:
    page.get_by_role("button", name="Select", exact=True).click()
    tiles(page).nth(0).click()
    tiles(page).nth(4).click()
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator("#selected")).to_have_text("2 selected")
    expect(page.locator(".cell.picked")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#selection")).to_be_hidden()
    tiles(page).first.click()
    expect(page.locator("#lightbox")).to_be_visible()


def test_ticks_of_picked_and_unpicked_pictures_differ_in_form_and_colour(page: Page) -> None:
    select(page, 0)
    page.mouse.move(0, 0)
    picked, unpicked = (page.locator(".cell").nth(at).locator(".tick") for at in (0, 1))
    for tick in (picked, unpicked):
        expect(tick).to_have_css("opacity", "1")
    expect(picked).to_have_attribute("aria-pressed", "true")
    expect(unpicked).to_have_attribute("aria-pressed", "false")
    clear = "rgba(0, 0, 0, 0)"
    expect(unpicked).to_have_css("color", clear)
    expect(picked).not_to_have_css("color", clear)
    fills = [
        tick.evaluate("one => getComputedStyle(one).backgroundColor") for tick in (picked, unpicked)
    ]
    assert fills[0] != fills[1]


def test_nothing_can_be_selected_where_nothing_was_found(page: Page) -> None:
    offer = page.get_by_role("button", name="Select", exact=True)
    expect(offer).to_be_visible()
    ask(page, "tag:nowhere")
    expect(offer).to_be_hidden()
    ask(page, "tag:city")
    expect(offer).to_be_visible()


def test_finger_that_stays_selects(open_page: OpenPage, address: str) -> None:
    viewport = {"width": 360, "height": 740}
    with open_page(address, viewport=viewport, has_touch=True, is_mobile=True) as page:
        tile = tiles(page).nth(1)
        tile.dispatch_event("pointerdown", {"pointerType": "touch"})
        expect(page.locator("#selected")).to_have_text("1 selected")
        tile.dispatch_event("pointerup", {"pointerType": "touch"})
        tile.dispatch_event("click")
        expect(page.locator("#lightbox")).to_be_hidden()
        expect(page.locator("#selected")).to_have_text("1 selected")
        tiles(page).nth(2).tap()
        expect(page.locator("#selected")).to_have_text("2 selected")


def test_deleted_pictures_go_and_undo_puts_them_where_they_were(page: Page) -> None:
    ask(page, "tag:city")
    expect(tiles(page)).to_have_count(17)
    before = shown_items(page)
    select(page, 0, 3)
    page.get_by_role("button", name="Delete").click()
    expect(tiles(page)).to_have_count(15)
    expect(page.locator("#said")).to_have_text("15 pictures")
    expect(page.get_by_text("2 pictures deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(tiles(page)).to_have_count(17)
    assert shown_items(page) == before
    ask(page, "tag:city ")
    assert shown_items(page) == before


def test_picture_deleted_while_it_is_large_makes_way_for_the_next(page: Page) -> None:
    ask(page, "tag:night")
    expect(tiles(page)).to_have_count(13)
    tiles(page).first.click()
    first = page.locator("#details h2").text_content() or ""
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#details h2")).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(tiles(page)).to_have_count(12)
    page.get_by_role("button", name="Undo").click()
    expect(tiles(page)).to_have_count(13)


def test_dropped_pictures_are_added_with_progress_and_shown(page: Page) -> None:
    files = [png(f"new arrival {number}.png", 20 + number) for number in range(3)]
    refused = {"name": "letter.png", "mimeType": "image/png", "buffer": b"Dear friend"}
    drop(page, '[data-does="add"]', [*files, refused])
    expect(page.locator(".toast progress")).to_be_visible()
    expect(page.get_by_text("3 pictures added.")).to_be_visible()
    expect(page.locator(".toast", has_text=re.compile("letter.png: "))).to_be_visible()
    page.get_by_role("button", name="Show").click()
    expect(tiles(page)).to_have_count(3)
    for tile in tiles(page).locator("img").all():
        expect(tile).to_have_attribute("alt", re.compile("new arrival"))


def test_picture_that_a_busy_service_refused_is_sent_again(page: Page) -> None:
    asked = be_busy_once(page, "**/items")
    page.locator("#file-add").set_input_files(png("patient.png", 31))
    expect(page.get_by_text("1 picture added.")).to_be_visible()
    assert asked == ["POST", "POST"]


def test_thirty_pictures_are_added_with_the_broken_one_named(page: Page) -> None:
    files = [png(f"many {number}.png", 200 + number) for number in range(29)]
    broken = png("broken.png", 229)
    broken["buffer"] = broken["buffer"][:300]
    page.locator("#file-add").set_input_files([*files[:15], broken, *files[15:]])
    expect(page.locator(".toast", has_text=re.compile("of 30 pictures"))).to_be_visible()
    expect(page.get_by_text("29 pictures added.")).to_be_visible()
    expect(page.locator(".toast", has_text=re.compile("^broken.png: "))).to_be_visible()


def test_chosen_picture_is_added(page: Page) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add", exact=True).click()
    assert chooser.value.is_multiple()
    chooser.value.set_files(png("one more.png", 30))
    expect(page.get_by_text("1 picture added.")).to_be_visible()
    ask(page, 'filename:"one more.png"')
    expect(tiles(page)).to_have_count(1)
    settled(page)
