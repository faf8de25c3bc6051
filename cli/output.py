"""Where a command's words go: JSON or a table on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

Row = Sequence[object]
Advance = Callable[[int, int, str], None]
"""Called with how many are done, how many there are (0: not known yet), and a word on it."""


@dataclass(frozen=True, slots=True)
class Output:
    """One command's output. With `as_json`, stdout carries JSON and nothing else."""

    as_json: bool = False

    def document(self, content: Mapping[str, object] | Sequence[object]) -> None:
        """Print one JSON document, indented on a terminal."""
        indent = 2 if sys.stdout.isatty() else None
        self._write(json.dumps(content, ensure_ascii=False, indent=indent, default=str))

    def document_if_json(self, content: Mapping[str, object]) -> None:
        """Print one JSON document under --json, else nothing."""
        if self.as_json:
            self.document(content)

    def line(self, content: Mapping[str, object]) -> None:
        """Print one line of JSON lines."""
        self._write(json.dumps(content, ensure_ascii=False, default=str))

    def text(self, text: str = "") -> None:
        """Print a sentence of the answer itself; silent under --json."""
        if not self.as_json:
            self._write(text)

    def note(self, text: str) -> None:
        """Print a remark that is not the answer: always on stderr."""
        sys.stderr.write(text + "\n")

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        title: str = "",
        line: tuple[int, str] | None = None,
    ) -> None:
        """Print a table: drawn on a terminal, aligned plain columns in a pipe or a file.

        A column whose name ends in `#` holds numbers and is set to the right; one that ends in
        `!` is never broken into lines, since people copy from it. `line`: after how many rows a
        line is drawn, and what it says of the rows past it.
        """
        if self.as_json:
            return
        texts = [[_cell(value) for value in row] for row in rows]
        if sys.stdout.isatty():
            _draw_table(columns, texts, title, line)
        else:
            self._write(plain_table(columns, texts, title, line))

    @contextmanager
    def progress(self, what: str) -> Iterator[Advance]:
        """A progress bar on stderr where that is a terminal; elsewhere nothing."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda done, total, word: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)

            def advance(done: int, total: int, word: str) -> None:
                bar.update(task, completed=done, total=total or None, description=word or what)

            yield advance

    def flush(self) -> None:
        """Let a program that reads along see what was printed so far."""
        sys.stdout.flush()

    def _write(self, text: str) -> None:
        sys.stdout.write(text + "\n")


def plain_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str = "",
    line: tuple[int, str] | None = None,
) -> str:
    """Columns two spaces apart, as wide as their widest cell; nothing is cut."""
    heads = [name.rstrip("#!") for name in columns]
    right = [name.endswith("#") for name in columns]
    widths = [max(len(line[column]) for line in [heads, *rows]) for column in range(len(columns))]
    lines = [title] if title else []
    first = len(lines) + any(heads)
    for row in [heads, *rows] if any(heads) else rows:
        cells = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    if line is not None:
        lines.insert(first + line[0], f"----- {line[1]}")
    return "\n".join(lines)


def _draw_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str,
    line: tuple[int, str] | None,
) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_header=any(columns),
        caption=None if line is None else f"dim: {line[1]}",
        caption_justify="left",
    )
    for name in columns:
        to_right = name.endswith("#")
        table.add_column(
            name.rstrip("#!"),
            justify="right" if to_right else "left",
            overflow="fold",
            no_wrap=name.endswith("!"),
        )
    n_plain = len(rows) if line is None else line[0]
    for place, row in enumerate(rows, start=1):
        table.add_row(
            *(Text(cell) for cell in row),
            style="dim" if place > n_plain else None,
            end_section=place == n_plain,
        )
    Console().print(table)


def _cell(value: object) -> str:
    """A value as one line of text: control characters would let a file name write to the screen."""
    if value is None:
        return ""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return "".join(character if character.isprintable() else "�" for character in text)
