"""Jobs that assign taxonomies, or try what assigning one would change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.learning import head_body
from indexer.categorising import Categoriser
from search.categories.assigning import AssignReport
from search.categories.taxonomy_file import read_taxonomy
from search.errors import NotFoundError


def work_off(categoriser: Categoriser, request: Mapping[str, Any]) -> dict[str, Any]:
    """The job's result.

    Args:
        request: `{"taxonomies": [names]}`, with `{"teach": [names]}` those taught before they are
            assigned; or `{"dry_run": a taxonomy's YAML}`.
    """
    taught = [_taught(categoriser, name) for name in request.get("teach", ())]
    if "dry_run" in request:
        taxonomy = read_taxonomy(request["dry_run"])
        with categoriser.catalogue.reading() as snapshot:
            try:
                stored = snapshot.taxonomy(categoriser.gallery_id, taxonomy.name)
            except NotFoundError:
                stored = None
        reports = [categoriser.foresee(taxonomy, stored)]
    else:
        reports = categoriser.assign(request["taxonomies"])
    result: dict[str, Any] = {
        "dry_run": "dry_run" in request,
        "taxonomies": [_document(one) for one in reports],
    }
    return result | ({"taught": taught} if taught else {})


def _taught(categoriser: Categoriser, name: str) -> dict[str, Any]:
    report, used = categoriser.teach(name)
    return {"taxonomy": name, "used": used, "head": head_body(report).model_dump()}


def _document(report: AssignReport) -> dict[str, Any]:
    return {
        "taxonomy": report.taxonomy,
        "items": report.n_items,
        "assigned": report.n_assigned,
        "changed_items": report.n_changed,
        "moves": [
            {"before": list(before), "after": list(after), "items": n}
            for (before, after), n in report.moves.most_common(1_000)
        ],
        "examples": [
            {"item": one.item_id, "before": list(one.before), "after": list(one.after)}
            for one in report.examples
        ],
    }
