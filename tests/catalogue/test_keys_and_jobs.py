"""Keys, sessions and jobs: who holds what, on both databases."""

from __future__ import annotations

import pytest

from search.domain.gallery import Gallery
from search.domain.service import JobKind, JobState, NewKey, Scope
from search.errors import NotFoundError
from search.ports.catalogue import Catalogue


def _new_key(secret_hash: str = "ab" * 32, **changes: object) -> NewKey:
    fields: dict[str, object] = {
        "name": "shop",
        "prefix": "sl_1234",
        "secret_hash": secret_hash,
        "scopes": frozenset({Scope.SEARCH, Scope.WRITE}),
    }
    return NewKey(**(fields | changes))  # type: ignore[arg-type]


def test_key_is_found_by_its_secrets_digest_until_it_is_revoked(catalogue: Catalogue) -> None:
    store = catalogue.key_store
    made = store.create_key(_new_key(gallery_ids=frozenset({3, 1}), origin="https://shop.example"))
    assert store.key_of_secret("ab" * 32) == made
    assert store.live_keys() == {"ab" * 32: made}
    assert made.gallery_ids == {1, 3}
    assert made.scopes == {Scope.SEARCH, Scope.WRITE}
    store.touch_key(made.id)
    assert store.all_keys()[0].last_used_at is not None
    assert store.revoke_key(made.id).revoked_at is not None
    assert store.key_of_secret("ab" * 32) is None
    assert store.live_keys() == {}
    assert [key.id for key in store.all_keys()] == [made.id]
    with pytest.raises(NotFoundError):
        store.revoke_key(made.id + 1)


def test_session_ends_by_time_by_sign_out_and_with_its_key(catalogue: Catalogue) -> None:
    store = catalogue.key_store
    key = store.create_key(_new_key())
    store.create_session("s1", key.id, 60.0)
    store.create_session("s2", key.id, -1.0)
    assert store.key_of_session("s1") == key
    assert store.key_of_session("s2") is None
    store.end_session("s1")
    assert store.key_of_session("s1") is None
    store.create_session("s3", key.id, 60.0)
    store.revoke_key(key.id)
    assert store.key_of_session("s3") is None


def test_job_is_held_by_one_worker_and_reports_its_progress(
    catalogue: Catalogue, gallery: Gallery
) -> None:
    store = catalogue.job_store
    job = store.add_job(gallery.id, JobKind.UPLOAD, {"files": ["a.jpg"]})
    assert store.n_unended(gallery.id) == 1
    (claimed,) = store.claim_jobs("w1", lease_s=60.0)
    assert (claimed.id, claimed.state) == (job.id, JobState.RUNNING)
    assert store.claim_jobs("w2", lease_s=60.0) == ()
    assert store.report_job(job.id, "w1", done=1, total=2, note="embed", lease_s=60.0)
    assert not store.report_job(job.id, "w2", done=9, total=9, note="", lease_s=60.0)
    assert store.finish_job(job.id, "w1", {"items": [7]})
    done = store.job(job.id)
    assert (done.state, done.result, done.done, done.total) == (JobState.DONE, {"items": [7]}, 1, 2)
    assert store.n_unended(gallery.id) == 0
    assert not store.fail_job(job.id, "w1", "late", "")


def test_job_of_a_dead_worker_is_taken_over(catalogue: Catalogue, gallery: Gallery) -> None:
    store = catalogue.job_store
    job = store.add_job(gallery.id, JobKind.REINDEX, {})
    store.claim_jobs("dead", lease_s=-1.0)
    (taken,) = store.claim_jobs("alive", lease_s=60.0)
    assert taken.id == job.id
    assert not store.finish_job(job.id, "dead", {})
    store.release_jobs("alive")
    assert store.job(job.id).state is JobState.WAITING


def test_jobs_are_claimed_together_with_those_of_their_gallery_and_kind(
    catalogue: Catalogue, gallery: Gallery
) -> None:
    store = catalogue.job_store
    other = catalogue.create_gallery("other")
    uploads = [store.add_job(gallery.id, JobKind.UPLOAD, {"n": n}).id for n in range(3)]
    store.add_job(gallery.id, JobKind.REINDEX, {})
    store.add_job(other.id, JobKind.UPLOAD, {})
    assert [job.id for job in store.claim_jobs("w", lease_s=60.0, limit=10)] == uploads
    assert len(store.claim_jobs("w", lease_s=60.0, limit=10)) == 1


def test_jobs_are_claimed_by_kind(catalogue: Catalogue, gallery: Gallery) -> None:
    store = catalogue.job_store
    store.add_job(gallery.id, JobKind.REINDEX, {})
    upload = store.add_job(gallery.id, JobKind.UPLOAD, {})
    claimed = store.claim_jobs("w", lease_s=60.0, kinds=[JobKind.UPLOAD, JobKind.ASSIGN])
    assert [job.id for job in claimed] == [upload.id]
    assert store.claim_jobs("w", lease_s=60.0, kinds=[JobKind.UPLOAD]) == ()


def test_ended_jobs_are_forgotten_and_their_gallerys_go_with_it(
    catalogue: Catalogue, gallery: Gallery
) -> None:
    store = catalogue.job_store
    job = store.add_job(gallery.id, JobKind.UPLOAD, {})
    store.claim_jobs("w", lease_s=60.0)
    store.fail_job(job.id, "w", "It broke.", "Mend it.")
    assert (store.job(job.id).error, store.job(job.id).hint) == ("It broke.", "Mend it.")
    assert store.forget_jobs(3600.0) == 0
    assert store.forget_jobs(-1.0) == 1
    waiting = store.add_job(gallery.id, JobKind.UPLOAD, {})
    catalogue.delete_gallery(gallery.id)
    for job_id in (job.id, waiting.id):
        with pytest.raises(NotFoundError):
            store.job(job_id)
