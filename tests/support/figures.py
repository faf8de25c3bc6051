"""Figures that tests measure, printed together at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

FIGURES: pytest.StashKey[list[str]] = pytest.StashKey()

Report = Callable[[str], None]


@pytest.fixture
def report_figure(request: pytest.FixtureRequest) -> Report:
    """Say one figure in one line; all are printed when the run is over."""
    lines = request.config.stash.setdefault(FIGURES, [])
    return lines.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    lines = terminalreporter.config.stash.get(FIGURES, [])
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
