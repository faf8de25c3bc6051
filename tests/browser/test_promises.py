"""The table of what the page promises names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_promise_names_tests_that_exist() -> None:
    table = (HERE / "README.md").read_text()
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    source = "".join(path.read_text() for path in HERE.glob("test_*.py"))
    tests = set(re.findall(r"^def (test_\w+)\(", source, re.MULTILINE))
    named = {row: re.findall(r"`(test_\w+)`", row) for row in rows}
    assert [row for row in rows if not named[row] and "`make " not in row] == []
    assert {name for names in named.values() for name in names} - tests == set()
