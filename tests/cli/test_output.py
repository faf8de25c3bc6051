"""Tables for people, JSON for programs, and nothing mixed up."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.output import Output, plain_table


def test_a_piped_table_is_aligned_and_never_cut() -> None:
    path = "/a/very/long/path/" + "x" * 200
    text = plain_table(["uri", "score#"], [["short", "0.500"], [path, "12.000"]])
    lines = text.splitlines()
    assert path in lines[2]
    assert [len(line) for line in lines] == [len(lines[2])] * 3


@given(
    st.lists(
        st.lists(st.text(st.characters(categories=["L", "N"])), min_size=2, max_size=2),
        max_size=5,
    )
)
def test_every_cell_is_in_the_table(rows: list[list[str]]) -> None:
    text = plain_table(["a", "b#"], rows)
    assert len(text.split("\n")) == len(rows) + 1
    for row in rows:
        assert all(cell in text for cell in row)


def test_line_stands_after_the_rows_that_are_above_it() -> None:
    text = plain_table(["a"], [["one"], ["two"]], "title", (1, "the rest"))
    assert text.splitlines() == ["title", "a", "one", "----- the rest", "two"]
    assert plain_table(["a"], [["one"]], line=(0, "all")).splitlines()[1] == "----- all"


def test_a_file_name_cannot_write_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Output().table(["uri"], [["evil\x1b[2Jname\nsecond line"]])
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert len(printed.splitlines()) == 2


def test_under_json_only_json_reaches_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=True)
    output.text("a sentence")
    output.table(["a"], [["b"]])
    output.note("a remark")
    with output.progress("working") as advance:
        advance(1, 2, "half")
    output.document({"ü": 1})
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"ü": 1}
    assert printed.err == "a remark\n"
