"""The pages about taxonomies show files that the program reads, and what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.categories.taxonomy_file import read_taxonomy
from search.errors import UsageError

PAGES = ("docs/how-to/categories.md", "docs/reference/taxonomies.md")


def example_on(page: Path) -> str:
    (example,) = re.findall(r"```yaml\n(taxonomy: .*?)```", page.read_text(), re.DOTALL)
    return str(example)


@pytest.mark.parametrize("page", PAGES)
def test_taxonomy_on_a_page_can_be_read(repository: Path, page: str) -> None:
    assert read_taxonomy(example_on(repository / page)).paths()


def test_error_on_the_page_is_the_one_that_is_raised(repository: Path) -> None:
    page = repository / "docs/reference/taxonomies.md"
    broken = example_on(page).replace("threshold: 0.5", "threshold: 5")
    with pytest.raises(UsageError) as raised:
        read_taxonomy(broken)
    assert f"`{raised.value.message}`" in page.read_text()
