"""Heads that follow people's decisions: taught again once enough have come."""

from __future__ import annotations

from api.engine import Engine
from search.categories.stored import StoredTaxonomy
from search.domain.category import ModelKind
from search.domain.gallery import Gallery
from search.domain.service import JobKind

DECISIONS_TO_TEACH = 25
"""New decisions after which a taxonomy that has been taught before is taught again."""


def teach_when_due(engine: Engine, gallery: Gallery, stored: StoredTaxonomy, n_new: int) -> bool:
    """Add a job that teaches the taxonomy where the latest `n_new` decisions have made it due;
    returns whether. One that people have never taught is left alone."""
    if gallery.active_space_id is None or not n_new:
        return False
    with engine.catalogue.reading() as snapshot:
        head = snapshot.category_model(stored.id, gallery.active_space_id, ModelKind.HEAD)
        if head is None:
            return False
        decisions = snapshot.decisions(stored.id)
    n_since = sum(one.decided_at > head.created_at for one in decisions)
    if n_since // DECISIONS_TO_TEACH == max(0, n_since - n_new) // DECISIONS_TO_TEACH:
        return False
    request = {"teach": [stored.name], "taxonomies": [stored.name]}
    engine.catalogue.job_store.add_job(gallery.id, JobKind.ASSIGN, request)
    engine.wake_worker()
    return True
