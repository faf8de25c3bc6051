"""`sightline worker`: the background work of the service, in a process of its own."""

from __future__ import annotations

from cli.exits import ExitCode
from cli.options import HomeOption, new_app
from cli.session import read_settings

app = new_app()


@app.command()
def worker(home: HomeOption = None) -> int:
    """Embed uploads and work off reindexing until stopped.

    `sightline serve` does so by itself; with SIGHTLINE_BACKGROUND_WORKER=false it leaves the work
    to this command, here or on another machine with the same database and home. Several may run.
    """
    from api.serving import work

    work(read_settings(home))
    return ExitCode.DONE
