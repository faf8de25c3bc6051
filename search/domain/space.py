"""Embedding spaces: what makes two vectors comparable."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Literal

ResizeMode = Literal["shortest", "longest", "squash"]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a decoded picture becomes a model's input.

    Attributes:
        height, width: input size in pixels.
        resize_mode: `shortest` scales the short side and crops the centre, `longest` scales the
            long side and pads with `fill`, `squash` ignores the aspect ratio (SigLIP).
        interpolation: `bicubic`, `bilinear` or `nearest`, always antialiased.
        mean, std: per channel, on values in [0, 1].
        fill: padding grey in [0, 255], with `longest` only.
    """

    height: int
    width: int
    resize_mode: ResizeMode
    interpolation: Literal["bicubic", "bilinear", "nearest"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    fill: int = 0

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Preprocessing:
        fields = json.loads(text)
        fields["mean"], fields["std"] = tuple(fields["mean"]), tuple(fields["std"])
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """Model, weights, dimension and preprocessing; vectors compare only within one space.

    Attributes:
        spec: what opens the model again, such as `tiny` or `ViT-B-32/laion2b_s34b_b79k`.
        weights_digest: SHA-256 in hex over the model's tensors, names and shapes included.
        dim: length of a vector.
    """

    spec: str
    weights_digest: str
    dim: int
    preprocessing: Preprocessing

    @property
    def id(self) -> str:
        """A readable name: the architecture, and a digest of weights, dim and preprocessing."""
        return _id_of(self)

    @property
    def architecture(self) -> str:
        """The spec without tag, checkpoint path or hub organisation: `ViT-B-32`, `tiny`."""
        name = self.spec.partition("@")[0]
        if name.startswith("hf-hub:"):
            return name.rpartition("/")[2]
        return name.partition("/")[0]


@lru_cache(maxsize=256)
def _id_of(space: EmbeddingSpace) -> str:
    identity = f"{space.weights_digest}:{space.dim}:{space.preprocessing.to_json()}"
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    return f"{space.architecture.lower()}-{digest}"
