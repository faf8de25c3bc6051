"""reindex, verify, repair, prune, migrate, models, watch: what they say and how they end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Sightline


@pytest.mark.usefixtures("indexed")
def test_a_sound_gallery_verifies_and_a_damaged_one_is_repaired(
    sightline: Sightline, home: Path
) -> None:
    assert sightline("verify", "--json").document["problems"] == []
    assert sightline("reindex").code == 0
    for index in home.glob("generations/**/index*"):
        content = bytearray(index.read_bytes())
        content[-1] ^= 0xFF
        index.write_bytes(content)
    ran = sightline("verify", "--json")
    assert ran.code == 1
    assert {problem["kind"] for problem in ran.document["problems"]} == {"generation"}
    assert sightline("repair").code == 0
    assert sightline("verify").code == 0


@pytest.mark.usefixtures("indexed")
def test_a_lost_generation_is_made_again_without_reading_a_picture(
    sightline: Sightline, home: Path
) -> None:
    sightline("reindex")
    before = sightline("search", "a cat", "--json").document["hits"]
    shutil.rmtree(home / "generations")
    assert sightline("search", "a cat", "--json").document["hits"] == before
    assert sightline("reindex", "--json").code == 0
    assert sightline("search", "a cat", "--json").document["hits"] == before


@pytest.mark.usefixtures("indexed")
def test_rollback_without_a_switch_is_refused(sightline: Sightline) -> None:
    ran = sightline("reindex", "--rollback", "--json")
    assert (ran.code, ran.error["code"]) == (1, "conflict")


@pytest.mark.usefixtures("indexed")
@pytest.mark.parametrize(
    "arguments", [["--rollback", "--full"], ["--full", "--activate"], ["--allow-missing", "-1"]]
)
def test_options_that_do_not_go_together_are_wrong_usage(
    sightline: Sightline, arguments: list[str]
) -> None:
    assert sightline("reindex", *arguments).code == 2


@pytest.mark.usefixtures("indexed")
def test_prune_leaves_searches_as_they_are(sightline: Sightline) -> None:
    before = sightline("search", "a cat", "--json").document["hits"]
    ran = sightline("prune", "--missing", "--unused-models", "--json")
    assert ran.code == 0
    assert ran.document["views"] == 0
    assert sightline("search", "a cat", "--json").document["hits"] == before


def test_migrate_makes_the_database_and_does_nothing_twice(
    sightline: Sightline, home: Path
) -> None:
    assert sightline("migrate").code == 0
    database = home / "sightline.db"
    made = database.read_bytes()
    assert sightline("migrate", "--json").document == {"migrated": True}
    assert database.read_bytes() == made


def test_models_are_listed_with_their_licences(sightline: Sightline) -> None:
    models = sightline("models", "--json").document
    assert {"tiny", "ViT-B-32-256/datacomp_s34b_b86k"} <= {model["spec"] for model in models}
    assert all(model["licence"] for model in models)
    assert "MIT" in sightline("models").out


def test_watch_indexes_tells_and_ends_with_ctrl_c(pictures: Path, indexed: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "cli", "watch", str(pictures), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"SIGHTLINE_HOME": str(indexed)},
        text=True,
    )
    assert program.stdout is not None
    assert '"unchanged": 24' in program.stdout.readline()
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 130
    assert errors == "Interrupted; what was committed stays.\n"
