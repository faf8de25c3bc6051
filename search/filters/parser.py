"""Reads the search box's syntax: `red car tag:beach -tag:blurry price:<50 -people`.

Words are looked for, `-words` pushed away, `key:value` filters and `-key:value` filters out.
`key:a,b` is any of them, `key:<5`, `>=5`, `5..10`, `5..` compare, `key:*` asks that it is there.
`or` joins the two filters beside it, a space means and, parentheses group. Text in quotes is only
text: `"tag:x"` is a phrase, `size:"10"` never a number. A key in quotes is always an attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from search.domain.item import ItemKind
from search.errors import FilterSyntaxError
from search.filters.ast import (
    And,
    Filter,
    HasAttribute,
    HasTag,
    InCategory,
    ItemIs,
    KindIs,
    Not,
    Or,
    PathMatches,
    SearchBox,
    TextIs,
)
from search.filters.lexer import Token, TokenKind, Value, tokens_of
from search.filters.values import not_a_number, operand, stretch, within

DATE_KEY = "taken_at"
_MAX_ITEM_ID = 2**63 - 1


def parse_search_box(text: str) -> SearchBox:
    """Words to look for, words to push away and a filter; any of them may be empty.

    Raises:
        FilterSyntaxError: a filter in the text cannot be read; it tells where and what to do.
    """
    tokens = tokens_of(text)
    words: list[str] = []
    minus: list[str] = []
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        end = at + 1
        if token.kind is TokenKind.OPEN:
            end = _end_of_group(tokens, at)
            if any(inner.kind is TokenKind.FILTER for inner in tokens[at:end]):
                kept.extend(tokens[at:end])
            elif token.negated:
                minus.append(text[token.start + 1 : tokens[end - 1].end])
            else:
                words.append(text[token.start : tokens[end - 1].end])
        elif token.kind is TokenKind.FILTER or _joins_filters(tokens, at, kept):
            kept.append(token)
        elif token.negated:
            minus.append(token.text)
        else:
            words.append(token.text)
        at = end
    return SearchBox(
        text=" ".join(word for word in words if word.strip()),
        minus=tuple(word for word in minus if word.strip()),
        where=_Reader(kept).whole() if kept else None,
    )


def parse_filter(text: str) -> Filter | None:
    """The filter written in `text`, None where it is blank.

    Raises:
        FilterSyntaxError: it cannot be read, or holds words that are no filter.
    """
    tokens = tokens_of(text)
    return _Reader(tokens).whole() if tokens else None


def _end_of_group(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for index in range(at, len(tokens)):
        depth += {TokenKind.OPEN: 1, TokenKind.CLOSE: -1}.get(tokens[index].kind, 0)
        if depth == 0:
            return index + 1
    return len(tokens)


def _joins_filters(tokens: Sequence[Token], at: int, kept: Sequence[Token]) -> bool:
    """Whether the word `or` stands between two filters or groups of filters."""
    if tokens[at].kind is not TokenKind.OR or at + 1 == len(tokens) or at == 0:
        return False
    if not kept or kept[-1] is not tokens[at - 1]:
        return False
    following = tokens[at + 1 : _end_of_group(tokens, at + 1)]
    return any(token.kind is TokenKind.FILTER for token in following)


class _Reader:
    """Recursive descent: whole = joined+; joined = single (or single)*; single = filter | group."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def whole(self) -> Filter:
        parts = self._parts()
        if self._at < len(self._tokens):
            raise _unexpected(self._tokens[self._at])
        return _all(parts)

    def _parts(self) -> list[Filter]:
        parts = []
        while self._at < len(self._tokens) and self._kind() is not TokenKind.CLOSE:
            parts.append(self._joined())
        return parts

    def _joined(self) -> Filter:
        parts = [self._single()]
        while self._at < len(self._tokens) and self._kind() is TokenKind.OR:
            joint = self._tokens[self._at]
            self._at += 1
            if self._at == len(self._tokens):
                raise _unexpected(joint)
            parts.append(self._single())
        return _any(parts)

    def _single(self) -> Filter:
        token = self._tokens[self._at]
        self._at += 1
        if token.kind is TokenKind.FILTER:
            found = _any([_condition(token, value) for value in token.values])
        elif token.kind is TokenKind.OPEN:
            parts = self._parts()
            if self._at == len(self._tokens):
                raise FilterSyntaxError(
                    "The parenthesis that opens here is never closed.",
                    position=token.start,
                    hint="Add the closing parenthesis.",
                )
            self._at += 1
            found = _all(parts)
        else:
            raise _unexpected(token)
        return Not(found) if token.negated else found

    def _kind(self) -> TokenKind:
        return self._tokens[self._at].kind


