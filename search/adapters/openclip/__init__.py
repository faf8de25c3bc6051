"""open_clip behind the port `Embedder`; torch is loaded when a model is opened, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.adapters.openclip.specs import parse_spec

if TYPE_CHECKING:
    from search.adapters.openclip.embedder import OpenClipEmbedder

__all__ = ["open_embedder", "parse_spec"]


def open_embedder(
    spec: str,
    *,
    device: str = "auto",
    precision: str = "auto",
    offline: bool = False,
    batch_size: int = 0,
) -> OpenClipEmbedder:
    """Load the model that a spec names, ready to embed.

    Args:
        spec: `tiny`, `ViT-B-32/laion2b_s34b_b79k`, `hf-hub:ORG/REPO` or `ARCH@/path/to/checkpoint`.
        device: `auto` (CUDA, then MPS, then CPU), `cuda`, `cuda:1`, `mps` or `cpu`.
        precision: `auto` (by the hardware), `float32`, `bfloat16` or `float16`.
        offline: never try to download.
        batch_size: most pictures embedded at once; 0 finds it from memory.
    Raises:
        UsageError: not a spec, an unknown architecture or tag, a device that is not there.
        NotFoundError: no such checkpoint.
        ModelUnavailableError: weights that are neither at hand nor to be had.
        MissingDependencyError: the model needs a package that is not installed.
    """
    parsed = parse_spec(spec)
    from search.adapters.openclip.opening import open_parsed

    return open_parsed(
        parsed, device=device, precision=precision, offline=offline, batch_size=batch_size
    )
