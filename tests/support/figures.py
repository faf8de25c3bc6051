"""Figures that tests measure, printed together at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Report = Callable[[str], None]


@pytest.fixture
def report_figure(request: pytest.FixtureRequest) -> Report:
    """Say one figure in one line; all are printed when the run is over."""

    def report(line: str) -> None:
        # Properties travel with a test's reports, out of another process too.
        request.node.user_properties.append(("figure", line))

    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    lines = [
        line
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, line in report.user_properties
        if name == "figure"
    ]
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
