"""The search box in another site's page: two lines and a key that is good there alone."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.doing import be_busy_once, png

_PAGE = """<!doctype html><html lang="en"><title>A shop</title><body><h1>A shop</h1>
<script type="module" src="{service}/embed.js"></script>
<sightline-search key="{key}" gallery="default"></sightline-search>
</body></html>"""


@dataclass(frozen=True)
class Service:
    """`administrator`: the header that may do all."""

    address: str
    administrator: dict[str, str]


@dataclass
class Site:
    """Somebody's site with one page, on an origin of its own, under a strict policy."""

    page: str = ""
    policy: str = ""
    port: int = 0

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()

    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", made.policy)
            self.end_headers()
            self.wfile.write(made.page.encode() if self.path == "/" else b"")

        def log_message(self, *said: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def service(own_address: str) -> Service:
    """The module's service, closed by an administrator's key."""
    made = httpx.post(f"{own_address}/v1/keys", json={"name": "me", "scopes": ["admin"]}).json()
    return Service(own_address, {"Authorization": f"Bearer {made['secret']}"})


def _embed(site: Site, service: Service, origin: str) -> str:
    """Fill the site's page; the key is bound to the origin."""
    wanted = {"name": "shop", "scopes": ["search"], "origin": origin, "galleries": ["default"]}
    made = httpx.post(f"{service.address}/v1/keys", json=wanted, headers=service.administrator)
    key = made.json()["secret"]
    address = service.address
    site.page = _PAGE.format(service=address, key=key)
    site.policy = (
        f"default-src 'none'; script-src {address}; connect-src {address}; img-src {address} data:"
    )
    return str(key)


@contextlib.contextmanager
def _visiting(browser: Browser, site: Site) -> Iterator[tuple[Page, list[str]]]:
    context = browser.new_context(viewport={"width": 900, "height": 700})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    try:
        page.goto(site.origin)
        yield page, errors
    finally:
        context.close()


def test_two_lines_put_the_box_into_another_site(
    browser: Browser, service: Service, site: Site
) -> None:
    _embed(site, service, site.origin)
    with _visiting(browser, site) as (page, errors):
        page.get_by_role("searchbox", name="Search pictures").press_sequentially("red")
        images = page.get_by_role("list", name="Results").get_by_role("img")
        expect(images).to_have_count(6)
        page.wait_for_function(
            """() => [...document.querySelector('sightline-search').shadowRoot
              .querySelectorAll('.grid img')].every(image => image.naturalWidth > 0)"""
        )
        page.get_by_role("list", name="Results").get_by_role("button").first.click()
        expect(page.get_by_role("dialog", name="Picture")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
    assert [text for text in errors if "favicon" not in text and "404" not in text] == []


def test_embedded_box_asks_a_busy_service_again(
    browser: Browser, service: Service, site: Site
) -> None:
    _embed(site, service, site.origin)
    with _visiting(browser, site) as (page, _):
        shown = {
            "Access-Control-Allow-Origin": site.origin,
            "Access-Control-Expose-Headers": "Retry-After",
        }
        asked = be_busy_once(page, "**/search", shown)
        page.evaluate("() => document.querySelector('sightline-search').search('red')")
        expect(page.get_by_role("list", name="Results").get_by_role("img")).to_have_count(6)
        assert asked == ["POST", "POST"]


@pytest.mark.parametrize(("ink", "is_light"), [("#111", False), ("#ddd", True)])
def test_accent_of_the_embedded_box_stands_out_on_light_and_dark_sites(
    browser: Browser, service: Service, site: Site, ink: str, is_light: bool
) -> None:
    _embed(site, service, site.origin)
    with _visiting(browser, site) as (page, _):
        page.evaluate("(ink) => { document.body.style.color = ink; }", ink)
        page.get_by_role("searchbox", name="Search pictures").focus()
        shares = page.evaluate(
            """() => { const box = document.querySelector('sightline-search').shadowRoot
                .querySelector('input[type=search]');
              const colour = getComputedStyle(box).outlineColor;
              return colour.match(/[0-9.]+/g).slice(0, 3).map(Number); }"""
        )
        assert (sum(shares) / 3 > 0.5) is is_light


def test_embedded_box_searches_with_a_picture(
    browser: Browser, service: Service, site: Site
) -> None:
    _embed(site, service, site.origin)
    with _visiting(browser, site) as (page, _):
        page.locator("input[type=file]").set_input_files(png("seen.png", 1))
        expect(page.get_by_text("Your picture")).to_be_visible()
        expect(page.get_by_role("list", name="Results").get_by_role("img")).to_have_count(6)
        page.get_by_label("Remove: Your picture").click()
        expect(page.get_by_role("list", name="Results").get_by_role("img")).to_have_count(0)


def test_chosen_picture_is_an_event_that_the_site_may_take(
    browser: Browser, service: Service, site: Site
) -> None:
    _embed(site, service, site.origin)
    with _visiting(browser, site) as (page, _):
        page.evaluate(
            """() => addEventListener('sightline-open', event => {
              event.preventDefault();
              document.title = `item ${event.detail.item}`;
            })"""
        )
        page.evaluate("() => document.querySelector('sightline-search').search('blue')")
        page.get_by_role("list", name="Results").get_by_role("button").first.click()
        page.wait_for_function("() => /^item [0-9]+$/.test(document.title)")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_key_of_another_site_finds_nothing_here(
    browser: Browser, service: Service, site: Site
) -> None:
    _embed(site, service, "https://shop.example")
    with _visiting(browser, site) as (page, _):
        page.get_by_role("searchbox", name="Search pictures").press_sequentially("red")
        expect(page.get_by_role("status")).to_have_text(
            "The search cannot be reached from this page."
        )
        expect(page.get_by_role("list", name="Results").get_by_role("img")).to_have_count(0)


def test_key_of_a_site_cannot_change_anything(service: Service, site: Site) -> None:
    key = _embed(site, service, site.origin)
    there = {"Authorization": f"Bearer {key}", "Origin": site.origin}
    gallery = f"{service.address}/v1/galleries/default"
    assert httpx.get(f"{gallery}/search", headers=there).status_code == 200
    assert httpx.delete(f"{gallery}/items/1", headers=there).status_code == 403
    assert httpx.get(f"{service.address}/v1/keys", headers=there).status_code == 403
    assert httpx.get(f"{gallery}/items/1/image?size=original", headers=there).status_code == 403
