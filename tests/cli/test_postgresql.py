"""The command line over PostgreSQL: it is migrated on request, and then works the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Sightline
from tests.support.databases import postgres_databases


@pytest.fixture(scope="module")
def empty_url() -> Iterator[str]:
    with postgres_databases() as databases:
        yield databases.empty()


def test_postgresql_waits_for_migrate_then_indexes_and_searches(
    empty_url: str, sightline: Sightline, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_DATABASE_URL", empty_url)
    refused = sightline("status", "--json")
    assert (refused.code, refused.error["code"]) == (1, "migration_needed")
    assert "sightline migrate" in refused.error["hint"]
    assert sightline("migrate").code == 0
    ran = sightline("index", pictures / "pets", "--model", "tiny", "--json")
    assert (ran.code, ran.document["new"]) == (0, 6)
    hits = sightline("search", "a cat", "--where", "path:pets", "--json").document["hits"]
    assert len(hits) == 6
    assert sightline("verify").code == 0
