"""The options that every command takes, worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
        help='Only items that match, such as: tag:beach -tag:blurry taken_at:>2024 camera:"Pixel"',
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


def new_app(summary: str = "") -> typer.Typer:
    """An app for one command or one group of commands, plain and without shell completion."""
    return typer.Typer(
        add_completion=False,
        no_args_is_help=False,
        help=summary or None,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )
