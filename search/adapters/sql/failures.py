"""The one place where errors of the database become ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from search.errors import StoreBusyError, StoreError

_BUSY_STATES = {"40001", "40P01", "55P03", "57014"}
_BUSY_HINT = "Another run is writing; try again, or raise SIGHTLINE_BUSY_TIMEOUT_S."


@contextmanager
def translated() -> Iterator[None]:
    """Whatever SQLAlchemy raises inside leaves as a StoreError with a hint."""
    try:
        yield
    except SQLAlchemyError as error:
        raise store_error(error) from error


def store_error(error: SQLAlchemyError) -> StoreError:
    """Our error for one of SQLAlchemy's: what happened in one sentence, and what to do."""
    if isinstance(error, PoolTimeoutError):
        return StoreBusyError("All connections to the database are in use.", hint=_BUSY_HINT)
    if not isinstance(error, DBAPIError):
        return StoreError(f"The database could not be used: {_first_line(error)}.")
    said = _first_line(error.orig)
    lower = said.lower()
    state = getattr(error.orig, "sqlstate", None)
    if state in _BUSY_STATES or "is locked" in lower:
        return StoreBusyError("The database stayed locked for too long.", hint=_BUSY_HINT)
    if isinstance(error, IntegrityError):
        return StoreError(
            f"The database refused a row that contradicts another: {said}.",
            hint="Run `sightline verify`; if it is clean, please report this.",
        )
    return StoreError(f"The database failed: {said}.", hint=_hint(lower, state))


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def _hint(said: str, state: str | None) -> str:
    if "disk is full" in said or state == "53100":
        return "Make room on the disk that holds the database, then run the command again."
    if "readonly" in said or "read-only" in said or "unable to open" in said:
        return "Check that the database's folder exists and that you may write to it."
    if "malformed" in said or "not a database" in said:
        return "The file is damaged or not a database: restore a backup with `sightline restore`."
    if state is None or state.startswith("08"):
        return "Check that the database server runs and that SIGHTLINE_DATABASE_URL is right."
    return ""
