"""One service over the drawn sample gallery and one Chromium; each test gets a page of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.galleries import GalleryUnderTest
from tests.support.services import ServiceProcess

SAMPLE = Path(__file__).resolve().parents[2] / "cli" / "demo" / "gallery"
_PATIENCE_MS = 30_000

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")  # while Playwright runs, its thread has an event loop
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium; apt-get install chromium.")
        pytest.skip("There is no Chromium on this machine.")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("gallery")
    gallery = GalleryUnderTest(home, SAMPLE)
    gallery.run()
    gallery.close()
    service = ServiceProcess(home)
    yield service.address
    assert service.terminate() == 0


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The gallery's page with its first pictures; at the end it must have said no error."""
    context = browser.new_context(base_url=address, viewport={"width": 1200, "height": 800})
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.goto("/")
    expect(page.locator(".cell").first).to_be_visible()
    yield page
    context.close()
    assert errors == []
