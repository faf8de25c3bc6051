"""The two endpoints, called by Hugging Face's unmodified clients over a real socket."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_cache_path

from search.settings import Settings
from tests.api.conftest import Serve
from tests.support.services import Service, Shelf, listening, running

PATHS = ("/hf/image-classification", "/hf/zero-shot-image-classification")
HUB_CLIENT = Path(__file__).parent / "hub_client.py"
NODE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def address(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hugging-face")
    shelf.copy_to(home)
    settings = Settings(home=home, decode_workers=1, background_worker=False)
    with running(settings) as service, listening(service) as address:
        yield address


def _check_five(answer: list[Any]) -> None:
    scores = [one["score"] for one in answer]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert 0 < sum(scores) <= 1.0001
    assert all(isinstance(one["label"], str) for one in answer)


def _check_both(answer: list[Any]) -> None:
    assert sorted(one["label"] for one in answer) == ["cat", "dog"]
    assert sum(one["score"] for one in answer) == pytest.approx(1)
    assert answer[0]["score"] >= answer[1]["score"]


@pytest.mark.parametrize("path", PATHS)
def test_python_client_is_understood_at_either_address(
    address: str, shelf: Shelf, path: str
) -> None:
    done = subprocess.run(
        [sys.executable, HUB_CLIENT, address + path, shelf.photos / "p03.png"],
        env={**os.environ, "HF_HUB_OFFLINE": "0"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer = json.loads(done.stdout)
    _check_five(answer["classified"])
    assert len(answer["few"]) == 2
    _check_both(answer["zero_shot"])
    assert sorted(one["score"] for one in answer["worded"]) != sorted(
        one["score"] for one in answer["zero_shot"]
    )
    assert "not a picture of a kind" in answer["refusal"]


def test_javascript_client_is_understood_at_either_address(address: str, shelf: Shelf) -> None:
    answer = _run_node(address, shelf.photos / "p03.png")
    for path in PATHS:
        _check_five(answer[path]["classified"])
        assert answer[path]["typed"] == answer[path]["classified"]
        _check_both(answer[path]["zeroShot"])
    assert "not a picture of a kind" in answer["refusal"]


def test_javascript_client_brings_its_key(serve: Serve, shelf: Shelf) -> None:
    service = serve()
    made = service.client.post("/v1/keys", json={"name": "hf", "scopes": ["search"]}).json()
    with listening(service) as address:
        answer = _run_node(address, shelf.photos / "p03.png", made["secret"])
        _check_five(answer[PATHS[0]]["classified"])
        with pytest.raises(subprocess.CalledProcessError) as refused:
            _run_node(address, shelf.photos / "p03.png")
        assert "A key is needed" in refused.value.stderr


def test_every_documented_form_of_the_body_is_read(service: Service, shelf: Shelf) -> None:
    picture = shelf.picture(3)
    encoded = base64.b64encode(picture).decode()
    labels = {"candidate_labels": ["cat", "dog"]}

    def ask(body: Any, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = service.client.post(PATHS[0], content=content, headers=headers)
        assert response.status_code == 200, response.text
        return response.json()

    bare = ask(picture)
    assert ask({"inputs": encoded}) == bare
    assert ask({"inputs": {"image": encoded}, "parameters": {"top_k": 5}}) == bare
    assert ask({"inputs": f"data:image/png;base64,{encoded}"}) == bare
    _check_both(ask({"inputs": encoded, "parameters": labels}))
    _check_both(ask({"inputs": encoded, "parameters": {"candidate_labels": "cat,dog"}}))
    shares = ask({"inputs": encoded, "parameters": {**labels, "function_to_apply": "softmax"}})
    assert shares == ask({"inputs": encoded, "parameters": labels})
    raw = ask({"inputs": encoded, "parameters": {"top_k": 3, "function_to_apply": "none"}})
    assert any(abs(one["score"]) > 1 for one in raw)
    for wrong in (
        {"top_k": 0},
        {"function_to_apply": "relu"},
        {"candidate_labels": []},
        {"candidate_labels": ["a", "a"]},
        {"hypothesis_template": "no place"},
    ):
        parameters = {**labels, **wrong}
        body = {"inputs": encoded, "parameters": parameters}
        refused = service.client.post(PATHS[1], json=body)
        assert refused.status_code == 400, wrong
        assert isinstance(refused.json()["error"], str)


def test_fresh_install_answers_with_the_model_of_the_settings(home: Path, shelf: Shelf) -> None:
    with running(Settings(home=home, decode_workers=1, background_worker=False)) as service:
        response = service.client.post(PATHS[0], content=shelf.picture(3))
        _check_five(response.json())


def test_the_gallerys_taxonomy_answers_in_all_its_wordings(serve: Serve, shelf: Shelf) -> None:
    service = serve()
    worded = "taxonomy: t\ncategories: [{a: {words: [one, two]}}, {b: {children: [a, c]}}]"
    service.post("/taxonomies", json={"yaml": worded, "assign": False})
    answer = service.client.post(PATHS[0], content=shelf.picture(3)).json()
    picture = base64.b64encode(shelf.picture(3)).decode()
    ours = service.post("/classify", json={"image": picture, "taxonomy": "t"}).json()["labels"]
    assert [one["score"] for one in answer] == pytest.approx([one["probability"] for one in ours])
    assert {one["label"] for one in answer} == {"a", "b/a", "c"}
    assert {one["label"] for one in ours} == {"a", "b/a", "b/c"}
    before = service.embedder.n_texts
    service.client.post(PATHS[0], content=shelf.picture(4))
    assert service.embedder.n_texts - before == 4  # a, in two words, and two more.


def _run_node(address: str, picture: Path, token: str = "") -> dict[str, Any]:
    """What the client understood; skipped where there is no Node or no package, but under CI."""
    done = subprocess.run(
        [_program("node"), "client.mjs", address, str(picture), token],
        cwd=_installed_client(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _installed_client() -> Path:
    """A folder with the client as the lock names it, installed by npm once and kept."""
    lock = hashlib.sha256((NODE / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = user_cache_path("sightline") / f"node-client-{lock}"
    if not (folder / "node_modules").is_dir():
        made = Path(tempfile.mkdtemp(prefix="sightline-node-"))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, made)
        npm = [_program("npm"), "ci", "--no-audit", "--no-fund"]
        done = subprocess.run(npm, cwd=made, capture_output=True, text=True)
        if done.returncode != 0:
            _skip(f"npm cannot install the client: {done.stderr[-300:]}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(made, folder)
    shutil.copy(NODE / "client.mjs", folder)
    return folder


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        _skip(f"{name} is not installed")
    return str(found)


def _skip(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
