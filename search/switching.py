"""Loads a gallery's new space beside the old one, so that queries never wait for it."""

from __future__ import annotations

import logging
import time
from threading import Thread

from search.encoding import QueryEncoder
from search.errors import NotFoundError, SightlineError
from search.loading import GenerationUnusableError, StateLoader
from search.ports.catalogue import Catalogue
from search.state import SearchState

_RETRY_AFTER_S = 30.0

_log = logging.getLogger(__name__)


class SpaceSwitch:
    """One attempt to load a space in a thread of its own; begins at once.

    Attributes:
        loaded: the space's state, None until it can take over.
        encoder: its model, opened beforehand if `with_model`.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        gallery_name: str,
        loader: StateLoader,
        encoder: QueryEncoder,
        *,
        with_model: bool,
    ) -> None:
        self.loaded: SearchState | None = None
        self.encoder = encoder
        self._catalogue = catalogue
        self._gallery_name = gallery_name
        self._loader = loader
        self._with_model = with_model
        self._failed_at: float | None = None
        self._thread = Thread(target=self._load, name="sightline-switch", daemon=True)
        self._thread.start()

    def is_towards(self, space_id: str) -> bool:
        """Whether this leads to the space: loading or loaded, or failed only a moment ago."""
        if self._failed_at is not None and time.monotonic() - self._failed_at > _RETRY_AFTER_S:
            return False
        return self.encoder.space.id == space_id

    def wait(self, timeout_s: float | None) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _load(self) -> None:
        space_id = self.encoder.space.id
        try:
            if self._with_model:
                self.encoder.open()
            self.loaded = self._state()
        except SightlineError as error:
            self._failed_at = time.monotonic()
            _log.warning("The space %s cannot be loaded yet: %s", space_id, error.message)
        except Exception:
            self._failed_at = time.monotonic()
            _log.exception("The space %s cannot be loaded", space_id)

    def _state(self) -> SearchState:
        for without in (False, False, True):
            with self._catalogue.reading() as snapshot:
                gallery = snapshot.gallery(self._gallery_name)
                for space in snapshot.spaces(gallery.id):
                    if space.space.id == self.encoder.space.id:
                        try:
                            return self._loader.load(snapshot, gallery, space, without=without)
                        except GenerationUnusableError:
                            break
        raise NotFoundError(f"The gallery {self._gallery_name} has left the space.")
