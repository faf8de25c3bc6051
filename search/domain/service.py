"""What the service keeps: who may call it, and the work it was asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Scope(StrEnum):
    """What a key allows."""

    SEARCH = "search"
    WRITE = "write"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made; its secret is kept as a digest only.

    Attributes:
        prefix: the readable start of the secret, to tell keys apart.
        secret_hash: SHA-256 of the whole secret, in hex.
        gallery_ids: where it is good; None is everywhere.
        origin: the one site whose pages may use it; None for any client.
    """

    name: str
    prefix: str
    secret_hash: str
    scopes: frozenset[Scope]
    gallery_ids: frozenset[int] | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is stored. Times are seconds since 1970-01-01 UTC."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    gallery_ids: frozenset[int] | None
    origin: str | None
    created_at: float
    last_used_at: float | None
    revoked_at: float | None


class JobKind(StrEnum):
    """`upload`: embed pictures that were sent. `reindex`: build again, or change the model.
    `assign`: bring items' categories up to date."""

    UPLOAD = "upload"
    REINDEX = "reindex"
    ASSIGN = "assign"


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that goes on in the background.

    Attributes:
        request, result: what was asked for and what came of it, as JSON takes it.
        total: None while it is not known.
        note: what is being done now, one word.
        error, hint: why it failed and what to do.
    """

    id: str
    gallery_id: int
    kind: JobKind
    state: JobState
    created_at: float
    updated_at: float
    request: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    done: int = 0
    total: int | None = None
    note: str = ""
    error: str = ""
    hint: str = ""

    @property
    def ended(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)
