"""`sightline verify`: check database, picture files and generations against each other."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption, new_app
from cli.session import open_session

app = new_app()

SHOWN_PROBLEMS = 50

QuickOption = Annotated[
    bool, typer.Option("--quick", help="Compare sizes and manifests only, reading no file whole.")
]


@app.command()
def verify(
    quick: QuickOption = False,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check database, picture files and generations against each other, changing nothing.

    Reads every picture and every generation and compares digests; --quick compares sizes. The exit
    code is 1 where something is wrong, and each problem says what helps.
    """
    from indexer.verify import verify as find_problems
    from search.bootstrap import open_generation_store, open_index_builder

    with open_session(gallery, home, as_json) as session:
        problems = find_problems(
            session.catalogue,
            open_generation_store(session.settings),
            open_index_builder(session.settings),
            session.gallery.name,
            digests=not quick,
        )
        session.output.document_if_json(
            {
                "gallery": session.gallery.name,
                "sound": not problems,
                "problems": [
                    {"kind": problem.kind.value, "what": problem.what, "hint": problem.hint}
                    for problem in problems
                ],
            }
        )
        if problems:
            rows = [(p.kind.value, p.what, p.hint) for p in problems[:SHOWN_PROBLEMS]]
            session.output.table(["kind", "problem", "what helps"], rows)
            if len(problems) > SHOWN_PROBLEMS:
                session.output.text(f"and {len(problems) - SHOWN_PROBLEMS} more; see --json.")
            return ExitCode.FAILED
        session.output.text(f"Gallery {session.gallery.name!r} is sound.")
        return ExitCode.DONE
