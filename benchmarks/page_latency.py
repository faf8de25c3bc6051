"""How soon the page shows first results after a keystroke, in a real Chromium.

    python -m benchmarks.page_latency                   100,000 photos, the model tiny
    python -m benchmarks.page_latency --home DIR        keep the gallery there and use it again
    python -m benchmarks.page_latency --address URL     a service that runs already

The gallery is the sample gallery, indexed, and copies of it: every copy has a sample's real
thumbnail and its embedding with a little noise. `sightline serve` runs in a process of its own.
Each query is typed letter by letter; what counts is the time from its last keystroke until the
first of its pictures is painted, and until every picture on the screen is, as the browser's own
element timing tells. No query is asked twice, so each is encoded;
one that is not counted goes before.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.serving import GALLERY, serving
from indexer.folding import fold_if_due
from indexer.reconcile import IndexOptions, index
from search.bootstrap import open_catalogue
from search.domain.indexing import DecodedPicture, FileSlot, FileStamp, IndexedPicture, RootKind
from search.domain.item import AttributeValue, ItemRecord
from search.settings import Settings

SAMPLE = Path(__file__).resolve().parent.parent / "cli" / "demo" / "gallery"
SEED = 20_240_229
BATCH = 2000
NOISE = 0.25
"""Length of what is added to a unit vector: a copy's cosine with its sample is about 0.97."""

KEY_MS = 120
"""Between keystrokes: somebody who types fast."""

_COLOURS = ("red", "blue", "green", "yellow", "purple", "black", "white", "orange")
_THINGS = ("car", "house", "boat", "snowman", "rabbit")

_WATCH = """() => {
  window.painted = [];
  window.pressed = 0;
  const grid = document.getElementById('grid');
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) {
      window.painted.push([Number(one.identifier), one.renderTime || one.loadTime]);
    }
  }).observe({type: 'element', buffered: false});
  let shown = 0;
  new MutationObserver(changes => {
    for (const change of changes) for (const cell of change.addedNodes) {
      const image = cell.querySelector('img');
      image.setAttribute('elementtiming', String(shown++));
    }
  }).observe(grid, {childList: true});
  addEventListener('keydown', event => {
    window.pressed = event.timeStamp;
    window.painted.length = 0;
  }, true);
}"""

_SEEN = """() => {
  const images = [...document.querySelectorAll('#grid img')].filter(image => {
    const {top, bottom} = image.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  });
  const at = new Map(window.painted);
  const times = images.map(image => at.get(Number(image.getAttribute('elementtiming'))));
  const box = document.getElementById('q').value;
  const asked = new URLSearchParams(location.search).get('q');
  const busy = document.querySelector('#grid[aria-busy]');
  if (asked !== box || busy || !times.length || times.includes(undefined)) return null;
  return [Math.min(...times) - window.pressed, Math.max(...times) - window.pressed];
}"""


@dataclass(frozen=True, slots=True)
class Report:
    """Milliseconds after the last keystroke of a query."""

    n_photos: int
    n_queries: int
    first_p50_ms: float
    first_p95_ms: float
    first_max_ms: float
    screen_p50_ms: float
    screen_p95_ms: float


def make_gallery(settings: Settings, n_photos: int, model: str) -> None:
    """The sample gallery, and copies of it up to `n_photos`."""
    catalogue = open_catalogue(settings)
    index(settings, catalogue, [SAMPLE], options=IndexOptions(model=model))
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        space_id = gallery.active_space_id or ""
        items = snapshot.list_items(gallery.id, limit=1000)
        rows = snapshot.item_rows(gallery.id, space_id, [item.id for item in items])
    vectors = dict(zip(rows.item_ids.tolist(), rows.vectors.astype(np.float32), strict=True))
    rng = np.random.default_rng(SEED)
    with catalogue.writing(gallery.id) as work:
        root = work.root("/nowhere/copies", RootKind.FOLDER, None)
        work.commit()
    numbers = range(n_photos - len(items))
    for start in range(0, len(numbers), BATCH):
        batch = numbers[start : start + BATCH]
        with catalogue.writing(gallery.id) as work:
            work.store_pictures(
                [_copy(items, vectors, number, root.id, space_id, rng) for number in batch]
            )
            work.commit()
    fold_if_due(settings, catalogue, gallery.id, space_id)
    catalogue.close()


