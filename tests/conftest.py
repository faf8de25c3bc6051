"""What every test runs under: no network, fixed seeds, a home of its own, real pictures."""

from __future__ import annotations

import ipaddress
import os
import random
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from tests.support.figures import pytest_terminal_summary, report_figure

__all__ = ["pytest_terminal_summary", "report_figure"]

REPOSITORY = Path(__file__).resolve().parent.parent
SEED = 20_240_229

settings.register_profile(
    "sightline",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("sightline")


def _is_loopback(host: object) -> bool:
    if host in ("", "localhost", None, b"localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: whatever library asks, nothing but this machine is ever reached."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if not _is_loopback(host):
        raise PermissionError(f"A test tried to reach {host!r}; tests use no network.")


def pytest_configure() -> None:
    """Before anything is imported: what the whole run, subprocesses included, must see."""
    for name in [name for name in os.environ if name.startswith("SIGHTLINE_")]:
        del os.environ[name]
    os.environ["SIGHTLINE_OFFLINE"] = "true"
    os.environ["HF_HUB_OFFLINE"] = "1"
    # A shell's background job ignores Ctrl-C, and what it starts inherits that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.addaudithook(_refuse_network)


@pytest.fixture(autouse=True)
def _fixed_seeds() -> None:
    random.seed(SEED)
    np.random.seed(SEED)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(SEED)


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty Sightline home, also in SIGHTLINE_HOME: no test touches the user's own."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIGHTLINE_HOME", str(path))
        yield path


@pytest.fixture(scope="session")
def rng() -> np.random.Generator:
    return np.random.default_rng(SEED)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real pictures beside the checkout, never part of it; without them the test is skipped.

    Under CI they have to be there: a skipped check must not look like a passed one.
    """
    path = Path(os.environ.get("SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not path.is_dir():
        reason = f"real pictures are not at {path}; SHARED_DATA names another folder"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return path
