"""Pages that cannot drift: generated ones are current, examples run, commands and links exist."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from cli.catalog import entries
from cli.main import load_app
from docs.refresh import GUIDES, REFERENCE_PAGES, example_home, rerun_examples, same_up_to_scores
from tests.conftest import REPOSITORY

_MADE = {"build", "dist"}
PAGES = sorted(
    page
    for path in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("[a-z]*/**/*.md")]
    if (page := path.relative_to(REPOSITORY)).parts[0] not in _MADE
)
_LINK = re.compile(r"\]\((?!\w+://)(?P<target>[^)#\s]+)(#[^)]*)?\)")
_MAKE = re.compile(r"(?:^    |`)make ((?:[a-z][a-z-]* ?)+)", re.MULTILINE)
_COMMAND = re.compile(r"^(?:    |\$ )(?P<line>sightline .*)$", re.MULTILINE)


@pytest.mark.parametrize("path", sorted(REFERENCE_PAGES), ids=str)
def test_generated_page_says_what_the_program_says(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    written = (REPOSITORY / path).read_text()
    assert written == REFERENCE_PAGES[path](), "run `make docs`"


@pytest.fixture(scope="module")
def sample_gallery() -> Iterator[Path]:
    with example_home() as home:
        yield home


@pytest.mark.parametrize("path", GUIDES, ids=str)
def test_examples_print_what_the_page_shows(
    path: Path, sample_gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_HOME", str(sample_gallery))
    shown = (REPOSITORY / path).read_text()
    printed = rerun_examples(shown)
    if not same_up_to_scores(shown, printed):
        drift = difflib.unified_diff(shown.splitlines(), printed.splitlines(), "page", "program")
        pytest.fail("run `make docs`:\n" + "\n".join(drift), pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = (REPOSITORY / page).read_text()
    targets = [match["target"] for match in _LINK.finditer(text)]
    assert [t for t in targets if not (REPOSITORY / page).parent.joinpath(t).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = {
        target
        for match in _MAKE.finditer((REPOSITORY / page).read_text())
        for target in match[1].split()
    }
    assert named <= targets


def commands_on(page: Path) -> list[str]:
    text = (REPOSITORY / page).read_text()
    return [match["line"].partition("  #")[0] for match in _COMMAND.finditer(text)]


@pytest.mark.parametrize(
    ("page", "line"), [(page, line) for page in PAGES for line in commands_on(page)]
)
def test_commands_on_a_page_are_ones_the_program_takes(page: Path, line: str) -> None:
    words = shlex.split(line.partition(" | ")[0].replace("PATH...", "PATH"))[1:]
    name = words.pop(0)
    command = get_command(load_app(entries()[name].module))
    while hasattr(command, "commands"):
        name = words.pop(0)
        command = command.commands[name]
    with command.make_context(name, words):
        pass
