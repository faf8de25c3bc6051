"""The models that Sightline recommends, with what a person chooses by.

Accuracy is ImageNet-1k zero-shot top-1 as published; each figure names its source. Any other
model that open_clip loads works as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Speed = Literal["fastest", "fast", "medium", "slow"]
"""By the work one picture takes: `fastest` below 2 GFLOP, `fast` below 20, `medium` below 60."""

_OPEN_CLIP_RESULTS = (
    "https://github.com/mlfoundations/open_clip/blob/main/docs/openclip_results.csv"
)
_SIGLIP2 = (
    "https://github.com/google-research/big_vision/blob/main/big_vision/configs/proj/image_text/"
    "README_siglip2.md"
)
_PERCEPTION = "https://github.com/facebookresearch/perception_models"
_MOBILECLIP = "https://github.com/apple/ml-mobileclip"


@dataclass(frozen=True, slots=True)
class RecommendedModel:
    """A model and what is known of it.

    Attributes:
        spec: what `--model` takes.
        dim: numbers in an embedding; storage and search time grow with it.
        accuracy: ImageNet-1k zero-shot top-1 in [0, 1], as `source` publishes it; None where
            nobody has.
        n_parameters: of both towers.
        licence: of the weights, by SPDX name where there is one.
        research_only: the licence forbids other use.
        languages: in words.
        note: when to take it.
    """

    spec: str
    dim: int
    accuracy: float | None
    source: str
    n_parameters: int
    speed: Speed
    licence: str
    languages: str
    note: str
    research_only: bool = False

    @property
    def download_bytes(self) -> int:
        """About what is downloaded: float32 weights. 0 for what ships with the program."""
        return 0 if self.spec == "tiny" else 4 * self.n_parameters


DEFAULT_SPEC = "ViT-B-32-256/datacomp_s34b_b86k"

RECOMMENDED: tuple[RecommendedModel, ...] = (
    RecommendedModel(
        DEFAULT_SPEC,
        dim=512,
        accuracy=0.7281,
        source=_OPEN_CLIP_RESULTS,
        n_parameters=151_288_833,
        speed="fast",
        licence="MIT",
        languages="English",
        note="The default: good on a processor, free to use.",
    ),
    RecommendedModel(
        "ViT-B-32/openai",
        dim=512,
        accuracy=0.6332,
        source=_OPEN_CLIP_RESULTS,
        n_parameters=151_277_313,
        speed="fast",
        licence="MIT",
        languages="English",
        note="The original CLIP, for comparison with older work.",
    ),
    RecommendedModel(
        "ViT-B-32-SigLIP2-256/webli",
        dim=768,
        accuracy=0.740,
        source=_SIGLIP2,
        n_parameters=376_856_066,
        speed="fast",
        licence="Apache-2.0",
        languages="many",
        note="Many languages at the default's speed; needs the package transformers.",
    ),
    RecommendedModel(
        "ViT-B-16-SigLIP2-256/webli",
        dim=768,
        accuracy=0.791,
        source=_SIGLIP2,
        n_parameters=375_234_050,
        speed="medium",
        licence="Apache-2.0",
        languages="many",
        note="Many languages, more exact; needs the package transformers.",
    ),
    RecommendedModel(
        "ViT-SO400M-16-SigLIP2-384/webli",
        dim=1152,
        accuracy=0.841,
        source=_SIGLIP2,
        n_parameters=1_136_039_602,
        speed="slow",
        licence="Apache-2.0",
        languages="many",
        note="The most exact for many languages, on a GPU; needs the package transformers.",
    ),
    RecommendedModel(
        "PE-Core-B-16/meta",
        dim=1024,
        accuracy=0.784,
        source=_PERCEPTION,
        n_parameters=447_660_545,
        speed="medium",
        licence="Apache-2.0",
        languages="English",
        note="More exact than the default at three times the work.",
    ),
    RecommendedModel(
        "PE-Core-L-14-336/meta",
        dim=1024,
        accuracy=0.835,
        source=_PERCEPTION,
        n_parameters=671_138_817,
        speed="slow",
        licence="Apache-2.0",
        languages="English",
        note="The most exact that is free to use, on a GPU.",
    ),
    RecommendedModel(
        "ViT-B-16/dfn2b",
        dim=512,
        accuracy=0.7624,
        source=_OPEN_CLIP_RESULTS,
        n_parameters=149_620_737,
        speed="medium",
        licence="Apple AMLR",
        languages="English",
        note="Exact for its size.",
        research_only=True,
    ),
    RecommendedModel(
        "ViT-H-14-quickgelu/dfn5b",
        dim=1024,
        accuracy=0.8344,
        source=_OPEN_CLIP_RESULTS,
        n_parameters=986_109_441,
        speed="slow",
        licence="Apple AMLR",
        languages="English",
        note="Large, on a GPU.",
        research_only=True,
    ),
    RecommendedModel(
        "MobileCLIP-S2/datacompdr",
        dim=512,
        accuracy=0.744,
        source=_MOBILECLIP,
        n_parameters=99_243_329,
        speed="fast",
        licence="Apple AMLR",
        languages="English",
        note="Made for small devices.",
        research_only=True,
    ),
    RecommendedModel(
        "tiny",
        dim=256,
        accuracy=None,
        source="",
        n_parameters=0,
        speed="fastest",
        licence="non-commercial data",
        languages="English",
        note="Ships with Sightline: to try it out and to test with, on everyday motifs.",
        research_only=True,
    ),
)
"""The default first, `tiny` last."""


def recommended(spec: str) -> RecommendedModel | None:
    """What is known of a model, None where it is not among the recommended."""
    return next((model for model in RECOMMENDED if model.spec == spec), None)
