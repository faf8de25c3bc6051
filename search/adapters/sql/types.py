"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import BYTEA, DOUBLE_PRECISION
from sqlalchemy.types import REAL, TEXT, TypeDecorator, TypeEngine

# SQLite makes only INTEGER PRIMARY KEY an alias of the row's number.
Id: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
Number: TypeEngine[float] = REAL().with_variant(DOUBLE_PRECISION(), "postgresql")
Bytes: TypeEngine[bytes] = LargeBinary().with_variant(BYTEA(), "postgresql")
# Compared and sorted by code point on both, whatever the server's locale.
Exact: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")

_LONE = re.compile("[\x00\ud800-\udfff]")
_STOOD_IN = re.compile("[\U0010fe00\U0010fe80-\U0010feff]")


def path_to_text(path: str) -> str:
    """A path as valid Unicode; bytes that were none (surrogate escapes) become private ones."""
    if path.isascii() and "\x00" not in path:
        return path
    return _LONE.sub(_stand_in, path)


def text_to_path(text: str) -> str:
    """The inverse of `path_to_text`."""
    return text if text.isascii() else _STOOD_IN.sub(_original, text)


def _stand_in(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0:
        return "\U0010fe00"
    return chr(0x10FE80 + code - 0xDC80) if 0xDC80 <= code <= 0xDCFF else "\ufffd"


def _original(match: re.Match[str]) -> str:
    offset = ord(match.group()) - 0x10FE00
    return chr(0xDC00 + offset) if offset else "\x00"


class PathText(TypeDecorator[str]):
    """A path of any bytes: file names need not be valid text, columns must be."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return TEXT(collation="C" if dialect.name == "postgresql" else None)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else path_to_text(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else text_to_path(value)
