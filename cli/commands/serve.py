"""`sightline serve`: the HTTP service and the page."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import HomeOption, new_app
from cli.session import read_settings

app = new_app()


@app.command()
def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; beyond this machine with keys.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535)] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", min=1, help="Processes that answer; without, SIGHTLINE_WORKERS or 1."
        ),
    ] = None,
    home: HomeOption = None,
) -> int:
    """Serve the page, the API and the two endpoints for Hugging Face's clients.

    The page is at /, the API's description at /docs. Listening beyond this machine needs a key:
    sightline keys create
    """
    from api.serving import serve as run

    settings = read_settings(home)
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    run(settings, host=host, port=port)
    return ExitCode.DONE
