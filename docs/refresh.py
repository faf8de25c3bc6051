"""Writes what documentation says about the program from the program itself.

    python docs/refresh.py            write the reference pages and the README's outputs again
    python docs/refresh.py --check    exit 1 and name what has drifted, writing nothing

Reference pages come from the commands, the settings and the error tree, the README's picture from
the demo. In README.md and the guides every fenced block that starts with ```console is run: lines
behind `$ ` are commands, the rest is what they printed. The commands find the sample gallery
indexed in a home of their own.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

REFERENCE = Path("docs/reference")
GUIDES = (
    Path("README.md"),
    Path("docs/quickstart.md"),
    *(path.relative_to(REPOSITORY) for path in sorted(REPOSITORY.glob("docs/how-to/*.md"))),
)
PICTURE = Path("docs/images/contact-sheet.jpg")
GENERATED = "<!-- Written by `make docs`; change the program, not this page. -->\n"

_BLOCK = re.compile(r"^```console\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"-?\d+\.\d+")


def commands_page() -> str:
    from typer.main import get_command

    from cli.catalog import SECTIONS
    from cli.main import help_text, load_app

    parts = [GENERATED, "# Commands\n", "```text", help_text().rstrip(), "```\n"]
    for title, section in SECTIONS:
        parts.append(f"## {title}\n")
        for entry in section:
            command = get_command(load_app(entry.module))
            parts += [f"### sightline {entry.name}\n", *_helps(command, f"sightline {entry.name}")]
    return "\n".join(parts).rstrip() + "\n"


def _helps(command: object, path: str) -> Iterator[str]:
    """Fenced help texts of a command, and of each command in it if it is a group."""
    context = command.context_class(command, info_name=path, terminal_width=100)  # type: ignore[attr-defined]
    yield "```text\n" + command.get_help(context).strip() + "\n```\n"  # type: ignore[attr-defined]
    for name, child in getattr(command, "commands", {}).items():
        yield from _helps(child, f"{path} {name}")


def settings_page() -> str:
    from search.settings import Settings

    lines = [
        GENERATED,
        "# Settings\n",
        "Each is read from the environment once, when a program starts.\n",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        if field.default_factory is None:
            default = f"`{field.default}`" if field.default != "" else "empty"
        else:
            default = "depends on the machine"
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(f"| `SIGHTLINE_{name.upper()}` | {default} | {meaning} |")
    lines += [
        "",
        "`SIGHTLINE_DEBUG=1` shows where in the program an error happened.",
        "",
        "The weights of downloaded models lie where the Hugging Face client keeps them "
        "(`HF_HOME`, `HF_HUB_CACHE`).",
    ]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    from cli.exits import ExitCode
    from search.errors import ERROR_CODES

    lines = [
        GENERATED,
        "# Exit codes and errors\n",
        "| exit code | meaning |",
        "|---|---|",
        f"| {ExitCode.DONE:d} | done |",
        f"| {ExitCode.FAILED:d} | failed; one sentence on stderr says why, and one what to do |",
        f"| {ExitCode.WRONG_USAGE:d} | wrong usage |",
        f"| {ExitCode.SOME_SKIPPED:d} | done, but some inputs were skipped; each is named |",
        f"| {ExitCode.INTERRUPTED:d} | interrupted by Ctrl-C |",
        "",
        'With `--json` an error is one document on stderr: `{"error", "code", "hint"}`.\n',
        "| code | meaning | exit code | HTTP status |",
        "|---|---|---|---|",
    ]
    for error, code in ERROR_CODES.items():
        meaning = (error.__doc__ or "").split("\n", 1)[0].partition(";")[0].rstrip(".")
        lines.append(f"| `{code.word}` | {meaning} | {code.exit_code} | {code.http_status} |")
    return "\n".join(lines) + "\n"


REFERENCE_PAGES = {
    REFERENCE / "commands.md": commands_page,
    REFERENCE / "settings.md": settings_page,
    REFERENCE / "errors.md": errors_page,
}
"""What writes each generated page, by its path from the repository root."""


def rerun_examples(text: str) -> str:
    """The page with the output under every `$ ` line as the program prints it now."""

    def rerun(match: re.Match[str]) -> str:
        commands = [line for line in match["body"].splitlines() if line.startswith("$ ")]
        printed = [f"{line}\n{run_example(line[2:])}" for line in commands]
        return "```console\n" + "\n".join(part.rstrip() + "\n" for part in printed) + "```"

    return _BLOCK.sub(rerun, text)


def run_example(line: str) -> str:
    """What one command line prints; only `sightline` commands are run.

    Raises:
        ValueError: it is no `sightline` command, or it failed.
    """
    from cli.main import main

    words = shlex.split(line)
    if words[0] != "sightline":
        raise ValueError(f"an example that is not a sightline command: {line}")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words[1:])
    if code != 0:
        raise ValueError(f"{line} ended with exit code {code}: {err.getvalue()}")
    return out.getvalue()


@contextlib.contextmanager
def example_home() -> Iterator[Path]:
    """A home with the sample gallery as `default`, in the repository root.

    At full precision and read by one process, so that scores and items' numbers are the same each
    time.
    """
    from cli.main import main

    before, here = dict(os.environ), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "SIGHTLINE_HOME": folder,
            "SIGHTLINE_PRECISION": "float32",
            "SIGHTLINE_DECODE_WORKERS": "1",
        }
        os.chdir(REPOSITORY)
        try:
            index = ["index", "cli/demo/gallery", "--model", "tiny"]
            with contextlib.redirect_stdout(io.StringIO()):
                if main(index) != 0:
                    raise ValueError("the sample gallery cannot be indexed")
            yield Path(folder)
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)


def same_up_to_scores(one: str, other: str, tolerance: float = 0.02) -> bool:
    """Whether texts agree but for decimal numbers, which may differ by `tolerance`: another
    processor rounds embeddings in another way."""
    if _NUMBER.sub("0.0", one) != _NUMBER.sub("0.0", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= tolerance for a, b in pairs)


def drifted(*, write: bool) -> list[Path]:
    """Pages that do not say what the program says; written again where asked."""
    found = []
    os.environ.setdefault("COLUMNS", "100")
    for path, page in REFERENCE_PAGES.items():
        text = page()
        if not (REPOSITORY / path).exists() or (REPOSITORY / path).read_text() != text:
            found.append(path)
            if write:
                (REPOSITORY / path).write_text(text)
    with example_home():
        if write:
            run_example(f"sightline demo --sheet {PICTURE}")
        for path in GUIDES:
            before = (REPOSITORY / path).read_text()
            text = rerun_examples(before)
            if not same_up_to_scores(before, text):
                found.append(path)
                if write:
                    (REPOSITORY / path).write_text(text)
    return found


if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    pages = drifted(write=not check)
    for page in pages:
        sys.stderr.write(f"{page}: {'has drifted' if check else 'written again'}\n")
    sys.exit(1 if check and pages else 0)
