"""A taxonomy as a value: a tree of categories and how a model is asked about them.

    animals
    ├── dog        words: dog, puppy
    └── cat        words: cat, kitten

A category's path, such as `animals/dog`, is its key within the taxonomy. A leaf is always a class
that a model is asked about; a category with children is one only where it has words of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from search.domain.text import fold

SEPARATOR = "/"
DEFAULT_THRESHOLD = 0.5


class Mode(StrEnum):
    """How many categories an item takes: at most one, or any number."""

    SINGLE = "single"
    MULTI = "multi"


@dataclass(frozen=True, slots=True)
class Category:
    """A node of a taxonomy.

    Attributes:
        path: names from the top joined by `/`.
        words: class names; empty on a node that only holds others together.
        templates: prompt templates of this category and those below; empty takes those above.
        threshold: probability in [0, 1] below which the category is not assigned; None takes the
            one above.
    """

    path: str
    words: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    threshold: float | None = None
    children: tuple[Category, ...] = ()

    @property
    def name(self) -> str:
        return self.path.rpartition(SEPARATOR)[2]

    @property
    def parent_path(self) -> str:
        """Empty at the top."""
        return self.path.rpartition(SEPARATOR)[0]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A tree of categories, and what holds for all of them.

    Attributes:
        version: grows with each change that people make to the file; the store keeps them all.
        templates: prompt templates; empty takes the program's.
        threshold: probability in [0, 1] below which the answer is none.
        other: class names that lead to no category: what the things asked about are not.
    """

    name: str
    categories: tuple[Category, ...]
    version: int = 1
    mode: Mode = Mode.SINGLE
    templates: tuple[str, ...] = ()
    threshold: float = DEFAULT_THRESHOLD
    other: tuple[str, ...] = ()
    description: str = ""
    licence: str = ""

    def walk(self) -> Iterator[Category]:
        """Every category, each before those below it."""
        waiting = list(reversed(self.categories))
        while waiting:
            category = waiting.pop()
            yield category
            waiting.extend(reversed(category.children))

    def paths(self) -> tuple[str, ...]:
        return tuple(category.path for category in self.walk())

    def find(self, reference: str) -> list[Category]:
        """The categories a person means by a path or a name, whatever its case; a path wins."""
        wanted = fold(reference.strip().strip(SEPARATOR))
        everything = list(self.walk())
        exact = [one for one in everything if fold(one.path) == wanted]
        return exact or [one for one in everything if fold(one.name) == wanted]


def is_below(path: str, ancestor: str) -> bool:
    """Whether a path is the ancestor's or lies below it."""
    return path == ancestor or path.startswith(ancestor + SEPARATOR)
