"""The model under test and the teacher beside it, as functions from pictures to vectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from search.adapters.openclip.tiny import tiny_model_config
from training.crops import TEACHER_PX, as_teacher_input
from training.teacher import TEACHER_FILE, Teacher

Vectors = NDArray[np.float32]
Open = Callable[[], Image.Image]
_BATCH = 64


class Tiny:
    """The shipped model, loaded through open_clip alone, in float32."""

    def __init__(self, folder: Path | None = None) -> None:
        import open_clip

        began = time.perf_counter()
        config, weights, vocabulary = tiny_model_config(folder)
        name = "sightline-tiny"
        open_clip.factory._MODEL_CONFIGS[name] = config["model_cfg"]
        preprocess = config["preprocess_cfg"]
        model, _, transform = open_clip.create_model_and_transforms(
            name,
            pretrained=str(weights),
            image_mean=preprocess["mean"],
            image_std=preprocess["std"],
        )
        self.model: Any = model.eval()
        self.transform: Any = transform
        length = config["model_cfg"]["text_cfg"]["context_length"]
        self.tokenizer = open_clip.SimpleTokenizer(bpe_path=str(vocabulary), context_length=length)
        self.load_s = time.perf_counter() - began

    def images(self, pictures: Sequence[Open]) -> Vectors:
        """Unit embeddings, float32 (n, 256)."""
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pictures), _BATCH):
                batch = [self.transform(one()) for one in pictures[start : start + _BATCH]]
                rows.append(self.model.encode_image(torch.stack(batch), normalize=True).numpy())
        return np.concatenate(rows)

    def texts(self, texts: Sequence[str]) -> Vectors:
        """Unit embeddings, float32 (n, 256)."""
        rows = []
        with torch.inference_mode():
            for start in range(0, len(texts), 256):
                tokens = self.tokenizer(list(texts[start : start + 256]))
                rows.append(self.model.encode_text(tokens, normalize=True).numpy())
        return np.concatenate(rows)

    def classes(self, prompts: Sequence[Sequence[str]]) -> Vectors:
        """One unit vector a class, the mean over its prompts: float32 (n_classes, 256)."""
        flat = self.texts([prompt for some in prompts for prompt in some])
        bounds = np.cumsum([0, *[len(some) for some in prompts]])
        means = [flat[a:b].mean(0) for a, b in pairwise(bounds)]
        return unit(np.stack(means))


class TeacherEye:
    """The picture teacher's pooled features: what distillation can reach at most."""

    def __init__(self, data: Path) -> None:
        self._teacher = Teacher.from_file(data / TEACHER_FILE)

    def pooled(self, pictures: Sequence[Open]) -> Vectors:
        """Pooled features of whole pictures, the middle square: float32 (n, 1280), not unit."""
        rows = []
        with torch.inference_mode():
            for start in range(0, len(pictures), _BATCH):
                squares = [_square(one()) for one in pictures[start : start + _BATCH]]
                pixels = as_teacher_input(torch.from_numpy(np.stack(squares)))
                rows.append(self._teacher(pixels).pooled.numpy())
        return np.concatenate(rows)


def unit(vectors: Vectors) -> Vectors:
    """The same vectors at length one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def _square(image: Image.Image) -> NDArray[np.uint8]:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    resized = image.resize((TEACHER_PX, TEACHER_PX), Image.Resampling.BICUBIC, box)
    return np.asarray(resized)
