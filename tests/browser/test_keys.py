"""Keys in the administrator's view; the first one closes the service."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.doing import tiles


def test_first_key_signs_its_maker_in_and_keys_are_made_and_revoked(
    open_page: OpenPage, own_address: str
) -> None:
    with open_page(own_address) as page:
        page.get_by_role("button", name="Manage").click()
        form = page.get_by_role("form", name="New key")
        form.get_by_label("New key, for whom").fill("me")
        form.get_by_role("button", name="Make a key").click()
        secret = page.get_by_label("The new key").input_value()
        assert secret.startswith("sl_")
        expect(page.get_by_role("row", name=re.compile("^me ")).first).to_contain_text("admin")

        form.get_by_label("New key, for whom").fill("shop window")
        form.get_by_label("What for").select_option("site")
        form.get_by_label("The site").fill("https://shop.example")
        form.get_by_role("button", name="Make a key").click()
        row = page.get_by_role("row", name=re.compile("shop window"))
        expect(row).to_contain_text("default, pages of https://shop.example")
        lines = page.get_by_label("The new key").input_value()
        assert f'src="{own_address}/embed.js"' in lines
        assert re.search(r'<sightline-search key="sl_[\w-]+" gallery="default">', lines)
        page.get_by_label("Revoke shop window").click()
        expect(row).to_have_count(0)

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
        expect(tiles(page)).to_have_count(0)
        page.get_by_label("Key").fill("sl_wrong")
        page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
        expect(page.locator("#sign-in-said")).to_contain_text("Nobody can sign in")
        page.get_by_label("Key").fill(secret)
        page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
        expect(tiles(page)).to_have_count(6)
