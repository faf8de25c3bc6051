"""The commands by name, with their one-line helps: all that `sightline --help` needs to know.

Kept apart from the commands' modules so that asking for help, or for one command, imports nothing
of the others.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command or group of commands, and the module whose `app` it is."""

    name: str
    module: str
    summary: str


SECTIONS: tuple[tuple[str, tuple[CommandEntry, ...]], ...] = (
    (
        "Search",
        (
            CommandEntry("search", "search", "find items by words, pictures, or both"),
            CommandEntry("classify", "classify", "say which of your labels fit a picture"),
            CommandEntry("demo", "demo", "index a small drawn gallery and search it"),
        ),
    ),
    (
        "Build a gallery",
        (
            CommandEntry("index", "index", "add photos, folders, archives or a catalogue"),
            CommandEntry("watch", "watch", "keep a folder indexed while it changes"),
            CommandEntry("reindex", "reindex", "build the index again, or change the model"),
            CommandEntry("models", "models", "list the models worth choosing from"),
            CommandEntry("galleries", "galleries", "create, rename, delete and list galleries"),
            CommandEntry("items", "items", "show, delete and restore items"),
            CommandEntry("tags", "tags", "add, remove and list tags"),
            CommandEntry("categories", "categories", "import taxonomies, assign and correct"),
        ),
    ),
    (
        "Serve it",
        (
            CommandEntry("serve", "serve", "serve the page and the API over HTTP"),
            CommandEntry("worker", "worker", "embed what is uploaded, apart from the service"),
            CommandEntry("keys", "keys", "make, list and revoke the service's keys"),
        ),
    ),
    (
        "Look after it",
        (
            CommandEntry("evaluate", "evaluate", "measure how good the answers are"),
            CommandEntry("tune", "tune", "measure the index, and choose how much it finds"),
            CommandEntry("status", "status", "what a gallery holds, and what failed"),
            CommandEntry("verify", "verify", "check database, files and index against each other"),
            CommandEntry("repair", "repair", "make again whatever verify found broken"),
            CommandEntry("prune", "prune", "remove what is no longer needed"),
            CommandEntry("migrate", "migrate", "bring the database's schema up to date"),
        ),
    ),
)


def entries() -> dict[str, CommandEntry]:
    """All commands by name, in the order in which help lists them."""
    return {entry.name: entry for _, section in SECTIONS for entry in section}
