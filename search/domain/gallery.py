"""A gallery and what it holds, as one reading of the database sees it."""

from __future__ import annotations

from dataclasses import dataclass

from search.domain.space import EmbeddingSpace


@dataclass(frozen=True, slots=True)
class WantedRecall:
    """Index recall at ten that an index is tuned to, by sort of query, in (0, 1]; None leaves it to
    the settings."""

    texts: float | None = None
    pictures: float | None = None


AS_SET = WantedRecall()
"""Nothing but what the settings say."""


@dataclass(frozen=True, slots=True)
class Gallery:
    """The gallery's own row.

    Attributes:
        epoch: random, renewed by restore; a searcher or cursor of another epoch starts afresh.
        revision: number of the last committed change; grows by one with each.
        pruned_below: retired rows under this revision are gone; a searcher behind it reloads.
        active_space_id, previous_space_id: None before the first model, or the first switch.
        wanted_recall: what each build of its index is tuned to.
    """

    id: int
    name: str
    epoch: str
    revision: int
    pruned_below: int
    active_space_id: str | None
    previous_space_id: str | None
    wanted_recall: WantedRecall = AS_SET


@dataclass(frozen=True, slots=True)
class GallerySpace:
    """One embedding space of a gallery.

    Attributes:
        wanted: new views are embedded in it too.
        generation_id: the generation searches use, None where none was built.
    """

    space: EmbeddingSpace
    wanted: bool
    generation_id: int | None
    previous_generation_id: int | None


@dataclass(frozen=True, slots=True)
class GenerationRow:
    """A published generation. `folder` is relative to the gallery's generations folder."""

    id: int
    space_id: str
    folder: str
    revision: int
    n_rows: int
    manifest_digest: str


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that could not be indexed, and why."""

    uri: str
    reason: str


@dataclass(frozen=True, slots=True)
class GalleryCounts:
    """Sizes for `status`. `embedded` counts live views with an embedding in the active space."""

    items: int
    views: int
    embedded: int
    missing: int
    failed: int


@dataclass(frozen=True, slots=True)
class Lease:
    """An exclusive right until `expires_at` (seconds, the database's clock).

    `token` grows with each acquisition: a writer whose token is no longer the lease's own has
    lost it and must not commit (a fencing token).
    """

    name: str
    holder: str
    token: int
    expires_at: float
