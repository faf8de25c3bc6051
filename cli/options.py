"""The options that every command takes, worded once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

Function = TypeVar("Function", bound=Callable[..., Any])

GalleryOption = Annotated[
    str, typer.Option("--gallery", "-g", metavar="NAME", help="The gallery to work on.")
]
UnusedGalleryOption = Annotated[str, typer.Option("--gallery", "-g", hidden=True)]
"""For commands that concern no one gallery: accepted, so that programs can pass it to all."""

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        metavar="DIR",
        help="Folder of database and indexes; SIGHTLINE_HOME where not given.",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print JSON on stdout, and nothing else there."),
]
WhereOption = Annotated[
    str,
    typer.Option(
        "--where",
        "-w",
        metavar="FILTER",
        help="Only items that match, such as: tag:beach -tag:blurry taken_at:>2024 camera:*pixel*",
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="SPEC",
        help="tiny, ARCH/TAG, hf-hub:ORG/REPO or ARCH@CHECKPOINT; see `sightline models`.",
    ),
]


class PlainCommand(TyperCommand):
    """A command whose help names arguments without the types that they have in Python."""

    def get_help(self, ctx: Any) -> str:
        text: str = super().get_help(ctx)
        return re.sub(r" <(list\[)?\w+\]?>", lambda match: " " * len(match[0]), text)


class App(typer.Typer):
    """One command or a group of commands, plain and without shell completion."""

    def __init__(self, summary: str = "") -> None:
        super().__init__(
            add_completion=False,
            no_args_is_help=False,
            help=summary or None,
            rich_markup_mode=None,
            context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
        )

    def command(self, name: str | None = None, **options: Any) -> Callable[[Function], Function]:
        return super().command(name, cls=PlainCommand, **options)


def new_app(summary: str = "") -> App:
    """An app for one command, or with a summary for a group of them."""
    return App(summary)
