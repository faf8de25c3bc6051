"""A service over a copy of a small indexed gallery, for each test its own; and one for all tests of
a module that change nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from search.settings import Settings
from tests.support.services import Service, Shelf, running

Serve = Callable[..., Service]


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def serve(shelf: Shelf, home: Path) -> Iterator[Serve]:
    """Starts the service with settings of the test's own; without the worker unless asked."""
    with ExitStack() as stack:

        def start(**changes: object) -> Service:
            if not (home / "sightline.db").exists():
                shelf.copy_to(home)
            fields = {"home": home, "decode_workers": 1, "background_worker": False, **changes}
            return stack.enter_context(running(Settings(**fields)))  # type: ignore[arg-type]

        yield start


@pytest.fixture
def service(serve: Serve) -> Service:
    return serve()


@pytest.fixture(scope="module")
def unchanged(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of a module's tests that only ask, or are refused."""
    home = tmp_path_factory.mktemp("unchanged")
    shelf.copy_to(home)
    with running(Settings(home=home, decode_workers=1, background_worker=False)) as service:
        yield service
