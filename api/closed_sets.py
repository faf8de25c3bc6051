"""Closed-set classifiers that the service offers, loaded when first asked for."""

from __future__ import annotations

from threading import Lock

from search.bootstrap import open_classifier
from search.errors import NotFoundError
from search.ports.classifier import Classifier
from search.settings import Settings


class ClosedSets:
    """Only what the settings name is ever opened: a caller cannot make the service fetch weights
    or read files. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opened: dict[str, Classifier] = {}
        self._lock = Lock()

    def get(self, spec: str) -> Classifier:
        """The classifier of this spec.

        Raises:
            NotFoundError: the service does not offer it.
            ModelUnavailableError: its weights are neither at hand nor to be had.
        """
        if spec not in self._settings.classifiers:
            offered = ", ".join(self._settings.classifiers)
            raise NotFoundError(
                f"This service offers no classifier {spec!r}.",
                hint=f"It offers {offered}."
                if offered
                else "An administrator names some in SIGHTLINE_CLASSIFIERS.",
            )
        with self._lock:
            if spec not in self._opened:
                self._opened[spec] = open_classifier(spec, self._settings)
            return self._opened[spec]
