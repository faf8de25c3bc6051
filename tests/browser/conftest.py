"""One service over the drawn sample gallery and one Chromium; each test gets a page of its own."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from indexer.categorising import Categoriser
from search.categories.taxonomy_file import read_taxonomy
from tests.support.galleries import GalleryUnderTest
from tests.support.services import ServiceProcess

SAMPLE = Path(__file__).resolve().parents[2] / "cli" / "demo" / "gallery"
_PATIENCE_MS = 60_000

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_REFUSED = re.compile(r"responded with a status of (400|401|403|404|429) ")
"""Refusals that the page tells people about; Chromium says so as well."""

OpenPage = Callable[..., contextlib.AbstractContextManager[Page]]


def _is_fault(said: ConsoleMessage) -> bool:
    refused = _REFUSED.search(said.text) and "/v1/" in said.location["url"]
    return said.type == "error" and not refused


@pytest.fixture(scope="package")  # while Playwright runs, its thread has an event loop
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium; apt-get install chromium.")
        pytest.skip("There is no Chromium on this machine.")
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
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


@pytest.fixture(scope="module")
def own_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small service of the module's own: six drawn pictures, and one that cannot be read."""
    tmp_path = tmp_path_factory.mktemp("own")
    gallery = GalleryUnderTest(tmp_path / "home", tmp_path / "photos")
    for number in range(6):
        gallery.draw(f"p{number}.png", number)
    (tmp_path / "photos" / "broken.jpg").write_bytes(b"no picture at all")
    gallery.run()
    gallery.close()
    service = ServiceProcess(tmp_path / "home")
    yield service.address
    assert service.terminate() == 0


@pytest.fixture
def empty_address(tmp_path: Path) -> Iterator[str]:
    """A service whose only gallery has no picture."""
    gallery = GalleryUnderTest(tmp_path / "home", tmp_path / "photos")
    gallery.catalogue.create_gallery("default")
    gallery.close()
    service = ServiceProcess(tmp_path / "home")
    yield service.address
    assert service.terminate() == 0


# Hashed words mean nothing: with a threshold of 0 the likeliest is assigned, whatever it is.
TAXONOMIES = (
    "taxonomy: pets\nthreshold: 0\ncategories: [animals: {children: [cat, dog, fox]}, sky]",
    "taxonomy: colours\nmode: multi\nthreshold: 0.4\ncategories: [red, green, blue]",
)


@pytest.fixture(scope="module")
def sorted_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small service of the module's own: twelve drawn pictures in categories of two
    taxonomies."""
    tmp_path = tmp_path_factory.mktemp("sorted")
    gallery = GalleryUnderTest(tmp_path / "home", tmp_path / "photos")
    for number in range(12):
        gallery.draw(f"p{number:02}.png", number)
    gallery.run()
    with gallery.catalogue.writing(gallery.row.id) as work:
        for text in TAXONOMIES:
            work.store_taxonomy(read_taxonomy(text))
        work.commit()
    Categoriser(gallery.catalogue, gallery.row.id, gallery.open_embedder).assign()
    gallery.close()
    service = ServiceProcess(tmp_path / "home")
    yield service.address
    assert service.terminate() == 0


@pytest.fixture(scope="package")
def open_page(browser: Browser) -> OpenPage:
    """Opens a page and waits for what it shows first; when it closes it must have said no error."""

    @contextlib.contextmanager
    def opened(
        address: str, path: str = "/", *, shows: str = ".cell", **options: Any
    ) -> Iterator[Page]:
        options = {"viewport": {"width": 1200, "height": 800}, **options}
        context = browser.new_context(base_url=address, **options)
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if _is_fault(said) else None)
        try:
            page.goto(path)
            expect(page.locator(shows).first).to_be_visible()
            yield page
        finally:
            context.close()
        assert errors == []

    return opened


@pytest.fixture
def page(open_page: OpenPage, address: str) -> Iterator[Page]:
    """The sample gallery's page with its first pictures."""
    with open_page(address) as page:
        yield page
