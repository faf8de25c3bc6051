"""The panel in which labels are tried on a picture."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import drop, paste, picture, png, snap
from tests.classifiers.conftest import CLASSES, organs
from tests.support.galleries import GalleryUnderTest
from tests.support.services import ServiceProcess

__all__ = ["organs"]

_TEMPLATE = "a photo of a {}."


def _panel(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Try labels")


def _answers(page: Page) -> Locator:
    return page.locator("#answers li")


def _choose(page: Page, seed: int) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a picture").click()
    chooser.value.set_files(png("tried.png", seed))
    expect(page.locator("#tried")).to_be_visible()


def test_typed_labels_get_bars_likeliest_first(page: Page, address: str) -> None:
    page.get_by_role("button", name="Try labels").click()
    _choose(page, 40)
    page.get_by_label("Labels, between commas").fill("cat, dog,\na city at night,")
    expect(_answers(page)).to_have_count(3)
    asked = {
        "image": base64.b64encode(picture(40)).decode(),
        "labels": ["cat", "dog", "a city at night"],
        "templates": [_TEMPLATE],
    }
    answer = httpx.post(f"{address}/v1/galleries/default/classify", json=asked).json()
    labels = [one["label"] for one in answer["labels"]]
    assert _answers(page).locator(".name").all_text_contents() == labels
    for one in answer["labels"]:
        bar = page.get_by_role("progressbar", name=f"Probability of {one['label']}")
        expect(bar).to_have_js_property("value", one["probability"])
    expect(page.locator("#try-said")).to_contain_text(f"Likeliest: {labels[0]}, ")
    page.get_by_label("In the sentence").fill("{} from above")
    asked["templates"] = ["{} from above"]
    other = httpx.post(f"{address}/v1/galleries/default/classify", json=asked).json()["labels"][0]
    bar = page.get_by_role("progressbar", name=f"Probability of {other['label']}")
    expect(bar).to_have_js_property("value", other["probability"])


def test_what_cannot_be_asked_gets_a_sentence(page: Page) -> None:
    page.get_by_role("button", name="Try labels").click()
    _choose(page, 41)
    field = page.get_by_label("Labels, between commas")
    field.fill("cat, Cat")
    expect(page.locator("#try-said")).to_have_text(
        "The label 'Cat' is there twice. Name each class once."
    )
    expect(_answers(page)).to_have_count(0)
    field.fill("cat, dog")
    expect(_answers(page)).to_have_count(2)
    page.get_by_label("In the sentence").fill("nothing")
    expect(page.locator("#try-said")).to_contain_text("has no place for the class name")


def test_panel_takes_a_drop_and_a_paste_and_the_search_stays_as_it_is(page: Page) -> None:
    page.keyboard.press("Escape")
    page.locator("#home").focus()
    page.keyboard.press("t")
    expect(_panel(page)).to_be_visible()
    drop(page, "#trying", [png("dropped.png", 42)])
    expect(page.locator("#tried")).to_be_visible()
    dropped = page.locator("#tried").get_attribute("src") or ""
    paste(page, png("pasted.png", 43))
    expect(page.locator("#tried")).not_to_have_attribute("src", dropped)
    page.keyboard.press("Escape")
    expect(_panel(page)).to_be_hidden()
    expect(page.locator(".chip.picture")).to_have_count(0)


def test_picture_of_the_search_is_tried(page: Page) -> None:
    snap(page, 44)
    page.get_by_role("button", name="Try labels on it").click()
    searched = page.locator("#tried").get_attribute("src")
    page.get_by_label("Labels, between commas").fill("cat, dog")
    expect(_answers(page)).to_have_count(2)
    _choose(page, 45)
    expect(page.locator("#tried")).not_to_have_attribute("src", searched or "")
    page.get_by_role("button", name="The one searched with").click()
    expect(page.locator("#tried")).to_have_attribute("src", searched or "")


def test_picture_that_is_large_is_tried_on_a_phone(open_page: OpenPage, address: str) -> None:
    with open_page(address, viewport={"width": 360, "height": 740}) as page:
        page.locator(".tile").first.click()
        page.locator("#details").get_by_role("button", name="Try labels").click()
        expect(page.locator("#tried")).to_be_visible()
        page.get_by_label("Labels, between commas").fill("cat, dog")
        expect(_answers(page)).to_have_count(2)
        page.get_by_role("button", name="Close").last.click()
        expect(page.locator("#lightbox")).to_be_visible()


def test_taxonomy_is_tried_and_no_classifier_is_offered_that_is_not_there(page: Page) -> None:
    page.get_by_role("button", name="Try labels").click()
    _choose(page, 46)
    by = page.get_by_label("Ask about")
    expect(by.locator("optgroup[label='Ready-made taxonomies'] option").first).to_be_attached()
    assert "everyday" in by.locator("option").all_text_contents()
    expect(by.locator("optgroup[label=Classifiers]")).to_have_count(0)
    by.select_option("everyday")
    expect(page.get_by_label("Labels, between commas")).to_be_hidden()
    expect(_answers(page)).to_have_count(12)
    expect(page.locator("#try-said")).to_have_text(re.compile("^Likeliest: [a-z ]+/[a-z ]+, "))


def test_classifier_that_an_administrator_names_is_offered_and_answers(
    open_page: OpenPage, tmp_path: Path, organs: Path
) -> None:
    gallery = GalleryUnderTest(tmp_path / "home", tmp_path / "photos")
    gallery.draw("p.png", 0)
    gallery.run()
    gallery.close()
    spec = f"timm:test_resnet@{organs}"
    service = ServiceProcess(tmp_path / "home", SIGHTLINE_CLASSIFIERS=json.dumps([spec]))
    with open_page(service.address) as page:
        page.get_by_role("button", name="Try labels").click()
        _choose(page, 46)
        by = page.get_by_label("Ask about")
        expect(by.locator("optgroup[label=Classifiers] option")).to_have_text([spec])
        by.select_option(spec)
        expect(page.get_by_label("Labels, between commas")).to_be_hidden()
        expect(_answers(page)).to_have_count(len(CLASSES))
        for name in CLASSES:
            expect(page.locator("#answers")).to_contain_text(name)
    assert service.terminate() == 0
