"""One picture, large, with all that is known about it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import ask, settled, tiles


def test_details_name_exif_tags_score_and_path(page: Page) -> None:
    ask(page, "a red car")
    tiles(page).first.click()
    details = page.locator("#details")
    for name in ("Similarity", "Taken", "Size", "Camera", "Exposure", "ISO", "Lens"):
        expect(details.locator("dt", has_text=re.compile(f"^{name}$"))).to_be_visible()
    expect(details).to_contain_text("/cli/demo/gallery/")
    expect(details.locator(".tags li").first).to_be_visible()
    assert page.evaluate("() => document.getElementById('large').decode().then(() => true)")


def test_arrow_keys_step_and_closing_returns_to_the_picture(page: Page) -> None:
    tiles(page).nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#details")).to_contain_text("Path")
    first = page.locator("#details h2").text_content()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#details h2")).not_to_have_text(first or "")
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(tiles(page).nth(2)).to_be_focused()


def test_back_closes_the_picture_and_leaves_the_results(page: Page) -> None:
    ask(page, "tag:meadow")
    page.keyboard.press("Enter")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/search" in one.url else None)
    tiles(page).nth(3).click()
    expect(page.locator("#lightbox")).to_be_visible()
    page.go_back()
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("tag:meadow")
    expect(tiles(page).nth(3)).to_be_focused()
    page.go_forward()
    expect(page.locator("#lightbox")).to_be_visible()
    page.locator("#close").click()
    expect(page.locator("#lightbox")).to_be_hidden()
    assert asked == []


def test_tags_are_added_taken_off_and_lead_to_their_pictures(page: Page) -> None:
    ask(page, "tag:studio")
    tiles(page).first.click()
    page.get_by_label("Add a tag").fill("find of the day")
    page.keyboard.press("Enter")
    added = page.get_by_role("button", name="find of the day", exact=True)
    expect(added).to_be_visible()
    added.click()
    expect(page.locator("#q")).to_have_value('tag:"find of the day"')
    expect(page.locator("#said")).to_have_text("1 picture")
    tiles(page).first.click()
    page.get_by_label("Remove the tag find of the day").click()
    expect(added).to_be_hidden()


def test_part_of_a_hit_can_be_searched_for(page: Page) -> None:
    tiles(page).first.click()
    page.get_by_role("button", name="Search a part").click()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(page.locator(".chip.picture")).to_contain_text("Part of your picture")
    settled(page)
    expect(page.locator("#said")).to_contain_text("Nearest first")


def test_finger_swipes_from_picture_to_picture(open_page: OpenPage, address: str) -> None:
    viewport = {"width": 360, "height": 740}
    with open_page(address, viewport=viewport, has_touch=True, is_mobile=True) as page:
        tiles(page).first.tap()
        first = page.locator("#details h2").text_content()
        touch = {"pointerType": "touch", "clientY": 200, "isPrimary": True}
        page.dispatch_event("#stage", "pointerdown", {**touch, "clientX": 300})
        page.dispatch_event("#stage", "pointerup", {**touch, "clientX": 100})
        expect(page.locator("#details h2")).not_to_have_text(first or "")
        page.dispatch_event("#stage", "pointerdown", {**touch, "clientX": 100})
        page.dispatch_event("#stage", "pointerup", {**touch, "clientX": 300})
        expect(page.locator("#details h2")).to_have_text(first or "")
