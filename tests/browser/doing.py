"""What tests do again and again in a page."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import numpy as np
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, Request, Route, expect


def tiles(page: Page) -> Locator:
    return page.locator(".tile")


def settled(page: Page) -> None:
    """Wait until the grid shows the answer to the last question."""
    expect(page.locator("#grid")).not_to_have_attribute("aria-busy", "true")


def ask(page: Page, text: str) -> None:
    """Type, and wait until the grid shows the answer to it."""
    with page.expect_response(lambda response: _asks(response.request, text)):
        page.fill("#q", text)
    settled(page)


def _asks(request: Request, text: str) -> bool:
    """Whether it is the search for this text; a cursor only goes on with a search."""
    address = urlsplit(request.url)
    if not address.path.endswith("/search"):
        return False
    asked = request.post_data_json if request.method == "POST" else dict(parse_qsl(address.query))
    return asked.get("q", "") == text and "cursor" not in asked


def be_busy_once(
    page: Page, url: str | re.Pattern[str], headers: Mapping[str, str] | None = None
) -> list[str]:
    """Have the service be too busy for the first request to these addresses, for no time at all.

    Args:
        headers: what that answer says besides.
    Returns:
        The methods of the requests there, as they come.
    """
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        if len(asked) > 1:
            route.continue_()
            return
        body = {"error": "Busy.", "code": "too_busy", "hint": "Later."}
        route.fulfill(status=429, headers={"Retry-After": "0", **(headers or {})}, json=body)

    page.route(url, answer)
    return asked


def snap(page: Page, seed: int) -> None:
    """Search with a picture unlike any other, and wait until the grid shows the answer."""
    page.locator("#file-search").set_input_files(png("seen.png", seed))
    expect(page.locator(".chip.picture")).to_contain_text("Your picture")
    settled(page)


def shown_items(page: Page) -> list[int]:
    """The items of the grid, in their order."""
    return [
        int(cell.get_attribute("data-item") or 0) for cell in page.locator("#grid > .cell").all()
    ]


def select(page: Page, *places: int) -> None:
    """Put a tick on the pictures at these places."""
    for place in places:
        tiles(page).nth(place).focus()
        page.keyboard.press("x")


def picture(seed: int, size: tuple[int, int] = (120, 90)) -> bytes:
    """A PNG unlike any other."""
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "PNG")
    return out.getvalue()


def png(name: str, seed: int) -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": picture(seed)}


def drop(page: Page, onto: str, files: list[FilePayload]) -> None:
    """Drag files over the page and drop them on the element `onto`."""
    transfer = page.evaluate_handle(
        """files => {
          const transfer = new DataTransfer();
          for (const {name, type, bytes} of files) {
            transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
          }
          return transfer;
        }""",
        [
            {"name": one["name"], "type": one["mimeType"], "bytes": list(one["buffer"])}
            for one in files
        ],
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    page.dispatch_event(onto, "dragover", {"dataTransfer": transfer})
    page.dispatch_event(onto, "drop", {"dataTransfer": transfer})


def paste(page: Page, file: FilePayload) -> None:
    page.evaluate(
        """({name, type, bytes}) => {
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([new Uint8Array(bytes)], name, {type}));
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }""",
        {"name": file["name"], "type": file["mimeType"], "bytes": list(file["buffer"])},
    )
