"""Every error Sightline raises on purpose, as one tree.

    SightlineError
    ├── UserError              the caller's fault: bad input, unknown name, refused request
    │   ├── UsageError         arguments that do not fit together
    │   ├── FilterSyntaxError  a filter or search-box text that cannot be read
    │   ├── NotFoundError      a gallery, item, taxonomy, space or file that is not there
    │   ├── ConflictError      the request contradicts what is stored
    │   ├── ConfirmationNeededError   a dangerous step that wants an explicit flag
    │   ├── GoldenQueriesError a model that does not find what golden queries ask for
    │   ├── PictureError       a picture that cannot or may not be decoded
    │   │   └── PictureTooLargeError  beyond the limits on bytes, pixels, memory or seconds
    │   └── RequestRefusedError   a request that the service does not take as it came
    │       ├── UnauthorizedError     no key, or one that is unknown or revoked
    │       ├── ForbiddenError        a key without the right to do this
    │       ├── RequestTooLargeError  a body beyond the limit
    │       ├── RequestTimeoutError   a body that came too slowly
    │       ├── UnsupportedMediaError a body of a kind that is not read here
    │       ├── RateLimitedError      more requests than this key or address may make
    │       └── TooBusyError          the queue is full; try again
    ├── StoreError             the database
    │   ├── StoreBusyError     locked longer than the busy timeout; try again
    │   └── MigrationNeededError  the schema is older or newer than this program
    ├── VectorIndexError       the vector index and its generations
    │   ├── GenerationCorruptError   a generation whose files do not match its manifest
    │   └── GenerationFormatError    not a generation, or of a format this program cannot read
    └── ModelError             embedding models
        ├── ModelUnavailableError    weights that are neither at hand nor fetchable
        ├── EmbedderError            a model that loads but cannot embed this
        └── MissingDependencyError   an optional package that is not installed

Each message is one sentence that says what is wrong; `hint` says what to do about it.
`ERROR_CODES` maps each class to its machine word, HTTP status and exit code.
"""

from __future__ import annotations

from dataclasses import dataclass


class SightlineError(Exception):
    """Base of all; `hint` is one sentence that says what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(SightlineError):
    """The caller asked for something that cannot be done as asked."""


class UsageError(UserError):
    """Arguments that do not fit together."""


class FilterSyntaxError(UserError):
    """A filter that cannot be read; `position` is the 0-based column where reading stopped."""

    def __init__(self, message: str, *, position: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.position = position


class NotFoundError(UserError):
    """A gallery, item, taxonomy, space or file that is not there."""


class ConflictError(UserError):
    """The request contradicts what is stored."""


class ConfirmationNeededError(UserError):
    """A step that could lose sight of many items and wants an explicit flag.

    `report`: what was done all the same, as the refusing use case reports it.
    """

    def __init__(self, message: str, *, hint: str = "", report: object = None) -> None:
        super().__init__(message, hint=hint)
        self.report = report


class GoldenQueriesError(UserError):
    """A model that does not find what golden queries ask for."""


class PictureError(UserError):
    """A picture that cannot be decoded."""


class PictureTooLargeError(PictureError):
    """A picture beyond the limits on bytes, pixels, memory or seconds."""


class RequestRefusedError(UserError):
    """A request that the service does not take as it came."""


class UnauthorizedError(RequestRefusedError):
    """No key, or one that is unknown or revoked."""


class ForbiddenError(RequestRefusedError):
    """A key that does not have the right to do this."""


class RequestTooLargeError(RequestRefusedError):
    """A request's body beyond the limit."""


class RequestTimeoutError(RequestRefusedError):
    """A request's body that came too slowly."""


class UnsupportedMediaError(RequestRefusedError):
    """A request's body of a kind that is not read here."""


class RateLimitedError(RequestRefusedError):
    """More requests than this key or address may make; `retry_after_s` says when the next may."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class TooBusyError(RequestRefusedError):
    """The queue is full; `retry_after_s` says when to try again."""

    def __init__(self, message: str, *, hint: str = "", retry_after_s: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s


class StoreError(SightlineError):
    """The database failed."""


class StoreBusyError(StoreError):
    """The database stayed locked longer than the busy timeout."""


class MigrationNeededError(StoreError):
    """The database's schema is not the one this program was written for."""


class VectorIndexError(SightlineError):
    """A vector index or one of its generations failed."""


class GenerationCorruptError(VectorIndexError):
    """A generation whose files do not match its manifest."""


class GenerationFormatError(VectorIndexError):
    """Not a generation at all, or of a format version this program cannot read."""


class ModelError(SightlineError):
    """An embedding model failed."""


class ModelUnavailableError(ModelError):
    """Weights that are neither at hand nor can be fetched."""


class EmbedderError(ModelError):
    """A model that is loaded but cannot embed what it was given."""


class MissingDependencyError(ModelError):
    """An optional package that this step needs is not installed."""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """How one error class leaves the program."""

    word: str
    http_status: int
    exit_code: int


ERROR_CODES: dict[type[SightlineError], ErrorCode] = {
    SightlineError: ErrorCode("internal", 500, 1),
    UserError: ErrorCode("bad_request", 400, 1),
    UsageError: ErrorCode("usage", 400, 2),
    FilterSyntaxError: ErrorCode("filter_syntax", 400, 2),
    NotFoundError: ErrorCode("not_found", 404, 1),
    ConflictError: ErrorCode("conflict", 409, 1),
    ConfirmationNeededError: ErrorCode("confirmation_needed", 409, 1),
    GoldenQueriesError: ErrorCode("golden_queries", 409, 1),
    PictureError: ErrorCode("bad_picture", 400, 1),
    PictureTooLargeError: ErrorCode("picture_too_large", 413, 1),
    RequestRefusedError: ErrorCode("refused", 400, 1),
    UnauthorizedError: ErrorCode("unauthorized", 401, 1),
    ForbiddenError: ErrorCode("forbidden", 403, 1),
    RequestTooLargeError: ErrorCode("request_too_large", 413, 1),
    RequestTimeoutError: ErrorCode("request_timeout", 408, 1),
    UnsupportedMediaError: ErrorCode("unsupported_media", 415, 1),
    RateLimitedError: ErrorCode("rate_limited", 429, 1),
    TooBusyError: ErrorCode("too_busy", 429, 1),
    StoreError: ErrorCode("store", 500, 1),
    StoreBusyError: ErrorCode("store_busy", 429, 1),
    MigrationNeededError: ErrorCode("migration_needed", 500, 1),
    VectorIndexError: ErrorCode("index", 500, 1),
    GenerationCorruptError: ErrorCode("generation_corrupt", 500, 1),
    GenerationFormatError: ErrorCode("generation_format", 500, 1),
    ModelError: ErrorCode("model", 500, 1),
    ModelUnavailableError: ErrorCode("model_unavailable", 500, 1),
    EmbedderError: ErrorCode("embedder", 500, 1),
    MissingDependencyError: ErrorCode("missing_dependency", 500, 1),
}


def error_code(error: SightlineError) -> ErrorCode:
    """The code of the error's own class; a test holds that every subclass has one."""
    return ERROR_CODES[type(error)]
