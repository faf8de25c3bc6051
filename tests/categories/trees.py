"""Small taxonomies for tests."""

from __future__ import annotations

from search.categories.taxonomy import Taxonomy
from search.categories.taxonomy_file import read_taxonomy

THINGS = """
taxonomy: things
mode: {mode}
categories:
  - animals: {{children: [dog, cat]}}
  - vehicles: {{children: [car, {{two wheels: {{children: [bike]}}}}]}}
  - sky
"""


def things(mode: str = "single") -> Taxonomy:
    return read_taxonomy(THINGS.format(mode=mode))
