"""Taxonomies as YAML files that people read and write.

    taxonomy: everyday
    mode: single
    threshold: 0.5
    other: [something else]
    categories:
      - animal:
          words: [animal]
          children:
            - dog
            - cat: {words: [cat, kitten]}
      - city street

A bare text is a category whose class name is its name; a mapping with one key has details.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import yaml

from search.categories.taxonomy import DEFAULT_THRESHOLD, SEPARATOR, Category, Mode, Taxonomy
from search.domain.text import fold, storable
from search.errors import UsageError

MOST_CATEGORIES = 50_000
MOST_BYTES = 8 * 2**20
_DEEPEST = 16
_LONGEST_NAME = 120
_LONGEST_TEXT = 1_000
_TOP_KEYS = (
    "taxonomy",
    "version",
    "description",
    "licence",
    "mode",
    "templates",
    "threshold",
    "other",
    "categories",
)
_CATEGORY_KEYS = ("words", "threshold", "templates", "children")


def read_taxonomy(text: str) -> Taxonomy:
    """The taxonomy that a YAML text describes.

    Raises:
        UsageError: it cannot be read; the message begins with the path to the bad value, such as
            `categories[3].children[0].words`.
    """
    if len(text) > MOST_BYTES:
        raise UsageError(
            f"The taxonomy file has more than {MOST_BYTES // 2**20} MiB.",
            hint="Split it into several taxonomies.",
        )
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UsageError(
            f"The taxonomy file is not YAML: {_where(error)}.",
            hint="Indent with spaces, and put texts with a colon in quotes.",
        ) from error
    except RecursionError as error:
        raise UsageError("The taxonomy file nests too deeply.") from error
    return _Reader().taxonomy(document)


def write_taxonomy(taxonomy: Taxonomy) -> str:
    """The YAML of a taxonomy; reading it gives an equal taxonomy."""
    document: dict[str, Any] = {"taxonomy": taxonomy.name, "version": taxonomy.version}
    if taxonomy.description:
        document["description"] = taxonomy.description
    if taxonomy.licence:
        document["licence"] = taxonomy.licence
    document["mode"] = taxonomy.mode.value
    if taxonomy.templates:
        document["templates"] = list(taxonomy.templates)
    document["threshold"] = taxonomy.threshold
    if taxonomy.other:
        document["other"] = list(taxonomy.other)
    document["categories"] = [_written(category) for category in taxonomy.categories]
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text


def _written(category: Category) -> Any:
    details: dict[str, Any] = {}
    usual = () if category.children else (category.name,)
    if category.words != usual:
        details["words"] = list(category.words)
    if category.threshold is not None:
        details["threshold"] = category.threshold
    if category.templates:
        details["templates"] = list(category.templates)
    if category.children:
        details["children"] = [_written(child) for child in category.children]
    return {category.name: details} if details else category.name


class _Reader:
    """Counts categories while it reads, since aliases in YAML can multiply."""

    def __init__(self) -> None:
        self._n_read = 0

    def taxonomy(self, document: Any) -> Taxonomy:
        if not isinstance(document, dict):
            raise _bad("", "The file must be a mapping that begins with `taxonomy: NAME`.")
        _check_keys(document, _TOP_KEYS, "")
        if "taxonomy" not in document:
            raise _bad("taxonomy", "is missing", "Begin the file with `taxonomy: NAME`.")
        name = _name(document["taxonomy"], "taxonomy")
        children = document.get("categories")
        if not isinstance(children, list) or not children:
            raise _bad("categories", "must be a list of at least one category")
        return Taxonomy(
            name=name,
            categories=self._categories(children, "categories", "", 1),
            version=_version(document.get("version", 1)),
            mode=_mode(document.get("mode", Mode.SINGLE.value)),
            templates=_templates(document.get("templates"), "templates"),
            threshold=_threshold(document.get("threshold", DEFAULT_THRESHOLD), "threshold"),
            other=_texts(document.get("other"), "other"),
            description=_text(document.get("description", ""), "description", empty=True),
            licence=_text(document.get("licence", ""), "licence", empty=True),
        )

    def _categories(
        self, entries: list[Any], at: str, parent: str, depth: int
    ) -> tuple[Category, ...]:
        if depth > _DEEPEST:
            raise _bad(at, f"nests deeper than {_DEEPEST} levels")
        found = []
        seen: set[str] = set()
        for number, entry in enumerate(entries):
            here = f"{at}[{number}]"
            category = self._category(entry, here, parent, depth)
            if fold(category.name) in seen:
                raise _bad(here, f"{category.name!r} is there twice", "Give each its own name.")
            seen.add(fold(category.name))
            found.append(category)
        return tuple(found)

    def _category(self, entry: Any, at: str, parent: str, depth: int) -> Category:
        self._n_read += 1
        if self._n_read > MOST_CATEGORIES:
            raise _bad(at, f"is beyond the {MOST_CATEGORIES} categories that a taxonomy may have")
        details: Any = {}
        if isinstance(entry, dict):
            if len(entry) != 1:
                raise _bad(
                    at,
                    "must be a name, or one name with its details",
                    "Indent words, threshold, templates and children below the name.",
                )
            ((entry, details),) = entry.items()
        name = _name(entry, at)
        at = f"{at}.{name}" if isinstance(details, dict) and details else at
        if details is None:
            details = {}
        if not isinstance(details, dict):
            raise _bad(at, "has details that are no mapping", "Write words, threshold, children.")
        _check_keys(details, _CATEGORY_KEYS, at)
        path = f"{parent}{SEPARATOR}{name}" if parent else name
        children = details.get("children")
        if children is not None and not (isinstance(children, list) and children):
            raise _bad(f"{at}.children", "must be a list of at least one category")
        words = _texts(details.get("words"), f"{at}.words")
        if not words and not children:
            words = (name,)
        threshold = details.get("threshold")
        return Category(
            path=path,
            words=words,
            templates=_templates(details.get("templates"), f"{at}.templates"),
            threshold=None if threshold is None else _threshold(threshold, f"{at}.threshold"),
            children=self._categories(children, f"{at}.children", path, depth + 1)
            if children
            else (),
        )


def _bad(at: str, what: str, hint: str = "") -> UsageError:
    return UsageError(
        f"{at} {what}." if at else what,
        hint=hint or "docs/reference/taxonomies.md describes the file.",
    )


def _check_keys(document: Mapping[Any, Any], known: tuple[str, ...], at: str) -> None:
    for key in document:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            raise _bad(
                f"{at}.{key}" if at else str(key),
                "is not a key that is known here",
                f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}.",
            )


def _name(value: Any, at: str) -> str:
    text = " ".join(_text(value, at).split())
    if SEPARATOR in text:
        raise _bad(at, f"{text!r} holds a “/”, which separates the levels", "Leave it out.")
    if len(text) > _LONGEST_NAME:
        raise _bad(at, f"is longer than {_LONGEST_NAME} characters")
    return text


def _text(value: Any, at: str, *, empty: bool = False) -> str:
    if not isinstance(value, str):
        what = "must be a text" if value is None else f"must be a text, not {value!r}"
        raise _bad(at, what, "Put it in quotes.")
    cleaned = storable(value.strip())
    if not cleaned and not empty:
        raise _bad(at, "is empty")
    if len(cleaned) > _LONGEST_TEXT:
        raise _bad(at, f"is longer than {_LONGEST_TEXT} characters")
    return cleaned


def _texts(value: Any, at: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _bad(at, "must be a list", "Write [one, two].")
    found: dict[str, str] = {}
    for number, one in enumerate(value):
        text = _text(one, f"{at}[{number}]")
        if fold(text) in found:
            raise _bad(f"{at}[{number}]", f"{text!r} is there twice")
        found[fold(text)] = text
    return tuple(found.values())


def _templates(value: Any, at: str) -> tuple[str, ...]:
    templates = _texts(value, at)
    for number, template in enumerate(templates):
        if "{}" not in template:
            raise _bad(
                f"{at}[{number}]",
                f"{template!r} has no place for the class name",
                'Put {} where it belongs, as in "a photo of a {}."',
            )
    return templates


def _threshold(value: Any, at: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _bad(at, f"must be a probability from 0 to 1, not {value!r}")
    return float(value)


def _version(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
        raise _bad("version", f"must be a whole number from 1 on, not {value!r}")
    return value


def _mode(value: Any) -> Mode:
    modes = [mode.value for mode in Mode]
    if value not in modes:
        raise _bad("mode", f"must be {' or '.join(modes)}, not {value!r}")
    return Mode(value)


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    line = "" if mark is None else f" in line {mark.line + 1}"
    return f"{problem}{line}"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Safe YAML without truth values and dates (a category may be called `no`), each key once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = getattr(key_node, "value", None)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is there twice", key_node.start_mark
                )
            if isinstance(key, str):
                seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Lists of texts on one line, everything else one entry a line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def represent_sequence(self, tag: Any, sequence: Any, flow_style: Any = None) -> Any:
        plain = all(isinstance(one, str) for one in sequence)
        flow = plain and len(sequence) <= 20 and sum(map(len, sequence)) < 80
        return super().represent_sequence(tag, sequence, flow_style=flow)


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
