"""A model of timm as a `Classifier`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import timm
import torch

from search.domain.space import Preprocessing
from search.preprocess import to_rgb

if TYPE_CHECKING:
    from PIL.Image import Image

_BATCH = 16


class TimmClassifier:
    """Pictures to probabilities, with the transform that timm gives the model in evaluation."""

    def __init__(
        self,
        spec: str,
        model: Any,
        classes: tuple[str, ...],
        *,
        device: torch.device,
        wishes: Mapping[str, Any],
        preprocessing: Preprocessing,
    ) -> None:
        self._spec = spec
        self._model = model
        self._classes = classes
        self._device = device
        self._preprocessing = preprocessing
        self._transform: Any = timm.data.create_transform(**wishes, is_training=False)

    @property
    def spec(self) -> str:
        return self._spec

    @property
    def classes(self) -> tuple[str, ...]:
        return self._classes

    @property
    def preprocessing(self) -> Preprocessing:
        return self._preprocessing

    def probabilities(self, images: Sequence[Image]) -> npt.NDArray[np.float64]:
        chances = np.zeros((len(images), len(self._classes)))
        with torch.inference_mode():
            for start in range(0, len(images), _BATCH):
                some = [self._transform(to_rgb(one)) for one in images[start : start + _BATCH]]
                logits = self._model(torch.stack(some).to(self._device))
                shares = logits.double().softmax(dim=1)
                chances[start : start + len(some)] = shares.cpu().numpy()
        return chances
