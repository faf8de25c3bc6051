"""The program `sightline`: finds the command, runs it, and turns every error into one sentence."""

from __future__ import annotations

import difflib
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cli.catalog import SECTIONS, entries
from cli.exits import ExitCode
from search.errors import SightlineError, UsageError, error_code

if TYPE_CHECKING:
    from typer import Typer


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; returns the exit code and never raises, SIGHTLINE_DEBUG=1 apart."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.FAILED
    except Exception as error:
        if os.environ.get("SIGHTLINE_DEBUG") == "1":
            raise
        return _report(error, as_json=_wants_json(arguments))
    if code == ExitCode.INTERRUPTED:  # also where typer caught the interrupt
        sys.stderr.write("Interrupted; what was committed stays.\n")
    return code


def _run(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        if len(arguments) > 1 and arguments[0] == "help":
            return _run([arguments[1], "--help"])
        sys.stdout.write(help_text())
        return ExitCode.DONE if arguments else ExitCode.WRONG_USAGE
    if arguments[0] == "--version":
        from search import __version__

        sys.stdout.write(f"sightline {__version__}\n")
        return ExitCode.DONE
    name, rest = arguments[0], arguments[1:]
    known = entries()
    if name not in known:
        raise _unknown_command(name, list(known))
    return _invoke(name, known[name].module, rest)


def _invoke(name: str, module: str, arguments: list[str]) -> int:
    import typer
    from typer.main import get_command

    command = get_command(load_app(module))
    try:
        result = command.main(arguments, prog_name=f"sightline {name}", standalone_mode=False)
    except typer.TyperException as error:
        raise _usage_error(name, error) from error
    except SystemExit as stop:  # typer's own way to end quietly on a broken pipe
        return stop.code if isinstance(stop.code, int) else ExitCode.FAILED
    return result if isinstance(result, int) else ExitCode.DONE


def load_app(module: str) -> Typer:
    """The Typer app of one module of commands."""
    app: Typer = importlib.import_module(f"cli.commands.{module}").app
    return app


def _usage_error(name: str, error: Exception) -> UsageError:
    describe = getattr(error, "format_message", None)
    message = str(describe()) if describe is not None else str(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else f"sightline {name}"
    if not message.strip():
        message = f"{path} needs to be told what to do"
    if message[-1] not in ".?!)":
        message += "."
    hint = f"`{path} --help` lists its arguments and options."
    if re.match(r"No such option: -[^-]", message):
        hint = f"Text that begins with a dash goes behind `--`. {hint}"
    return UsageError(message, hint=hint)


def _unknown_command(name: str, known: list[str]) -> UsageError:
    if name.startswith("-"):
        return UsageError(
            f"{name!r} stands before the command.",
            hint="Options follow the command: sightline search 'red car' --json",
        )
    close = difflib.get_close_matches(name, known, n=1)
    meant = f"Did you mean `sightline {close[0]}`? " if close else ""
    return UsageError(
        f"There is no command {name!r}.", hint=f"{meant}`sightline --help` lists all commands."
    )


def _report(error: Exception, *, as_json: bool) -> int:
    if isinstance(error, SightlineError):
        code, message, hint = error_code(error), error.message, error.hint
        word, exit_code = code.word, code.exit_code
    else:
        word, exit_code = "internal", int(ExitCode.FAILED)
        message = f"{type(error).__name__}: {error}"
        hint = "This is a fault of the program; SIGHTLINE_DEBUG=1 shows where it happened."
    if as_json:
        import json

        document = {"error": message, "code": word, "hint": hint}
        sys.stderr.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"sightline: {message}\n" + (f"  {hint}\n" if hint else ""))
    return exit_code


def _wants_json(arguments: Sequence[str]) -> bool:
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def _silence_stdout() -> None:
    """Point stdout at nothing, so that closing it at exit does not complain again."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())


def help_text() -> str:
    """What `sightline --help` prints, without importing a single command."""
    lines = [
        "Usage: sightline COMMAND [ARGUMENTS] [OPTIONS]",
        "",
        "Visual search for photos, videos and products, by words, by pictures, or both.",
    ]
    for title, section in SECTIONS:
        lines += ["", f"{title}:"]
        lines += [f"  {entry.name:<11} {entry.summary}" for entry in section]
    lines += [
        "",
        "Every command takes --gallery NAME, --home DIR (or SIGHTLINE_HOME), --json and --help.",
        "First steps: sightline index ~/Pictures, then sightline search 'a dog on a beach'",
        "",
    ]
    return "\n".join(lines)
