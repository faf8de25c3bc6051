"""What people do with the page, in a real browser against a real service."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

_WORDS = "yellow ducks"


def _tiles(page: Page) -> Locator:
    return page.locator(".tile")


def _ask(page: Page, text: str) -> None:
    """Type, and wait until the grid shows the answer to it."""
    with page.expect_response(lambda response: "/search?" in response.url):
        page.fill("#q", text)
    expect(page.locator("#grid")).not_to_have_attribute("aria-busy", "true")


def _picture(seed: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (90, 120, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


def test_results_come_as_one_types_and_the_address_names_them(page: Page) -> None:
    _ask(page, _WORDS)
    expect(page).to_have_url(re.compile(r"q=yellow\+ducks"))
    expect(page).to_have_title(re.compile(_WORDS))
    expect(page.locator("#said")).to_contain_text("nearest first")


def test_back_brings_the_query_before(page: Page) -> None:
    _ask(page, "tag:meadow")
    page.keyboard.press("Enter")
    _ask(page, "tag:city")
    page.keyboard.press("Enter")
    page.go_back()
    expect(page.locator("#q")).to_have_value("tag:meadow")
    page.go_forward()
    expect(page.locator("#q")).to_have_value("tag:city")


def test_rows_fill_the_page_and_stay_where_they_are_when_more_come(page: Page) -> None:
    width = page.locator("#grid").bounding_box()
    first, before = _tiles(page).first.bounding_box(), _tiles(page).count()
    assert width is not None
    assert first is not None
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 20_000)
    expect(_tiles(page).nth(before + 10)).to_be_attached()
    page.locator("#q").focus()
    page.mouse.wheel(0, -60_000)
    expect(_tiles(page).first).to_be_in_viewport()
    assert _tiles(page).first.bounding_box() == first


def test_keyboard_leads_from_the_box_to_a_picture_and_back(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(_tiles(page).first).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(_tiles(page).nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#details")).to_contain_text("Path")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(page.locator("#lightbox")).to_be_hidden()
    expect(_tiles(page).nth(2)).to_be_focused()


def test_suggestions_complete_a_tag(page: Page) -> None:
    page.locator("#q").press_sequentially("tag:mead")
    expect(page.get_by_role("option", name="meadow")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value("tag:meadow ")
    expect(page.locator("#said")).to_have_text("30 pictures, nearest first")


def test_facet_narrows_and_widens_again(page: Page) -> None:
    meadow = page.locator("#facets button", has_text="meadow")
    expect(meadow).to_contain_text("30")
    meadow.click()
    expect(page.locator("#q")).to_have_value("tag:meadow")
    expect(meadow).to_have_attribute("aria-pressed", "true")
    meadow.click()
    expect(page.locator("#q")).to_have_value("")


def test_more_and_less_like_this_are_chips_that_come_off(page: Page) -> None:
    _tiles(page).first.focus()
    page.keyboard.press("m")
    expect(page.locator(".chip.more")).to_have_count(1)
    expect(page).to_have_url(re.compile("more="))
    page.locator("#said", has_text="nearest").wait_for()
    _tiles(page).nth(1).focus()
    page.keyboard.press("l")
    expect(page.locator(".chip.less")).to_have_count(1)
    page.get_by_label("Remove: More like this").click()
    expect(page.locator(".chip.more")).to_have_count(0)
    expect(page.locator(".chip.less")).to_have_count(1)


def test_chosen_picture_is_searched_whole_and_by_a_part(page: Page) -> None:
    page.locator("#file-search").set_input_files(
        {"name": "seen.png", "mimeType": "image/png", "buffer": _picture(1)}
    )
    page.get_by_text("Your picture").click()
    area = page.locator("#cropped").bounding_box()
    assert area is not None
    page.mouse.move(area["x"] + 10, area["y"] + 10)
    page.mouse.down()
    page.mouse.move(area["x"] + 80, area["y"] + 60)
    page.mouse.up()
    # The whole picture's own answer may still be on its way.
    with page.expect_response(
        lambda response: (
            response.url.endswith("/search") and '"box":[' in (response.request.post_data or "")
        )
    ) as found:
        page.locator("#use-box").click()
    assert found.value.status == 200
    assert len(found.value.request.post_data_json["terms"][0]["box"]) == 4
    expect(page.get_by_text("Part of your picture")).to_be_visible()


def test_deleting_can_be_undone(page: Page) -> None:
    _ask(page, "tag:city")
    expect(page.locator("#said")).to_contain_text("17 pictures")
    expect(_tiles(page)).to_have_count(17)
    _tiles(page).first.focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="Delete").click()
    expect(_tiles(page)).to_have_count(16)
    page.get_by_role("button", name="Undo").click()
    expect(_tiles(page)).to_have_count(17)


def test_tag_put_on_a_selection_is_found(page: Page) -> None:
    _tiles(page).first.focus()
    page.keyboard.press("x")
    page.locator("#tag").fill("treasure")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The tag treasure was put on 1 picture.")).to_be_visible()
    _ask(page, "tag:treasure")
    expect(_tiles(page)).to_have_count(1)


def test_added_picture_can_be_found(page: Page) -> None:
    page.locator("#file-add").set_input_files(
        {"name": "new arrival.png", "mimeType": "image/png", "buffer": _picture(2)}
    )
    expect(page.get_by_text("1 picture added.")).to_be_visible()


def test_administrator_sees_what_there_is(page: Page) -> None:
    page.locator("#manage").click()
    expect(page.locator("#admin-body")).to_contain_text("Embedded")
    expect(page.locator("#admin-body")).to_contain_text("hashing@0")


def test_narrow_page_does_not_scroll_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("#filters").click()
    page.locator("#facets button", has_text="meadow").click()
    expect(page.locator("#facets")).to_be_hidden()
    expect(_tiles(page).first).to_be_visible()
    for part in ("#q", "#grid", ".tools"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
