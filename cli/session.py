"""What every command starts from: settings, output, and the database opened when first asked."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import Output
from search.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from search.domain.gallery import Gallery
    from search.domain.space import EmbeddingSpace
    from search.ports.catalogue import Catalogue
    from search.retrieval import Searcher
    from search.settings import Settings


class Session:
    """One command's run. The database is opened on first use and closed at the end."""

    def __init__(self, settings: Settings, gallery_name: str, output: Output) -> None:
        self.settings = settings
        self.gallery_name = gallery_name
        self.output = output

    @cached_property
    def catalogue(self) -> Catalogue:
        from search.bootstrap import open_catalogue

        return open_catalogue(self.settings)

    @cached_property
    def gallery(self) -> Gallery:
        """The gallery named on the command line; an unknown name gets the nearest one as a hint."""
        return self.find_gallery(self.gallery_name)

    def find_gallery(self, name: str) -> Gallery:
        with self.catalogue.reading() as snapshot:
            names = [gallery.name for gallery in snapshot.galleries()]
            if name in names:
                return snapshot.gallery(name)
        if not names:
            raise NotFoundError(
                "No gallery has been made yet.", hint="`sightline index PATH` makes the first one."
            )
        close = difflib.get_close_matches(name, names, n=1)
        meant = f"Did you mean {close[0]!r}? " if close else ""
        raise NotFoundError(
            f"There is no gallery named {name!r}.",
            hint=f"{meant}`sightline galleries list` shows them all.",
        )

    def active_space(self) -> EmbeddingSpace:
        """The space that the gallery's searches use.

        Raises:
            NotFoundError: nothing has been indexed yet.
        """
        with self.catalogue.reading() as snapshot:
            gallery = snapshot.gallery(self.gallery.name)
            for entry in snapshot.spaces(gallery.id):
                if entry.space.id == gallery.active_space_id:
                    return entry.space
        raise NotFoundError(
            f"Gallery {self.gallery.name!r} has no model yet.",
            hint="`sightline index PATH` indexes pictures with one.",
        )

    def open_searcher(self) -> Searcher:
        from search.bootstrap import open_searcher

        return open_searcher(self.settings, self.gallery.name, catalogue=self.catalogue)

    def close(self) -> None:
        if "catalogue" in self.__dict__:
            self.catalogue.close()


@contextmanager
def open_session(gallery: str, home: Path | None, as_json: bool) -> Iterator[Session]:
    """Settings from the environment and --home, closed whatever happens."""
    session = Session(read_settings(home), gallery, Output(as_json))
    try:
        yield session
    finally:
        session.close()


def read_settings(home: Path | None) -> Settings:
    """The settings of this process.

    Raises:
        UsageError: a SIGHTLINE_* variable that cannot be read, named with the reason.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from search.settings import Settings

    try:
        settings = Settings() if home is None else Settings(home=home)
        return settings.model_copy(update={"home": settings.home.expanduser().absolute()})
    except SettingsError as error:  # a list that is not JSON
        raise UsageError(
            f"A SIGHTLINE_ variable cannot be read: {error}.",
            hint="""Lists are written as JSON, such as SIGHTLINE_CORS_ORIGINS='["https://a.example"]'.""",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        name = "SIGHTLINE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(
            f"{name} cannot be {first['input']!r}: {first['msg']}.",
            hint="docs/reference/settings.md lists every setting with its unit and default.",
        ) from error
