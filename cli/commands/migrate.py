"""`sightline migrate`: bring the database's schema up to date."""

from __future__ import annotations

from cli.exits import ExitCode
from cli.options import HomeOption, JsonOption, UnusedGalleryOption, new_app
from cli.session import open_session

app = new_app()


@app.command()
def migrate(
    gallery: UnusedGalleryOption = "default", home: HomeOption = None, as_json: JsonOption = False
) -> int:
    """Make the database's schema, or bring it up to date; nothing happens where it is.

    SQLite is migrated by itself when it is opened. PostgreSQL waits for this command, since other
    programs may be using the database: make a backup first.
    """
    from search.bootstrap import migrate_database

    with open_session("default", home, as_json) as session:
        migrate_database(session.settings)
        session.output.document_if_json({"migrated": True})
        session.output.text("The database is up to date.")
        return ExitCode.DONE
