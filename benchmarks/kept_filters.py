"""What a filter costs before a search begins: asked of SQL, kept, and kept after a change.

    python -m benchmarks.kept_filters                    100,000 views, SQLite
    python -m benchmarks.kept_filters --views 1000000

`SQL` names the items that match and finds their rows; it is what every search with a filter cost
before conditions were kept, and costs the first one still. `kept` is any search from the third on;
`changed`, the first one after another process has tagged one item.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from benchmarks.service_gallery import photo_gallery
from search.bootstrap import open_catalogue, open_generation_store, open_index_builder
from search.domain.item import TagOrigin
from search.filter_cache import FilterCache
from search.filters.ast import Filter
from search.filters.parser import parse_filter
from search.loading import StateLoader
from search.ports.catalogue import Catalogue
from search.settings import Settings
from search.state import Among

MODEL = "tiny"
FILTERS = (
    "tag:chosen",
    'camera:"Camera 3"',
    "taken:>=2020",
    "-tag:chosen",
    'taken:>=2020 camera:"Camera 3" -tag:chosen',
)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--views", type=int, default=100_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--home", type=Path, help="keep the gallery here")
    chosen = parser.parse_args(arguments)
    with photo_gallery(chosen.home, MODEL, chosen.data, chosen.views) as settings:
        catalogue = open_catalogue(settings)
        for text in FILTERS:
            print(json.dumps({"filter": text, **_measured(settings, catalogue, text)}), flush=True)
        catalogue.close()


def _measured(settings: Settings, catalogue: Catalogue, text: str) -> dict[str, float]:
    where, asking = parse_filter(text), _Asking(settings, catalogue)
    plain, sql_ms = asking.timed(where)
    _, keeping_ms = asking.timed(where)
    kept, kept_ms = min((asking.timed(where) for _ in range(5)), key=lambda one: one[1])
    with catalogue.writing(asking.gallery_id) as work:
        work.add_tags([1], [f"changed at {asking.revision}"], origin=TagOrigin.PERSON)
        work.commit()
    asking.catch_up()
    _, changed_ms = asking.timed(where)
    if kept.rows is None or plain.rows is None or kept.rows.n_rows != plain.rows.n_rows:
        raise SystemExit(f"What is kept of {text} is not what SQL says.")
    return {
        "rows": kept.rows.n_rows,
        "sql_ms": sql_ms,
        "keeping_ms": keeping_ms,
        "kept_ms": kept_ms,
        "changed_ms": changed_ms,
    }


class _Asking:
    """One searcher's filters over the gallery's state."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._cache = FilterCache()
        loader = StateLoader(open_generation_store(settings), open_index_builder(settings))
        with catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            [space] = snapshot.spaces(gallery.id)
            self._state = loader.load(snapshot, gallery, space, without=False)
        self.gallery_id = gallery.id

    @property
    def revision(self) -> int:
        return self._state.revision

    def catch_up(self) -> None:
        with self._catalogue.reading() as snapshot:
            state = self._state
            changes = snapshot.changes(self.gallery_id, state.space_id, state.revision)
            self._state = state.advanced(changes)

    def timed(self, where: Filter) -> tuple[Among, float]:
        """The views that the filter leaves, and the milliseconds it took to tell."""
        with self._catalogue.reading() as snapshot:
            gallery = snapshot.gallery("default")
            began = time.perf_counter()
            among = self._cache.views(snapshot, gallery, self._state, where)
            return among, round(1000 * (time.perf_counter() - began), 2)


if __name__ == "__main__":
    main()
