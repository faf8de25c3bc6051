"""The administrator's view: what there is, what failed and why, models, the index."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import OpenPage


def _manage(page: Page) -> None:
    page.get_by_role("button", name="Manage").click()
    expect(page.locator("#admin-body")).to_contain_text("Keys")


def test_administrator_sees_what_is_indexed_and_what_failed_and_why(
    open_page: OpenPage, own_address: str
) -> None:
    with open_page(own_address) as page:
        _manage(page)
        figures = page.locator(".figures")
        for name, count in (("Items", 6), ("Embedded", 6), ("Failed", 1)):
            expect(figures.locator("div", has_text=name)).to_have_text(f"{name}{count}")
        failed = page.get_by_role("row", name=re.compile("broken.jpg"))
        expect(failed).to_contain_text(re.compile("[a-z]{4,}.*[a-z]{4,}"))
        expect(page.get_by_role("row", name=re.compile("hashing@0"))).to_contain_text("6 of 6")


def test_upload_that_failed_is_listed_under_its_own_name(
    open_page: OpenPage, own_address: str
) -> None:
    with open_page(own_address) as page:
        cut = {"name": "holiday 1.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n"}
        page.locator("#file-add").set_input_files(cut)
        expect(page.locator(".toast", has_text="holiday 1.png: ")).to_be_visible()
        _manage(page)
        expect(page.get_by_role("cell", name="holiday 1.png", exact=True)).to_be_visible()


def test_index_is_built_again_with_live_progress(open_page: OpenPage, own_address: str) -> None:
    with open_page(own_address) as page:
        _manage(page)
        page.get_by_role("button", name="Build the index again").click()
        expect(page.locator("#admin .job progress")).to_be_visible()
        expect(page.locator("#admin .job")).to_contain_text("The index is built.")
        expect(page.get_by_role("button", name="Build the index again")).to_be_enabled()


def test_another_model_is_chosen_prepared_and_covers_the_gallery(
    open_page: OpenPage, own_address: str
) -> None:
    with open_page(own_address) as page:
        _manage(page)
        form = page.get_by_role("form", name="Another model")
        expect(form.locator("datalist option[value=tiny]")).to_be_attached()
        form.get_by_role("combobox", name="Another model").fill("tiny")
        expect(form).to_contain_text("ships along")
        form.get_by_role("button", name="Prepare it").click()
        tiny = page.get_by_role("row", name=re.compile("^tiny"))
        expect(page.locator("#admin .job")).to_contain_text("tiny is ready", timeout=120_000)
        expect(tiny).to_contain_text("6 of 6")
        expect(tiny.get_by_role("button", name="Use")).to_be_enabled()


def test_model_that_does_not_exist_gets_a_sentence(open_page: OpenPage, own_address: str) -> None:
    with open_page(own_address) as page:
        _manage(page)
        page.get_by_role("combobox", name="Another model").fill("no-such-model/at-all")
        page.get_by_role("button", name="Prepare it").click()
        expect(page.locator("#admin .job")).to_contain_text("no-such-model", timeout=120_000)


def test_manage_waits_until_it_is_known_which_gallery_is_meant(page: Page) -> None:
    held: list[Route] = []
    page.route("**/v1/galleries", lambda route: held.append(route))
    manage = page.get_by_role("button", name="Manage")
    with page.expect_request("**/v1/galleries"):
        page.reload()
    expect(manage).to_have_count(0)
    held[0].continue_()
    manage.click()
    expect(page.locator("#admin-title")).to_have_text("Gallery default")
