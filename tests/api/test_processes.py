"""Several processes answer as one service: alike, replaced when they die, ended together."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from api.processes.process import settings_of
from api.processes.processors import share_of
from api.security.secrets import new_key
from cli.main import main
from search.bootstrap import open_catalogue
from search.domain.service import Scope
from search.settings import Settings
from tests.api.conftest import Serve
from tests.support.galleries import draw
from tests.support.processes import Client, ServiceProcesses, gone, until
from tests.support.services import BASE, Shelf

SEARCHES = [
    f"/search?q={quote(q)}&limit=5" for q in ("red", "a blue thing -red", "", "width:>10 green")
]


@pytest.fixture(scope="module")
def two(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcesses]:
    """Two processes, for tests that leave both alive."""
    home = tmp_path_factory.mktemp("two")
    shelf.copy_to(home)
    service = ServiceProcesses(home)
    yield service
    assert service.terminate() == 0


def test_two_processes_answer_as_one_does(two: ServiceProcesses, serve: Serve) -> None:
    alone = serve()
    clients = two.clients()
    for path in SEARCHES:
        expected = alone.get(path).json()
        for client in clients:
            answer = client.get(BASE + path)
            assert answer.status == 200
            assert answer.json()["hits"] == expected["hits"]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux keeps them apart")
def test_each_process_keeps_to_processors_of_its_own(two: ServiceProcesses) -> None:
    two.clients()
    all_of_them = os.sched_getaffinity(0)
    shares = [os.sched_getaffinity(pid) for pid in two.pids()]
    assert set().union(*shares) == all_of_them
    if len(all_of_them) > 1:
        assert not set.intersection(*shares)


def test_processors_are_shared_out_to_neighbours() -> None:
    assert [list(share_of(range(8), number, 3)) for number in range(3)] == [
        [0, 1],
        [2, 3, 4],
        [5, 6, 7],
    ]
    assert list(share_of([4, 5], 1, 2)) == [5]
    assert list(share_of([0, 1], 0, 3)) == []


def test_next_page_may_come_from_another_process(two: ServiceProcesses) -> None:
    one, other = two.clients()
    whole = one.get(f"{BASE}/search?q=red&limit=6").json()["hits"]
    page = one.get(f"{BASE}/search?q=red&limit=3").json()
    rest = other.get(f"{BASE}/search?q=red&limit=3&cursor={quote(page['next'])}").json()
    assert [hit["item"] for hit in page["hits"] + rest["hits"]] == [hit["item"] for hit in whole]


@pytest.mark.parametrize("sender", [0, 1])
def test_upload_through_one_process_is_found_through_the_other(
    two: ServiceProcesses, tmp_path: Path, sender: int
) -> None:
    clients = two.clients()
    picture = draw(tmp_path / "a.png", 300 + sender).read_bytes()
    sent = clients[sender].post(f"{BASE}/items", picture, "image/png")
    assert sent.status == 202
    job = sent.json()["job"]

    told = clients[1 - sender].get(f"{BASE}/jobs/{job}/events").body.decode()

    last = json.loads(told.strip().rpartition("data: ")[2])
    assert last["state"] == "done"
    for client in (clients[1 - sender], clients[sender]):
        found = client.post(f"{BASE}/search", picture, "image/png").json()["hits"][0]
        assert found["item"] == last["result"]["items"][0]["item"]
        assert found["score"] > 0.99


def test_figures_of_all_processes_add_up(two: ServiceProcesses) -> None:
    one, other = two.clients()
    before = n_searches(one)
    for client, n in ((one, 2), (other, 3)):
        for _ in range(n):
            client.get(f"{BASE}/search?q=red")
    assert n_searches(one) == n_searches(other) == before + 5
    gauges = {line for line in figures(one) if line.startswith("sightline_index_views")}
    assert gauges == {line for line in figures(other) if line.startswith("sightline_index_views")}
    assert len(gauges) == 1


def test_killed_process_is_replaced_and_no_request_fails(home: Path, shelf: Shelf) -> None:
    shelf.copy_to(home)
    service = ServiceProcesses(home)
    first, second = service.clients()
    expected = second.get(BASE + SEARCHES[0]).json()["hits"]
    n_before = n_searches(first)
    killed, kept = service.pids()
    process = psutil.Process(killed)
    process.kill()
    assert gone([process])

    def both_answer() -> bool:
        answer = service.client().get(BASE + SEARCHES[0])
        assert (answer.status, answer.json()["hits"]) == (200, expected)
        return len(service.pids()) == 2

    until(both_answer)
    oldest, newest = service.clients()
    assert service.pids()[0] == kept
    assert newest.get(BASE + SEARCHES[0]).json()["hits"] == expected
    assert n_searches(oldest) == n_searches(newest) > n_before
    # The one that was killed did the background work, which its successor takes up.
    job = oldest.post(f"{BASE}/items", shelf.picture(1), "image/png").json()["job"]
    assert b'"state": "done"' in newest.get(f"{BASE}/jobs/{job}/events").body
    assert "sightline_processes 2.0" in figures(newest)
    everyone = service.everyone()
    assert service.terminate() == 0
    assert gone(everyone)


@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_all_processes_end_together(how: str, home: Path, shelf: Shelf) -> None:
    shelf.copy_to(home)
    service = ServiceProcesses(home)
    service.clients()
    everyone = service.everyone()
    assert len(everyone) >= 3

    code = getattr(service, how)()

    assert code in (0, None)
    assert gone(everyone)


def test_interrupt_while_processes_start_ends_them_without_a_trace(home: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.serve_hashing", str(home), "0"],
        env={**os.environ, "SIGHTLINE_WORKERS": "2"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        parent = psutil.Process(process.pid)
        until(lambda: any("spawn_main" in " ".join(one.cmdline()) for one in parent.children()))
        everyone = [parent, *parent.children(recursive=True)]
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert gone(everyone)


def test_process_that_cannot_start_ends_the_service(home: Path, shelf: Shelf) -> None:
    shelf.copy_to(home)
    (home / "spool").write_text("A folder is wanted here.")
    ended = subprocess.run(
        [sys.executable, "-m", "cli", "serve", "--workers", "2", "--port", "0"],
        env={**os.environ, "SIGHTLINE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "The service cannot start: its process ended with code 1" in ended.stderr


def test_limits_count_what_all_processes_answer(home: Path, shelf: Shelf) -> None:
    shelf.copy_to(home)
    secret = make_key(home)
    service = ServiceProcesses(home, SIGHTLINE_RATE_LIMIT_KEY="4/hour")
    one, other = service.clients()
    ours = {"Authorization": f"Bearer {secret}"}
    path = f"{BASE}/search?q=red"
    answers = [client.get(path, **ours).status for client in (one, other, one, other, one, other)]
    assert answers == [200] * 4 + [429] * 2
    # A key that is only just made is good wherever it is shown.
    new = {"Authorization": f"Bearer {make_key(home)}"}
    assert [client.get(path, **new).status for client in (other, one)] == [200, 200]
    assert service.terminate() == 0


def test_settings_of_the_whole_service_are_shared_out() -> None:
    settings = Settings(workers=3, search_threads=8, queue_size=10, decode_workers=2)
    first, second = settings_of(settings, 0), settings_of(settings, 1)
    assert (first.search_threads, first.queue_size, first.decode_workers) == (3, 4, 1)
    assert (first.background_worker, second.background_worker) == (True, False)
    apart = Settings(workers=3, background_worker=False)
    assert settings_of(apart, 0).background_worker is False


@pytest.mark.parametrize("wrong", ["0", "-1", "many"])
def test_number_of_processes_that_is_none_is_one_sentence(
    wrong: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["serve", "--workers", wrong]) == 2
    said = capsys.readouterr().err
    assert re.search(
        r"Invalid value for '--workers': .*(integer|greater than or equal to 1)\.", said
    )
    monkeypatch.setenv("SIGHTLINE_WORKERS", wrong)
    assert main(["serve"]) == 2
    assert f"SIGHTLINE_WORKERS cannot be {wrong!r}" in capsys.readouterr().err


def figures(client: Client) -> list[str]:
    return client.get("/metrics").body.decode().splitlines()


def n_searches(client: Client) -> int:
    counts = [
        float(line.rpartition(" ")[2])
        for line in figures(client)
        if re.match(r'sightline_request_seconds_count\{.*route="[^"]*/search"', line)
    ]
    return int(sum(counts))


def make_key(home: Path) -> str:
    catalogue = open_catalogue(Settings(home=home))
    try:
        secret, key = new_key("test", [Scope.SEARCH])
        catalogue.key_store.create_key(key)
        return secret
    finally:
        catalogue.close()
