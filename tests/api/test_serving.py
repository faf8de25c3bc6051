"""Starting: where the service may listen, what other processes are told, keys by command."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from api.listening import bound, is_loopback, require_free
from api.security.secrets import digest
from api.serving import require_keys, serve
from cli.main import main
from search.bootstrap import open_catalogue
from search.errors import UsageError
from search.settings import Settings


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("box.lan", False),
        ("localhost.evil.example", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours
    require_keys(host, True)
    if not ours:
        with pytest.raises(UsageError, match="opens the galleries"):
            require_keys(host, False)


@pytest.mark.parametrize("workers", [1, 2])
def test_service_does_not_start_beyond_this_machine_without_a_key(home: Path, workers: int) -> None:
    with pytest.raises(UsageError) as refused:
        serve(Settings(home=home, workers=workers), host="0.0.0.0", port=0)
    assert "sightline keys create" in refused.value.hint


@pytest.mark.parametrize("workers", [1, 2])
def test_port_that_is_taken_is_said_before_a_model_is_loaded(home: Path, workers: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port}: Address already in use") as refused:
            serve(Settings(home=home, workers=workers), host="127.0.0.1", port=port)
    assert "--port" in refused.value.hint
    require_free("127.0.0.1", port)


def test_sockets_send_small_answers_at_once(home: Path) -> None:
    """asyncio sets TCP_NODELAY where a socket names its protocol, and accepted ones inherit it."""
    (listener,) = bound("127.0.0.1", 0)
    with listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_host_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match=r"There is no address nowhere\.invalid"):
        require_free("nowhere.invalid", 8000)


def test_settings_cross_to_other_processes_unchanged(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        home=home,
        anonymous_galleries=("a", "b c"),
        cors_origins=("https://shop.example",),
        decode_workers=3,
        offline=True,
        database_url="sqlite:////tmp/x.db",
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_keys_are_made_listed_and_revoked_by_command(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> object:
        assert main(["keys", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    made = run("create", "--name", "shop", "--origin", "https://Shop.example/")
    assert isinstance(made, dict)
    assert (made["scopes"], made["origin"]) == (["search"], "https://shop.example")
    catalogue = open_catalogue(Settings(home=home))
    assert digest(made["secret"]) in catalogue.key_store.live_keys()
    (listed,) = run("list")  # type: ignore[misc]
    assert "secret" not in listed
    run("revoke", "1")
    assert catalogue.key_store.live_keys() == {}
    catalogue.close()
    for wrong in (
        ["create", "--name", "x", "--scope", "all"],
        ["create", "--name", "x", "--gallery", "none"],
        ["create", "--name", "x", "--scope", "admin", "--origin", "https://a.example"],
        ["revoke", "99"],
    ):
        assert main(["keys", *wrong]) in (1, 2)


def test_setting_that_is_no_list_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGHTLINE_CORS_ORIGINS", "shop.example")
    assert main(["keys", "list"]) == 2
    said = capsys.readouterr().err
    assert "cors_origins" in said
    assert "JSON" in said
