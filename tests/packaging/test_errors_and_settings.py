"""Every error has its codes, every setting its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from search.errors import ERROR_CODES, SightlineError
from search.settings import Settings


def subclasses(error: type[SightlineError]) -> Iterator[type[SightlineError]]:
    yield error
    for below in error.__subclasses__():
        yield from subclasses(below)


def test_every_error_class_has_a_code_of_its_own() -> None:
    ours = {error for error in subclasses(SightlineError) if error.__module__ == "search.errors"}
    assert ours == set(ERROR_CODES)
    words = [code.word for code in ERROR_CODES.values()]
    assert len(set(words)) == len(words)


def test_no_error_class_hides_outside_the_tree() -> None:
    elsewhere = [error for error in subclasses(SightlineError) if error not in ERROR_CODES]
    assert elsewhere == []


def test_the_tree_in_the_docstring_names_every_class() -> None:
    import search.errors

    assert search.errors.__doc__ is not None
    for error in ERROR_CODES:
        assert error.__name__ in search.errors.__doc__


def test_every_setting_is_in_the_reference(repository: Path) -> None:
    page = (repository / "docs/reference/settings.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`SIGHTLINE_{name.upper()}`" in page
        assert field.description
