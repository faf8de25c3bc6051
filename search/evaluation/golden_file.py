"""Reads a file of golden queries, YAML or JSON; errors carry the path to the bad value."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from search.errors import NotFoundError, UsageError
from search.evaluation.golden import DEFAULT_TOP, GoldenQuery

_KEYS = ("text", "minus", "image", "where", "top", "find", "avoid")
_LARGEST_BYTES = 2**24
_HINT = "docs/how-to/evaluate.md shows the form of a file of golden queries."


def read_golden(path: Path) -> list[GoldenQuery]:
    """The queries of a file; pictures are looked for beside it.

    Raises:
        NotFoundError: there is no such file.
        UsageError: it cannot be read, or holds something that makes no sense.
    """
    document = _document(path)
    queries = document.get("queries") if isinstance(document, dict) else document
    if not isinstance(queries, list) or not queries:
        raise UsageError(f"{path.name} holds no list of queries.", hint=_HINT)
    return [_query(one, f"queries[{i}]", path) for i, one in enumerate(queries)]


def _document(path: Path) -> Any:
    import yaml

    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFoundError(f"There is no file {path}.", hint=_HINT) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{path.name} is longer than {_LARGEST_BYTES:,} bytes.")
    try:
        return yaml.safe_load(content)  # JSON is YAML, too.
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" in line {line + 1}" if line is not None else ""
        raise UsageError(f"{path.name} is neither YAML nor JSON{where}.", hint=_HINT) from error


def _query(one: Any, at: str, path: Path) -> GoldenQuery:
    if not isinstance(one, dict):
        raise _bad(path, at, "is not a query with its keys")
    for key in one:
        if key not in _KEYS:
            raise _bad(path, f"{at}.{key}", f"is not known; a query has {', '.join(_KEYS)}")
    text, minus, where, image = (
        _text(one.get(key, ""), f"{at}.{key}", path) for key in ("text", "minus", "where", "image")
    )
    find, avoid = (_texts(one.get(key, []), f"{at}.{key}", path) for key in ("find", "avoid"))
    if not text and not where and not image:
        raise _bad(path, at, "asks nothing; it needs a text, an image or a where")
    if not find and not avoid:
        raise _bad(path, at, "names nothing to find or to avoid")
    top = one.get("top", DEFAULT_TOP)
    if isinstance(top, bool) or not isinstance(top, int) or not 1 <= top <= 10_000:
        raise _bad(path, f"{at}.top", "is not a whole number from 1 to 10,000")
    picture = path.parent / image if image else None
    return GoldenQuery(text, minus, picture, where, top, find, avoid)


def _texts(value: Any, at: str, path: Path) -> tuple[str, ...]:
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, Sequence):
        raise _bad(path, at, "is not a list of items")
    # An id or a sku may look like a number.
    texts = [str(one) if type(one) is int else one for one in value]
    return tuple(_text(one, f"{at}[{i}]", path, empty=False) for i, one in enumerate(texts))


def _text(value: Any, at: str, path: Path, *, empty: bool = True) -> str:
    if not isinstance(value, str) or not (empty or value.strip()):
        raise _bad(path, at, "is not a text")
    return value.strip()


def _bad(path: Path, at: str, what: str) -> UsageError:
    return UsageError(f"{path.name}: {at} {what}.", hint=_HINT)
