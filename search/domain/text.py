"""How text is cleaned before it is stored, and folded before it is compared."""

from __future__ import annotations

import re
import unicodedata

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def fold(text: str) -> str:
    """The form in which two texts are equal without regard to case or to how accents are coded.

    `STRASSE` equals `straße`, and an `é` of one code point equals an `e` with an accent.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def storable(text: str) -> str:
    """The text with what no database takes made U+FFFD: NUL and lone surrogates."""
    return text if text.isascii() and "\x00" not in text else _UNSTORABLE.sub("\ufffd", text)
