"""The OpenAPI document, held to what the service does by generated requests."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from search.settings import Settings
from tests.support.services import Service, Shelf, running

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
N_SHORT = 4
N_FULL = int(os.environ.get("SIGHTLINE_TEST_EXAMPLES", "150"))


@pytest.fixture(scope="module")
def contract_service(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all operations, as it is without keys."""
    home: Path = tmp_path_factory.mktemp("contract")
    shelf.copy_to(home)
    made = Settings(
        home=home, decode_workers=1, background_worker=False, upload_limit_bytes=1_000_000
    )
    with running(made) as service:
        yield service


_NO_WAY = [
    HealthCheck.filter_too_much,
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.large_base_example,
]


def _operations(service: Service) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_asgi("/openapi.json", service.app)
    # Making a key would lock out what follows, and events last as long as a job that nobody
    # works off; both have tests of their own.
    schema = schema.exclude(path="/v1/keys", method="POST").exclude(path_regex="/events$")
    for found in schema.get_all_operations():
        yield found.ok()


def _hold(service: Service, n_examples: int) -> int:
    """Send generated requests, fitting and unfitting ones, to every operation; returns how many."""
    sent = 0
    for operation in _operations(service):
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            with contextlib.suppress(Unsatisfiable):
                sent += _hold_operation(operation.as_strategy(generation_mode=mode), n_examples)
    return sent


def _hold_operation(cases: SearchStrategy[schemathesis.Case], n_examples: int) -> int:
    sent = 0

    @settings(max_examples=n_examples, deadline=None, suppress_health_check=_NO_WAY)
    @given(cases, st.booleans())
    def one_request(case: schemathesis.Case, at_home: bool) -> None:
        nonlocal sent
        sent += 1
        if at_home and "gallery" in case.path_parameters:
            case.path_parameters["gallery"] = "default"
        response = case.call(headers={"Host": "localhost"})
        case.validate_response(response, checks=list(CHECKS))

    one_request()
    return sent


def test_no_request_breaks_the_contract(contract_service: Service) -> None:
    assert _hold(contract_service, N_SHORT) > 100


@pytest.mark.acceptance
def test_no_request_of_many_breaks_the_contract(contract_service: Service) -> None:
    sent = _hold(contract_service, N_FULL)
    sys.stdout.write(f"\n{sent:,} generated requests: no fault, no undeclared answer\n")
