"""What must hold when processes are killed, clients race, and work is handed over."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api.background import Worker
from search.bootstrap import open_catalogue
from search.domain.service import JobKind, JobState
from search.settings import Settings
from tests.api.conftest import Serve
from tests.support.galleries import draw
from tests.support.services import BASE, N_PICTURES, Service, ServiceProcess, Shelf


def _wait_until_found(address: str, n_items: int) -> dict[str, Any]:
    """The gallery's status when it holds so many items; within a minute, or the test fails."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status: dict[str, Any] = httpx.get(f"{address}{BASE}/status", timeout=60).json()
        if status["items"] >= n_items:
            return status
        time.sleep(0.05)
    raise AssertionError("The pictures have not been embedded.")


def test_server_killed_in_the_middle_of_uploads_loses_none_that_it_confirmed(
    home: Path, tmp_path: Path, shelf: Shelf
) -> None:
    shelf.copy_to(home)
    pictures = [draw(tmp_path / f"{n}.png", 100 + n).read_bytes() for n in range(8)]
    process = ServiceProcess(home)
    jobs = []
    for picture in pictures[:-1]:
        sent = httpx.post(
            f"{process.address}{BASE}/items", files={"image": ("a.png", picture)}, timeout=60
        )
        assert sent.status_code == 202
        jobs.append(sent.json()["job"])
    parts = urlsplit(process.address)
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as half:
        half.sendall(
            f"POST {BASE}/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
            f"Content-Length: {len(pictures[-1])}\r\n\r\n".encode()
            + pictures[-1][:300]
        )
        process.kill()
    again = ServiceProcess(home)
    status = _wait_until_found(again.address, N_PICTURES + len(jobs))
    assert status["items"] == N_PICTURES + len(jobs)
    assert status["failed"] == 0
    for picture in pictures[:-1]:
        found = httpx.post(
            f"{again.address}{BASE}/search",
            files={"image": ("a.png", picture)},
            data={"limit": "1"},
            timeout=60,
        )
        assert found.json()["hits"][0]["score"] > 0.99
    assert again.terminate() == 0


def test_job_of_a_killed_worker_is_finished_by_the_next(serve: Serve, tmp_path: Path) -> None:
    service = serve()
    picture = draw(tmp_path / "a.png", 55).read_bytes()
    job = service.post("/items", files={"image": ("a.png", picture)}).json()["job"]
    service.engine.catalogue.job_store.claim_jobs("killed", lease_s=-1.0)
    working = serve(background_worker=True)
    done = working.wait_for(job)
    assert done["state"] == JobState.DONE
    assert (
        service.post("/search", files={"image": ("a.png", picture)}).json()["hits"][0]["score"]
        > 0.99
    )


def test_file_that_was_kept_without_a_job_is_found_at_the_next_start(
    serve: Serve, tmp_path: Path
) -> None:
    service = serve()
    picture = draw(tmp_path / "a.png", 56).read_bytes()
    gallery = service.engine.galleries.row("default")
    kept = service.engine.uploads.folder(gallery.id) / "0" / "a.png"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(picture)
    working = serve(background_worker=True)
    marker = working.engine.catalogue.job_store.add_job(
        gallery.id, JobKind.UPLOAD, {"files": [], "tags": []}
    )
    working.engine.wake_worker()
    working.wait_for(marker.id)
    assert len(service.get("/search", params={"limit": 50}).json()["hits"]) == N_PICTURES + 1


def test_two_clients_that_change_the_same_items_both_have_their_say(service: Service) -> None:
    def work(who: int) -> None:
        for number in range(6):
            body = {"add_tags": [f"by{who}-{number}"]}
            answer = service.client.patch(f"{BASE}/items/{number + 1}", json=body)
            assert answer.status_code == 200, answer.text
            operation = {"op": "add_tags", "items": [7, 8], "tags": [f"batch{who}-{number}"]}
            assert service.post("/items:batch", json={"operations": [operation]}).is_success

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(work, who) for who in (1, 2)]:
            future.result()
    for number in range(6):
        tags = service.get(f"/items/{number + 1}").json()["tags"]
        assert tags == [f"by1-{number}", f"by2-{number}"]
    assert len(service.get("/items/7").json()["tags"]) == 12


def test_batch_happens_whole_or_not_at_all(service: Service) -> None:
    operations = [
        {"op": "add_tags", "items": [1], "tags": ["kept?"]},
        {"op": "delete", "items": [999]},
    ]
    refused = service.post("/items:batch", json={"operations": operations})
    assert refused.status_code == 404
    assert service.get("/items/1").json()["tags"] == []


