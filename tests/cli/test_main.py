"""The program's frame: help, wrong usage, errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from cli.catalog import entries
from cli.main import main


def test_help_lists_every_command_with_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for entry in entries().values():
        assert f"  {entry.name} " in printed
        assert entry.summary in printed


def test_without_a_command_the_help_is_shown_and_the_usage_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 2
    assert "Usage: sightline" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(entries()))
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    printed = capsys.readouterr().out
    assert f"Usage: sightline {name}" in printed


def test_a_mistyped_command_gets_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serch", "red car"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Did you mean `sightline search`?" in printed.err


def test_an_unknown_option_is_wrong_usage_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--galery", "x"]) == 2
    printed = capsys.readouterr()
    assert "--galery" in printed.err
    assert "sightline status --help" in printed.err
    assert "Traceback" not in printed.err


def test_an_option_before_the_command_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "status"]) == 2
    error = json.loads(capsys.readouterr().err)
    assert error["code"] == "usage"
    assert "Options follow the command" in error["hint"]


def test_errors_under_json_are_one_document_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["status", "--gallery", "nowhere", "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    error = json.loads(printed.err)
    assert set(error) == {"error", "code", "hint"}
    assert error["code"] == "not_found"


def test_a_setting_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGHTLINE_BUSY_TIMEOUT_S", "soon")
    assert main(["status"]) == 2
    printed = capsys.readouterr().err
    assert "SIGHTLINE_BUSY_TIMEOUT_S cannot be 'soon'" in printed


def test_a_reader_that_stops_early_ends_the_program_quietly() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", "import sys; from cli.main import main; sys.exit(main(['--help']))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=".",
    )
    assert program.stdout is not None
    program.stdout.close()
    _, errors = program.communicate(timeout=60)
    assert errors == b""


def test_version_is_the_package_s(capsys: pytest.CaptureFixture[str]) -> None:
    from search import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sightline {__version__}\n"
