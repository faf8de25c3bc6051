"""The seam to closed-set classifiers: models that know one fixed list of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from search.domain.space import Preprocessing

if TYPE_CHECKING:
    from PIL.Image import Image


class Classifier(Protocol):
    """A loaded model: pictures to probabilities over its own classes. Safe to share by threads."""

    @property
    def spec(self) -> str:
        """What opens it again, such as `timm:resnet50`."""

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures may be decoded for it without harm; it cuts the rest itself."""

    def probabilities(self, images: Sequence[Image]) -> npt.NDArray[np.float64]:
        """Rows that sum to 1, shape (n_images, n_classes), of upright pictures of any size."""