def test_same_picture_sent_by_two_clients_at_once_is_one_item(serve: Serve, tmp_path: Path) -> None:
    service = serve(background_worker=True)
    picture = draw(tmp_path / "a.png", 57).read_bytes()

    def send(_: int) -> str:
        sent = service.post("/items", files={"image": ("a.png", picture)})
        job: str = sent.json()["job"]
        return job

    with ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(send, range(4)))
    items = {service.wait_for(job)["result"]["items"][0]["item"] for job in jobs}
    assert len(items) == 1


def test_index_is_rebuilt_while_searches_go_on(serve: Serve) -> None:
    service = serve(background_worker=True)
    before = service.get("/search", params={"q": "red"}).json()["hits"]
    job = service.post("/reindex", json={}).json()
    assert job["kind"] == "reindex"
    done = service.wait_for(job["job"])
    assert (done["state"], done["error"]) == ("done", "")
    assert len(done["result"]["generations"]) == 1
    assert service.get("/search", params={"q": "red"}).json()["hits"] == before
    refused = service.post("/reindex", json={"rollback": True, "full": True})
    assert refused.status_code == 400
    back = service.wait_for(service.post("/reindex", json={"rollback": True}).json()["job"])
    assert back["state"] == "failed"
    assert "one model only" in back["error"]


def test_upload_is_found_while_the_index_is_rebuilt(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rebuilt = threading.Event()
    monkeypatch.setattr(Worker, "_reindex", lambda *_: rebuilt.wait(60))
    service = serve(background_worker=True)
    rebuilding = service.post("/reindex", json={}).json()["job"]
    picture = draw(tmp_path / "a.png", 57).read_bytes()
    sent = service.post("/items", files={"image": ("a.png", picture)}).json()
    assert service.wait_for(sent["job"])["state"] == "done"
    assert service.get(f"/jobs/{rebuilding}").json()["state"] in ("waiting", "running")
    rebuilt.set()


def test_job_is_shown_in_its_own_gallery_only(service: Service) -> None:
    other = service.engine.catalogue.create_gallery("other")
    job = service.engine.catalogue.job_store.add_job(other.id, JobKind.UPLOAD, {"files": []})
    assert service.get(f"/jobs/{job.id}").status_code == 404
    assert service.client.get(f"/v1/galleries/other/jobs/{job.id}").status_code == 200


def test_full_queue_is_told_to_come_back(serve: Serve) -> None:
    service = serve(search_threads=1, queue_size=1)
    gate = threading.Event()

    async def scenario() -> httpx.Response:
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            searches = service.engine.searches
            held = [asyncio.ensure_future(searches.run(None, gate.wait, 60)) for _ in range(2)]
            await asyncio.sleep(0)
            refused = await client.get(f"{BASE}/search", params={"q": "red"})
            gate.set()
            await asyncio.gather(*held)
            return refused

    refused = asyncio.run(scenario())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_busy")
    assert refused.headers["Retry-After"] == "1"
    assert service.get("/search", params={"q": "red"}).status_code == 200


@pytest.mark.parametrize("n_clients", [24])
def test_many_clients_at_once_all_get_their_own_answer(serve: Serve, n_clients: int) -> None:
    service = serve()
    alone = {
        n: service.get("/search", params={"q": f"word {n}", "limit": 3}).json()["hits"]
        for n in range(n_clients)
    }
    fresh = serve()

    async def ask(client: httpx.AsyncClient, n: int) -> tuple[int, Any]:
        answer = await client.get(f"{BASE}/search", params={"q": f"word {n}", "limit": 3})
        return n, answer.json()["hits"]

    async def together() -> list[tuple[int, Any]]:
        transport = httpx.ASGITransport(app=fresh.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await asyncio.gather(*(ask(client, n) for n in range(n_clients)))

    assert dict(asyncio.run(together())) == alone


def test_stream_of_events_ends_whole_when_the_service_stops(home: Path, shelf: Shelf) -> None:
    shelf.copy_to(home)
    catalogue = open_catalogue(Settings(home=home))
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
    job = catalogue.job_store.add_job(gallery.id, JobKind.REINDEX, {})
    catalogue.job_store.claim_jobs("another process", lease_s=3600.0)
    catalogue.close()
    process = ServiceProcess(home)
    with httpx.stream("GET", f"{process.address}{BASE}/jobs/{job.id}/events", timeout=60) as events:
        lines = events.iter_lines()
        assert next(lines) == "event: job"
        stopping = threading.Thread(target=process.terminate)
        stopping.start()
        rest = list(lines)  # raises where the stream is cut off
    stopping.join()
    assert rest[-1] == ""
