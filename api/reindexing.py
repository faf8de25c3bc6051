"""Rebuilding an index or switching its model, in a process of its own.

    python -m api.reindexing '{"gallery": "default", "model": "tiny", "activate": true}'

Prints JSON lines: progress as `{"note", "done", "total"}`, at the end `{"result"}` or `{"error",
"hint"}`. Settings come from the environment.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from indexer.reindex import ReindexReport, activate, rebuild, rollback, switch
from indexer.report import Progress
from indexer.workshop import opener_from
from search.bootstrap import open_catalogue
from search.errors import SightlineError
from search.ports.catalogue import Catalogue
from search.settings import Settings

TELL_S = 0.2


def main(arguments: list[str]) -> int:
    """Do what the JSON argument asks; 0 where it was done."""
    request = json.loads(arguments[0])
    try:
        settings = Settings()
        catalogue = open_catalogue(settings)
        try:
            report = _reindexed(settings, catalogue, request)
        finally:
            catalogue.close()
    except SightlineError as error:
        _print({"error": error.message, "hint": error.hint})
        return 1
    _print({"result": json.loads(json.dumps(report.to_dict(), default=str))})
    return 0


def _reindexed(settings: Settings, catalogue: Catalogue, request: dict[str, Any]) -> ReindexReport:
    name, model = request["gallery"], request.get("model")
    if request.get("rollback"):
        return rollback(catalogue, gallery_name=name, open_embedder=opener_from(settings))
    if model:
        report = switch(settings, catalogue, model, gallery_name=name, progress=_Telling().told)
        if not request.get("activate"):
            return report
    if request.get("activate"):
        missing = int(request.get("allow_missing") or 0)
        return activate(
            catalogue,
            gallery_name=name,
            model=model,
            allow_missing=missing,
            open_embedder=opener_from(settings),
            progress=_Telling().told,
        )
    return rebuild(settings, catalogue, gallery_name=name, full=bool(request.get("full")))


class _Telling:
    """Prints progress, not more often than somebody could look."""

    def __init__(self) -> None:
        self._told_at = 0.0

    def told(self, progress: Progress) -> None:
        if time.monotonic() - self._told_at >= TELL_S or progress.done == progress.total:
            self._told_at = time.monotonic()
            said = {"note": progress.stage.value, "done": progress.done, "total": progress.total}
            _print(said)


def _print(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
