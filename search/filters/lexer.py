"""Cuts a search box's text into words, filters, parentheses and `or`.

Whether `key:value` is a filter is decided here, once: `http://...`, `10:30`, `C:\\photos`, `Re: x`
and `:)` only look like one and stay words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from search.errors import FilterSyntaxError

KNOWN_KEYS = frozenset(
    {"tag", "category", "kind", "path", "in", "item", "has", "after", "before", "taken"}
)
MAX_TEXT_LENGTH = 10_000
MAX_NESTING = 50

_KEY = re.compile(r"([^\W\d][\w.-]*):")


class TokenKind(StrEnum):
    WORD = "word"
    FILTER = "filter"
    OPEN = "("
    CLOSE = ")"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Value:
    """One of a filter's values as written; in quotes it is text and nothing else."""

    text: str
    quoted: bool
    position: int


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text from column `start` up to `end`.

    Attributes:
        text: a word without its quotes, or a filter's key in lower case.
        negated: a `-` stood before it.
        quoted: the word or the key stood in quotes.
        values: of a filter, at least one.
    """

    kind: TokenKind
    start: int
    end: int
    text: str = ""
    negated: bool = False
    quoted: bool = False
    values: tuple[Value, ...] = ()


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text` in order.

    Raises:
        FilterSyntaxError: a quote without its end, a known key without a value, characters that no
            database can store, or a text that is too long or too deeply nested.
    """
    _check_characters(text)
    return _Lexer(text).run()


def _check_characters(text: str) -> None:
    if len(text) > MAX_TEXT_LENGTH:
        raise FilterSyntaxError(
            f"The text is longer than {MAX_TEXT_LENGTH:,} characters.",
            position=MAX_TEXT_LENGTH,
            hint="Shorten it.",
        )
    for position, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise FilterSyntaxError(
                "The text contains a character that cannot be stored.",
                position=position,
                hint=f"Remove the character in column {position + 1}.",
            )


class _Lexer:
    """One pass over one text; `at` is the column that is read next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def run(self) -> list[Token]:
        found: list[Token] = []
        while self._at < len(self._text):
            if self._text[self._at].isspace():
                self._at += 1
            else:
                found.append(self._token())
        return found

    def _token(self) -> Token:
        start, negated = self._at, False
        if self._peek() == ")" and self._depth > 0:
            self._depth -= 1
            self._at += 1
            return Token(TokenKind.CLOSE, start, self._at)
        if self._peek() == "-" and self._peek(1) not in ("", "-") and not self._peek(1).isspace():
            negated = True
            self._at += 1
        if self._peek() == "(":
            return self._open(start, negated)
        if self._peek() == '"':
            return self._quoted_token(start, negated)
        key = _KEY.match(self._text, self._at)
        if key and self._is_filter(key):
            self._at = key.end()
            return self._filter(start, negated, key[1].lower(), quoted=False)
        word = self._bare(stop="")
        is_or = word in ("or", "OR") and not negated
        kind = TokenKind.OR if is_or else TokenKind.WORD
        return Token(kind, start, self._at, word, negated)

    def _open(self, start: int, negated: bool) -> Token:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise FilterSyntaxError(
                f"Parentheses are nested more than {MAX_NESTING} deep.",
                position=start,
                hint="Use fewer parentheses.",
            )
        self._at += 1
        return Token(TokenKind.OPEN, start, self._at, negated=negated)

    def _quoted_token(self, start: int, negated: bool) -> Token:
        text = self._quoted()
        if self._peek() == ":" and self._peek(1) and not self._peek(1).isspace():
            self._at += 1
            return self._filter(start, negated, text.lower(), quoted=True)
        return Token(TokenKind.WORD, start, self._at, text, negated, quoted=True)

    def _is_filter(self, key: re.Match[str]) -> bool:
        name = key[1].lower()
        rest = self._text[key.end() :].partition(" ")[0]
        if not rest or rest[0].isspace() or rest[0] == ")":
            if name in KNOWN_KEYS:
                raise FilterSyntaxError(
                    f"There is no value after {name}:",
                    position=key.end(),
                    hint=f"Write the value right after the colon, without a space: {name}:value",
                )
            return False
        if rest.startswith("//") or (len(name) == 1 and rest[0] in "/\\"):
            return False
        if name in KNOWN_KEYS:
            return True
        return ".." in rest or any(c.isalnum() or c in '"*' for c in rest)

    def _filter(self, start: int, negated: bool, key: str, *, quoted: bool) -> Token:
        values = [self._value(key)]
        while self._peek() == ",":
            self._at += 1
            values.append(self._value(key))
        return Token(TokenKind.FILTER, start, self._at, key, negated, quoted, tuple(values))

    def _value(self, key: str) -> Value:
        position = self._at
        if self._peek() == '"':
            text = self._quoted()
            if self._peek() and not self._peek().isspace() and self._peek() not in ",)":
                raise FilterSyntaxError(
                    "Something follows the closing quote without a space.",
                    position=self._at,
                    hint='Put a space after the closing quote, or write \\" for a quote inside.',
                )
            return Value(text, True, position)
        text = self._bare(stop=",")
        if not text:
            raise FilterSyntaxError(
                f"A value of {key}: is missing.",
                position=position,
                hint=f"Write values without spaces between them: {key}:one,two",
            )
        return Value(text, False, position)

    def _bare(self, stop: str) -> str:
        start, inner = self._at, 0
        while (c := self._peek()) and not c.isspace() and (c != stop):
            if c == "(":
                inner += 1
            elif c == ")":
                if inner == 0 and self._depth > 0:
                    break
                inner = max(0, inner - 1)
            self._at += 1
        return self._text[start : self._at]

    def _quoted(self) -> str:
        start = self._at
        self._at += 1
        characters: list[str] = []
        while (c := self._peek()) != '"':
            if c == "\\" and self._peek(1) in ('"', "\\"):
                self._at += 1
                c = self._peek()
            if not c:
                raise FilterSyntaxError(
                    "The quote that opens here is never closed.",
                    position=start,
                    hint='Add the closing ", or write \\" for a quote inside quotes.',
                )
            characters.append(c)
            self._at += 1
        self._at += 1
        return "".join(characters)

    def _peek(self, ahead: int = 0) -> str:
        index = self._at + ahead
        return self._text[index] if index < len(self._text) else ""
