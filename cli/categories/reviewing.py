"""`sightline categories review`: the least certain guesses, decided one after another."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cli.categories.deciding import find_category
from cli.exits import ExitCode
from cli.options import GalleryOption, HomeOption, JsonOption
from cli.session import Session, open_session
from search.categories.stored import StoredTaxonomy
from search.domain.category import ItemGuess, Verdict
from search.errors import ConflictError, NotFoundError

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The taxonomy's name.")]
HELP = "y: yes   n: no   1-9: that one   NAME: another category   s: skip   u: undo   q: quit"


def review(
    name: NameArgument,
    category: Annotated[
        str, typer.Option("--category", "-c", metavar="PATH", help="Only guesses of this one.")
    ] = "",
    limit: Annotated[
        int, typer.Option("-k", "--limit", metavar="N", min=1, help="Most items to ask about.")
    ] = 50,
    gallery: GalleryOption = "default",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Decide about the items that the model is least certain of.

    --json lists them with their guesses instead of asking.
    """
    with open_session(gallery, home, as_json) as session:
        with session.catalogue.reading() as snapshot:
            stored = snapshot.taxonomy(session.gallery.id, name)
            path = find_category(session, category, name).path if category else ""
            ids = snapshot.uncertain_items(stored.id, session.gallery.id, path=path, limit=limit)
        if as_json:
            for item_id in ids:
                uri, guesses = _seen(session, stored, item_id)
                session.output.line(_document(item_id, uri, guesses))
            return ExitCode.DONE
        if not ids:
            session.output.text(f"Nothing of {stored.name} is left to review.")
            return ExitCode.DONE
        _Review(session, stored).ask(ids)
        return ExitCode.DONE


class _Review:
    """One session of questions; every answer is kept at once."""

    def __init__(self, session: Session, stored: StoredTaxonomy) -> None:
        self._session = session
        self._stored = stored
        self._said: list[tuple[int, int]] = []

    def ask(self, ids: Sequence[int]) -> None:
        output = self._session.output
        output.text(HELP)
        at = 0
        while at < len(ids):
            uri, guesses = _seen(self._session, self._stored, ids[at])
            output.text(f"\n{at + 1} of {len(ids)}  {uri}")
            for number, guess in enumerate(guesses, start=1):
                sure = "assigned" if guess.assigned else ""
                output.text(f"  {number}  {guess.probability or 0:.2f}  {guess.path}  {sure}")
            answer = self._read()
            if answer in ("q", None):
                break
            at += self._take(ids[at], guesses, answer)
        n = len(self._said)
        output.text(f"\nDecided about {n} item{'' if n == 1 else 's'}.")

    def _read(self) -> str | None:
        sys.stdout.write("> ")
        self._session.output.flush()
        line = sys.stdin.readline()
        return line.strip() if line else None

    def _take(self, item_id: int, guesses: Sequence[ItemGuess], answer: str | None) -> int:
        """Act on an answer; returns how many items to go on by."""
        if not answer or answer == "s":
            return 1
        if answer == "u":
            return self._undo()
        if answer in ("y", "n") and not guesses:
            self._session.output.text("The model has no guess; name a category.")
            return 0
        if answer == "n":
            return self._say(item_id, guesses[0].path, Verdict.REJECT)
        if answer == "y":
            return self._say(item_id, guesses[0].path, Verdict.ACCEPT)
        if answer.isdigit() and 1 <= int(answer) <= len(guesses):
            return self._say(item_id, guesses[int(answer) - 1].path, Verdict.ACCEPT)
        try:
            meant = find_category(self._session, answer, self._stored.name)
        except (NotFoundError, ConflictError) as error:
            self._session.output.text(f"{error.message} {error.hint}")
            return 0
        return self._say(item_id, meant.path, Verdict.ACCEPT)

    def _say(self, item_id: int, path: str, verdict: Verdict) -> int:
        category_id = self._stored.category_ids[path]
        with self._session.catalogue.writing(self._session.gallery.id) as work:
            work.decide([item_id], category_id, verdict)
            work.commit()
        self._said.append((item_id, category_id))
        return 1

    def _undo(self) -> int:
        if not self._said:
            self._session.output.text("Nothing has been said yet.")
            return 0
        item_id, category_id = self._said.pop()
        with self._session.catalogue.writing(self._session.gallery.id) as work:
            work.undecide([item_id], category_id)
            work.commit()
        return -1


def _seen(session: Session, stored: StoredTaxonomy, item_id: int) -> tuple[str, list[ItemGuess]]:
    with session.catalogue.reading() as snapshot:
        records = snapshot.items(session.gallery.id, [item_id])
        guesses = snapshot.item_guesses(session.gallery.id, [item_id]).get(item_id, ())
    uri = records[0].uri if records else ""
    return uri, [guess for guess in guesses if guess.taxonomy == stored.name]


def _document(item_id: int, uri: str, guesses: Sequence[ItemGuess]) -> dict[str, object]:
    return {
        "item": item_id,
        "uri": uri,
        "guesses": [
            {"category": one.path, "probability": one.probability, "assigned": one.assigned}
            for one in guesses
        ],
    }
