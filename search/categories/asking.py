"""What a model is asked about a taxonomy: classes, their prompts, and how the tree lies over them.

Classes are the categories that have words, in the order of the tree, so that every category's
classes lie side by side; the taxonomy's `other` words follow, each a class of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from search.categories.taxonomy import SEPARATOR, Category, Mode, Taxonomy
from search.classification import DEFAULT_TEMPLATES, averaged
from search.domain.arrays import FloatMatrix, IdArray
from search.domain.category import Prototypes

if TYPE_CHECKING:
    from search.ports.embedder import Embedder

NEUTRAL_WORDS = ("something", "an object", "a scene")
"""What a multi-label category is weighed against where the taxonomy names no other words."""

GROUP_THRESHOLD = 0.5
"""Below this no group of classes is assigned, unless the taxonomy gives it a threshold."""

_PROMPTS_AT_ONCE = 2_048

Advance = Callable[[int, int], None]
"""Called with how many classes are embedded, and how many there are."""


@dataclass(frozen=True)
class Asking:
    """A taxonomy laid out in arrays over its nodes (categories) and classes.

    Attributes:
        paths: of every node, each before those below it.
        first, end: int64, (n_nodes,): the node's classes, those below it included.
        depth: int64, (n_nodes,): 0 at the top.
        thresholds: float64, (n_nodes,): own, or of the nearest one above, or the taxonomy's; what
            a class has to reach.
        group_thresholds: float64, (n_nodes,): what the classes of a node have to reach together;
            own, or that of a class, but at least `GROUP_THRESHOLD`: many that are unlikely easily
            add up to the line that was drawn for one.
        class_node: int64, (n_own,): the node of each class; the others have none.
        prompts: of every class, `other` words last.
        others: the words of the classes that lead to no category.
    """

    mode: Mode
    paths: tuple[str, ...]
    first: IdArray
    end: IdArray
    depth: IdArray
    thresholds: np.ndarray
    group_thresholds: np.ndarray
    class_node: IdArray
    prompts: tuple[tuple[str, ...], ...]
    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Asking:
        return _Layout(taxonomy).asking()

    @property
    def n_own(self) -> int:
        """Classes that lead to a category."""
        return len(self.class_node)

    @property
    def n_classes(self) -> int:
        return len(self.prompts)

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """A name for each class that holds over versions: its path, or the other word behind a
        slash, with which no path begins."""
        paths = [self.paths[node] for node in self.class_node.tolist()]
        return (*paths, *(SEPARATOR + word for word in self.others))

    @cached_property
    def inner(self) -> IdArray:
        """Nodes with others below them, the deepest first."""
        n_own = np.zeros(len(self.paths), np.int64)
        n_own[self.class_node] = 1
        holds = np.flatnonzero(self.end - self.first > n_own)
        found: IdArray = holds[np.argsort(-self.depth[holds], kind="stable")]
        return found

    @cached_property
    def digest(self) -> str:
        """Of the prompts: equal digests have equal prototypes in one space."""
        return hashlib.sha256(json.dumps(self.prompts).encode()).hexdigest()

    def with_thresholds(self, by_path: Mapping[str, float]) -> Asking:
        """With these thresholds in place of the taxonomy's, where a path is named: of the class
        that the path is, or where it is none, of the group."""
        thresholds, of_groups = self.thresholds.copy(), self.group_thresholds.copy()
        classes = set(self.class_node.tolist())
        for at, path in enumerate(self.paths):
            if path in by_path:
                (thresholds if at in classes else of_groups)[at] = by_path[path]
        return replace(self, thresholds=thresholds, group_thresholds=of_groups)


class _Layout:
    """Gathers the arrays in one walk over the tree."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._paths: list[str] = []
        self._first: list[int] = []
        self._end: list[int] = []
        self._depth: list[int] = []
        self._thresholds: list[float] = []
        self._group_thresholds: list[float] = []
        self._class_node: list[int] = []
        self._prompts: list[tuple[str, ...]] = []

    def asking(self) -> Asking:
        taxonomy = self._taxonomy
        templates = taxonomy.templates or DEFAULT_TEMPLATES
        for category in taxonomy.categories:
            self._add(category, templates, taxonomy.threshold, 0)
        other = taxonomy.other
        if taxonomy.mode is Mode.MULTI and not other:
            other = NEUTRAL_WORDS
        self._prompts += [_filled([word], templates) for word in other]
        return Asking(
            mode=taxonomy.mode,
            paths=tuple(self._paths),
            first=np.array(self._first, np.int64),
            end=np.array(self._end, np.int64),
            depth=np.array(self._depth, np.int64),
            thresholds=np.array(self._thresholds, np.float64),
            group_thresholds=np.array(self._group_thresholds, np.float64),
            class_node=np.array(self._class_node, np.int64),
            prompts=tuple(self._prompts),
            others=tuple(other),
        )

    def _add(
        self, category: Category, templates: Sequence[str], threshold: float, depth: int
    ) -> None:
        node = len(self._paths)
        templates = category.templates or templates
        own = category.threshold
        threshold = threshold if own is None else own
        self._group_thresholds.append(max(threshold, GROUP_THRESHOLD) if own is None else own)
        self._paths.append(category.path)
        self._first.append(len(self._prompts))
        self._end.append(0)
        self._depth.append(depth)
        self._thresholds.append(threshold)
        if category.words:
            self._class_node.append(node)
            self._prompts.append(_filled(category.words, templates))
        for child in category.children:
            self._add(child, templates, threshold, depth + 1)
        self._end[node] = len(self._prompts)


def _filled(words: Sequence[str], templates: Sequence[str]) -> tuple[str, ...]:
    # Not str.format: a word or template may hold other braces.
    return tuple(template.replace("{}", word) for word in words for template in templates)


def make_prototypes(
    asking: Asking, embedder: Embedder, advance: Advance = lambda done, total: None
) -> Prototypes:
    """One unit vector for each class, the mean of its prompts' embeddings; some thousand prompts
    are held at once.

    Raises:
        EmbedderError: a class's prompts cancel out.
    """
    made: list[FloatMatrix] = []
    waiting: list[tuple[str, ...]] = []
    for prompts in asking.prompts:
        waiting.append(prompts)
        if sum(map(len, waiting)) >= _PROMPTS_AT_ONCE:
            made += _averages(waiting, embedder)
            waiting = []
            advance(len(made), asking.n_classes)
    made += _averages(waiting, embedder)
    advance(len(made), asking.n_classes)
    return Prototypes(
        digest=asking.digest,
        vectors=np.concatenate(made),
        logit_scale=float(embedder.logit_scale),
        logit_bias=None if embedder.logit_bias is None else float(embedder.logit_bias),
    )


def _averages(prompts: Sequence[Sequence[str]], embedder: Embedder) -> list[FloatMatrix]:
    if not prompts:
        return []
    flat = embedder.embed_texts([text for some in prompts for text in some])
    starts = np.cumsum([0, *map(len, prompts)])
    return [averaged(flat[start:end][np.newaxis]) for start, end in pairwise(starts.tolist())]
