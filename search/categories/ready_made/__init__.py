"""The taxonomies that ship with the program, one YAML file each beside this module."""

from __future__ import annotations

import difflib
from importlib import resources

from search.categories.taxonomy import Taxonomy
from search.categories.taxonomy_file import read_taxonomy
from search.errors import NotFoundError

_SUFFIX = ".yaml"


def names() -> list[str]:
    """Names of the ready-made taxonomies, in order."""
    files = [entry.name for entry in resources.files(__name__).iterdir()]
    return sorted(name.removesuffix(_SUFFIX) for name in files if name.endswith(_SUFFIX))


def ready_made(name: str) -> Taxonomy:
    """The ready-made taxonomy of this name.

    Raises:
        NotFoundError: there is none.
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise NotFoundError(
            f"There is no ready-made taxonomy {name!r}.",
            hint=f"{meant}Ready-made are imagenet, {', '.join(known)}; or give a YAML file.",
        )
    text = resources.files(__name__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")
    return read_taxonomy(text)
