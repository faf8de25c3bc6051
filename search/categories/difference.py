"""What differs between two versions of a taxonomy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from search.categories.taxonomy import Category, Taxonomy


@dataclass(frozen=True, slots=True)
class Difference:
    """Paths that are new, gone, or asked about in another way, and settings that are others."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.settings)


def difference(before: Taxonomy | None, after: Taxonomy) -> Difference:
    """From one version to the next; before the first one everything is new."""
    if before is None:
        return Difference(added=after.paths())
    old = {one.path: _alone(one) for one in before.walk()}
    new = {one.path: _alone(one) for one in after.walk()}
    names = ("mode", "templates", "threshold", "other", "description", "licence")
    return Difference(
        added=tuple(path for path in new if path not in old),
        removed=tuple(path for path in old if path not in new),
        changed=tuple(path for path in new if path in old and old[path] != new[path]),
        settings=tuple(name for name in names if getattr(before, name) != getattr(after, name)),
    )


def _alone(category: Category) -> Category:
    return replace(category, children=())