def _unexpected(token: Token) -> FilterSyntaxError:
    if token.kind is TokenKind.OR:
        return FilterSyntaxError(
            "“or” stands without a filter on each side.",
            position=token.start,
            hint='Write it between two filters, as in tag:beach or tag:lake; quote the word: "or".',
        )
    word = token.text or ")"
    return FilterSyntaxError(
        f"“{word}” is not a filter.",
        position=token.start,
        hint=f"Write key:value, such as tag:{word if word.isalnum() else 'beach'}.",
    )


def _all(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _any(parts: Sequence[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _condition(token: Token, value: Value) -> Filter:
    if token.quoted:
        return _attribute(token.text, value)
    known = _KNOWN.get(token.text)
    return known(value) if known else _attribute(token.text, value)


def _attribute(key: str, value: Value) -> Filter:
    if value.quoted:
        return TextIs(key, value.text)
    if value.text == "*":
        return HasAttribute(key)
    numbers = within(key, value)
    if numbers is not None:
        return numbers
    covered = operand(value.text)
    if covered is not None:
        return Or((stretch(key, covered), TextIs(key, value.text)))
    return TextIs(key, value.text)


def _tag(value: Value) -> Filter:
    _refuse_star("tag", value)
    return HasTag(value.text)


def _category(value: Value) -> Filter:
    _refuse_star("category", value)
    return InCategory(value.text)


def _refuse_star(key: str, value: Value) -> None:
    if value.text == "*" and not value.quoted:
        raise FilterSyntaxError(
            f"{key}:* cannot be asked for.",
            position=value.position,
            hint=f"Name one or more, as in {key}:one,two.",
        )


def _kind(value: Value) -> Filter:
    kinds = [kind.value for kind in ItemKind]
    if value.text.lower() not in kinds:
        raise FilterSyntaxError(
            f"There is no kind “{value.text}”.",
            position=value.position,
            hint=f"The kinds are {', '.join(kinds)}.",
        )
    return KindIs(value.text.lower())


def _item(value: Value) -> Filter:
    digits = value.text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise _no_item(value)
    if abs(number := int(value.text)) > _MAX_ITEM_ID:
        raise _no_item(value)
    return ItemIs(number)


def _no_item(value: Value) -> FilterSyntaxError:
    return FilterSyntaxError(
        f"“{value.text}” is not an item's number.",
        position=value.position,
        hint="Write the number that search prints, as in item:7.",
    )


def _has(value: Value) -> Filter:
    return HasAttribute(value.text.lower())


def _taken(value: Value) -> Filter:
    if value.text == "*" and not value.quoted:
        return HasAttribute(DATE_KEY)
    numbers = within(DATE_KEY, value, years=True)
    if numbers is not None:
        return numbers
    covered = operand(value.text, years=True)
    if covered is None:
        raise not_a_number(value.text, value.position, years=True)
    return stretch(DATE_KEY, covered)


def _bound(sign: str) -> Callable[[Value], Filter]:
    """`after:` is from the start of its date on, `before:` up to the start of its date."""

    def read(value: Value) -> Filter:
        if operand(value.text, years=True) is None:
            raise not_a_number(value.text, value.position, years=True)
        return _taken(Value(sign + value.text, False, value.position))

    return read


_KNOWN: dict[str, Callable[[Value], Filter]] = {
    "tag": _tag,
    "category": _category,
    "kind": _kind,
    "path": lambda value: PathMatches(value.text),
    "in": lambda value: PathMatches(value.text),
    "item": _item,
    "has": _has,
    "after": _bound(">="),
    "before": _bound("<"),
    "taken": _taken,
}
