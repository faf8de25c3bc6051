"""Takes the pictures of the page that README.md shows, from the sample gallery in a real Chromium.

    python docs/screenshots.py
    python docs/screenshots.py DIR      in a home with the sample gallery indexed already

The service runs as `sightline serve` with the model tiny, over a home of its own.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_plus

from PIL import Image
from playwright.sync_api import Browser, Page, Request, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks.page_latency import SAMPLE, make_thumbnails, serving  # noqa: E402
from indexer.reconcile import IndexOptions, index  # noqa: E402
from search.bootstrap import open_catalogue  # noqa: E402
from search.settings import Settings  # noqa: E402

FOLDER = REPOSITORY / "docs" / "images"
SNAP = REPOSITORY / "cli" / "demo" / "queries" / "turquoise-teapot.jpg"
QUALITY = 80
MOST_BYTES = 150_000


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: what is done first, and on which screen."""

    name: str
    does: Callable[[Page], None]
    width: int = 1280
    height: int = 800
    dark: bool = False


def _words(page: Page) -> None:
    _ask(page, "a red car")


def _picture(page: Page) -> None:
    page.locator("#file-search").set_input_files(SNAP)
    page.locator(".chip.picture").wait_for()
    _ask(page, "in the snow")


def _large(page: Page) -> None:
    _ask(page, "a windmill at sunset")
    page.locator(".tile").first.click()
    page.locator("#details", has_text="Camera").wait_for()


def _phone(page: Page) -> None:
    _ask(page, "tag:meadow")


SHOTS = (
    Shot("page-words", _words),
    Shot("page-picture", _picture, dark=True),
    Shot("page-large", _large),
    Shot("page-phone", _phone, width=360, height=720),
)


def _ask(page: Page, text: str) -> None:
    with page.expect_response(lambda response: _asks(response.request, text)):
        page.fill("#q", text)
    page.locator("#grid:not([aria-busy])").wait_for()
    page.locator("#q").blur()


def _asks(request: Request, text: str) -> bool:
    """Whether it is the search for this text, not for what stood there before."""
    return "/search" in request.url and text in (request.post_data or unquote_plus(request.url))


def take(browser: Browser, address: str, shot: Shot) -> bytes:
    """The page as WebP, once every picture in view is there."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/")
    page.locator(".cell").first.wait_for()
    shot.does(page)
    page.wait_for_load_state("networkidle")
    page.evaluate(
        "() => Promise.all([...document.images].filter(one => one.src).map(one => one.decode()))"
    )
    taken = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    written = io.BytesIO()
    taken.convert("RGB").save(written, "WEBP", quality=QUALITY, method=6)
    return written.getvalue()


def main() -> int:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.stderr.write("There is no Chromium; on Debian and Ubuntu: apt install chromium\n")
        return 1
    os.environ["SIGHTLINE_OFFLINE"] = "true"
    with tempfile.TemporaryDirectory() as made:
        settings = Settings(home=Path(sys.argv[1] if len(sys.argv) > 1 else made))
        if len(sys.argv) == 1:
            catalogue = open_catalogue(settings)
            index(settings, catalogue, [SAMPLE], options=IndexOptions(model="tiny"))
            catalogue.close()
        with serving(settings) as (address, _), sync_playwright() as playwright:
            make_thumbnails(address)
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu"]
            )
            for shot in SHOTS:
                content = take(browser, address, shot)
                if len(content) > MOST_BYTES:
                    sys.stderr.write(f"{shot.name} has {len(content):,} bytes; it is too large.\n")
                    return 1
                (FOLDER / f"{shot.name}.webp").write_bytes(content)
                sys.stdout.write(f"{FOLDER.name}/{shot.name}.webp  {len(content):,} bytes\n")
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
