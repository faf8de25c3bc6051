"""The short forms of the benchmarks: none is missing, and what documentation quotes stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import short

NEED_A_GPU = "benchmarks.gpu."


@pytest.fixture(scope="module")
def makefile(repository: Path) -> str:
    return (repository / "Makefile").read_text(encoding="utf-8")


def test_every_benchmark_has_a_short_form(makefile: str) -> None:
    (prerequisites,) = re.findall(r"^bench-full:(.*?)##", makefile, re.MULTILINE)
    in_full = {name.removeprefix("bench-") for name in prerequisites.split()}
    assert in_full == set(short.SHORT)
    of_makefile = set(re.findall(r"-m (benchmarks\.[\w.]+)", makefile)) - {"benchmarks.short"}
    of_makefile = {name for name in of_makefile if not name.startswith(NEED_A_GPU)}
    in_short = {run.split()[0] for form in short.SHORT.values() for run in form.runs}
    assert in_short == of_makefile


def test_a_short_form_without_its_data_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert short.main(["--only", "growth", "--data", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f"growth       left out: there is no {tmp_path / 'vectors/clip_like.py'}" in told


def test_a_benchmark_that_fails_is_named_with_its_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "vectors").mkdir()
    (tmp_path / "vectors" / "clip_like.py").write_text("raise SystemExit(7)")
    arguments = ["--data", str(tmp_path), "--build", str(tmp_path / "build")]
    assert short.main(["--only", "growth", *arguments]) == 1
    assert "growth       failed with 7: python -m benchmarks.growth" in capsys.readouterr().out
