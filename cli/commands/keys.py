"""`sightline keys`: make, list and revoke the service's keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.exits import ExitCode
from cli.options import HomeOption, JsonOption, new_app
from cli.session import Session, open_session
from search.domain.service import Scope
from search.errors import UsageError

if TYPE_CHECKING:
    from search.domain.service import ApiKey

app = new_app("Make, list and revoke the service's keys.")


@app.command()
def create(
    name: Annotated[str, typer.Option("--name", help="Who the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="search, write or admin; several may be given."),
    ] = None,
    gallery: Annotated[
        list[str] | None,
        typer.Option("--gallery", "-g", help="Where it is good; every gallery if not given."),
    ] = None,
    origin: Annotated[
        str | None,
        typer.Option("--origin", help="The one site whose pages may use it; for search only."),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Make a key and print its secret, this once.

    From the first key on the service asks for one at every request. The scope is search where none
    is given; admin includes all.
    """
    from api.security.secrets import new_key

    with open_session("", home, as_json) as session:
        ids = None
        if gallery:
            ids = [session.find_gallery(one).id for one in gallery]
        secret, key = new_key(name, _scopes(scope), gallery_ids=ids, origin=origin)
        made = session.catalogue.key_store.create_key(key)
        if as_json:
            session.output.document({**_document(made, _names(session)), "secret": secret})
            return ExitCode.DONE
        session.output.text(secret)
        session.output.note(
            f"Key {made.id} for {made.name}. Keep it now, it is not shown again. Send it as "
            "Authorization: Bearer KEY."
        )
        return ExitCode.DONE


@app.command(name="list")
def list_(home: HomeOption = None, as_json: JsonOption = False) -> int:
    """List all keys, revoked ones too. Their secrets are not kept."""
    with open_session("", home, as_json) as session:
        keys = [_document(key, _names(session)) for key in session.catalogue.key_store.all_keys()]
        if as_json:
            session.output.document(keys)
            return ExitCode.DONE
        columns = ["key#", "name", "begins", "scopes", "galleries", "origin", "last used", "state"]
        session.output.table(columns, [_row(key) for key in keys])
        return ExitCode.DONE


@app.command()
def revoke(
    key: Annotated[int, typer.Argument(metavar="KEY", help="The number that list shows.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> int:
    """Revoke a key; running services refuse it within seconds."""
    with open_session("", home, as_json) as session:
        revoked = session.catalogue.key_store.revoke_key(key)
        if as_json:
            session.output.document(_document(revoked, _names(session)))
        session.output.text(f"Revoked key {revoked.id} for {revoked.name}.")
        return ExitCode.DONE


def _scopes(given: list[str] | None) -> list[Scope]:
    names = [part.strip() for one in given or ["search"] for part in one.split(",") if part.strip()]
    known = [scope.value for scope in Scope]
    for name in names:
        if name not in known:
            raise UsageError(
                f"There is no scope {name!r}.", hint=f"The scopes are {', '.join(known)}."
            )
    return [Scope(name) for name in dict.fromkeys(names)]


def _names(session: Session) -> dict[int, str]:
    with session.catalogue.reading() as snapshot:
        return {gallery.id: gallery.name for gallery in snapshot.galleries()}


def _document(key: ApiKey, names: dict[int, str]) -> dict[str, object]:
    galleries = None
    if key.gallery_ids is not None:
        galleries = sorted(names.get(one, f"deleted {one}") for one in key.gallery_ids)
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "galleries": galleries,
        "origin": key.origin,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def _row(key: dict[str, object]) -> list[object]:
    galleries, scopes = key["galleries"], key["scopes"]
    return [
        key["id"],
        key["name"],
        f"{key['prefix']}…",
        ", ".join(scopes) if isinstance(scopes, list) else "",
        ", ".join(galleries) if isinstance(galleries, list) else "all",
        key["origin"],
        _day(key["last_used_at"]),
        "live" if key["revoked_at"] is None else "revoked",
    ]


def _day(seconds: object) -> str:
    if not isinstance(seconds, float):
        return "never"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