def _copy(
    items: list[ItemRecord],
    vectors: dict[int, Any],
    number: int,
    root_id: int,
    space_id: str,
    rng: np.random.Generator,
) -> IndexedPicture:
    item = items[number % len(items)]
    view = item.views[0]
    noise = rng.standard_normal(len(vectors[item.id]))
    vector = vectors[item.id] + NOISE * noise / np.linalg.norm(noise)
    vector /= np.linalg.norm(vector)
    path = f"{number // 1000:03}/{number:06}.jpg"
    year, month = 2008 + number % 17, 1 + number % 12
    taken_at = f"{year}-{month:02}-{1 + number % 28:02}T12:00:00Z"
    seconds = (year - 1970) * 31_556_952.0 + month * 2_629_746.0
    attributes = {**item.attributes, "taken_at": AttributeValue(taken_at, seconds)}
    picture = DecodedPicture(
        view.content_hash, view.width, view.height, attributes, tuple(item.tags)
    )
    return IndexedPicture(
        FileSlot(root_id, path, path),
        FileStamp(number + 1, number + 1),
        picture,
        space_id,
        vector.astype(np.float16),
    )


def make_thumbnails(address: str) -> None:
    """Every sample's thumbnail, which its copies share by content."""
    with httpx.Client(base_url=address, timeout=120) as client:
        for item in range(1, 1 + sum(1 for _ in SAMPLE.rglob("*.jpg"))):
            client.get(f"{GALLERY}/items/{item}/image?size=thumb")


def measure(address: str, n_queries: int) -> tuple[list[float], list[float]]:
    """First picture and whole screen, for each query."""
    queries = [f"{colour} {thing}" for thing in _THINGS for colour in _COLOURS][:n_queries]
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(base_url=address, viewport={"width": 1440, "height": 900})
        page.goto("/")
        page.locator(".cell img").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.evaluate(_WATCH)
        _typed(page, "warming up")
        seen = [_typed(page, query) for query in queries]
        browser.close()
    return [first for first, _ in seen], [whole for _, whole in seen]


def _typed(page: Page, query: str) -> tuple[float, float]:
    box = page.locator("#q")
    box.fill("")
    page.wait_for_load_state("networkidle")
    box.press_sequentially(query, delay=KEY_MS)
    first, whole = page.wait_for_function(_SEEN).json_value()
    return float(first), float(whole)


def run(address: str, n_queries: int) -> Report:
    """Type into the page of the service at the address."""
    make_thumbnails(address)
    n_photos = httpx.get(f"{address}{GALLERY}/status", timeout=120).json()["items"]
    first, whole = measure(address, n_queries)
    marks = [*np.percentile(first, [50, 95, 100]), *np.percentile(whole, [50, 95])]
    return Report(n_photos, len(first), *(round(float(mark), 1) for mark in marks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--address", help="of a service that runs already")
    parser.add_argument("--home", type=Path, help="keep the gallery here and use it again")
    given = parser.parse_args()
    if given.address:
        print(json.dumps(asdict(run(given.address, given.queries)), indent=2))
        return
    with tempfile.TemporaryDirectory() as made:
        settings = Settings(home=given.home or Path(made))
        if not (settings.home / "sightline.db").exists():
            print(f"Making a gallery of {given.photos:,} photos", file=sys.stderr)
            make_gallery(settings, given.photos, given.model)
        with serving(settings) as (address, _):
            print(json.dumps(asdict(run(address, given.queries)), indent=2))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))
    main()
