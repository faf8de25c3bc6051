"""Zero-shot classification: pictures against class names put into prompt templates.

    prototypes = class_prototypes(embedder, ["cat", "dog"])
    scores = probabilities(embedder.embed_images(images), prototypes, embedder)

Models trained with softmax (CLIP) share one probability out among the classes offered. Models
trained with a sigmoid (SigLIP) judge each class on its own, so a picture may be none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from search.domain.arrays import FloatMatrix
from search.errors import EmbedderError, UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

    from search.ports.embedder import Embedder

DEFAULT_TEMPLATES = ("a photo of a {}.",)
HUGGING_FACE_TEMPLATES = ("This is a photo of {}.",)
"""The template of the zero-shot pipeline in Hugging Face's transformers."""


@dataclass(frozen=True, slots=True)
class ClassProbability:
    """A class name and its probability in [0, 1]; they sum to 1 only for softmax models."""

    label: str
    probability: float


def classify(
    embedder: Embedder,
    images: Sequence[Image],
    labels: Sequence[str],
    *,
    templates: Sequence[str] = DEFAULT_TEMPLATES,
    top_k: int | None = None,
) -> list[list[ClassProbability]]:
    """The likeliest classes of each picture, best first, equal ones in the order of `labels`.

    Args:
        images: upright.
        labels: at least one, each once.
        top_k: how many to keep, at least 1; None keeps all.
    Raises:
        UsageError: labels, templates or `top_k` that make no sense.
    """
    if top_k is not None and top_k < 1:
        raise UsageError(f"The number of classes to show is {top_k}.", hint="Ask for at least 1.")
    prototypes = class_prototypes(embedder, labels, templates)
    chances = probabilities(embedder.embed_images(images), prototypes, embedder)
    names = [label.strip() for label in labels]
    return [best(names, row, top_k) for row in chances]


def best(labels: Sequence[str], chances: np.ndarray, top_k: int | None) -> list[ClassProbability]:
    """One picture's classes by falling probability; equal ones keep the order of `labels`."""
    order = np.argsort(-chances, kind="stable")[:top_k]
    return [ClassProbability(labels[i], float(chances[i])) for i in order]


def class_prototypes(
    embedder: Embedder, labels: Sequence[str], templates: Sequence[str] = DEFAULT_TEMPLATES
) -> FloatMatrix:
    """One unit vector for each class: the mean of its prompts' embeddings.

    Returns:
        float32, shape (n_labels, dim), unit rows.
    Raises:
        UsageError: no label, an empty or repeated one, a template without `{}`.
        EmbedderError: a class's prompts cancel out.
    """
    grid = prompts(labels, templates)
    flat = embedder.embed_texts([text for row in grid for text in row])
    return averaged(flat.reshape(len(grid), -1, flat.shape[1]))


def averaged(embeddings: FloatMatrix) -> FloatMatrix:
    """Average each class's prompt embeddings into one unit vector.

    Args:
        embeddings: float32, shape (n_classes, n_templates, dim), unit rows; not written to.
    Returns:
        float32, shape (n_classes, dim), unit rows.
    Raises:
        EmbedderError: a class's prompts cancel to the zero vector.
    Source: prompt ensembling, Radford et al. 2021, arXiv:2103.00020, section 3.1.4.
    """
    means = embeddings.mean(axis=1, dtype=np.float64)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    if (lengths < 1e-6).any():
        number = int(np.argmin(lengths)) + 1
        raise EmbedderError(
            f"The prompts of class {number} cancel out.", hint="Use fewer or other templates."
        )
    unit: FloatMatrix = np.ascontiguousarray(means / lengths, dtype=np.float32)
    return unit


def prompts(labels: Sequence[str], templates: Sequence[str]) -> list[list[str]]:
    """Every label in every template, one row for each label.

    Raises:
        UsageError: see `class_prototypes`.
    """
    names = checked_labels(labels)
    if isinstance(templates, str) or not templates:
        raise UsageError("There is no prompt template.", hint='Give one such as "a photo of a {}."')
    for template in templates:
        if "{}" not in template:
            raise UsageError(
                f"The template {template!r} has no place for the class name.",
                hint='Put {} where it belongs, as in "a photo of a {}."',
            )
    # Not str.format: a label or template may hold other braces.
    return [[template.replace("{}", name) for template in templates] for name in names]


def checked_labels(labels: Sequence[str]) -> list[str]:
    """The labels without the space around them.

    Raises:
        UsageError: none, an empty one, or the same one twice, whatever its case.
    """
    names = [label.strip() for label in labels] if not isinstance(labels, str) else []
    if not names:
        raise UsageError("There are no labels to choose from.", hint='Give some, as in "cat,dog".')
    seen: set[str] = set()
    for name in names:
        if not name:
            raise UsageError("A label is empty.", hint="Look for two commas in a row.")
        if name.casefold() in seen:
            raise UsageError(f"The label {name!r} is there twice.", hint="Name each class once.")
        seen.add(name.casefold())
    return names


def probabilities(images: FloatMatrix, prototypes: FloatMatrix, embedder: Embedder) -> np.ndarray:
    """How likely each picture shows each class, by the model's own scale and bias.

    Args:
        images: float32, shape (n_images, dim), unit rows; not written to.
        prototypes: float32, shape (n_classes, dim), unit rows; not written to.
    Returns:
        float64, shape (n_images, n_classes), in [0, 1]. Rows sum to 1 unless the model has a
        logit bias.
    """
    logits = embedder.logit_scale * (images.astype(np.float64) @ prototypes.T.astype(np.float64))
    if embedder.logit_bias is not None:
        return _sigmoid(logits + embedder.logit_bias)
    return _softmax(logits)


def _softmax(logits: np.ndarray) -> np.ndarray:
    if not logits.size:
        return logits
    powers: np.ndarray = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    """Without overflow for any logit: tanh saturates quietly."""
    chances: np.ndarray = 0.5 * (1 + np.tanh(0.5 * logits))
    return chances
