"""The cut vocabulary: CLIP's byte-pair merges, the most frequent ones only."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

_N_BYTES, _N_SPECIAL = 512, 2


def write_vocabulary(path: Path, vocabulary_size: int) -> None:
    """Write the first merges of CLIP's vocabulary so that `vocabulary_size` tokens result.

    The file is what open_clip's `SimpleTokenizer` reads: one line of header, then a merge a
    line. It is written without a date, so that equal content is an equal file.
    """
    from open_clip.tokenizer import default_bpe

    with gzip.open(default_bpe(), "rt", encoding="utf-8") as whole:
        lines = whole.read().split("\n")
    merges = lines[1 : 1 + vocabulary_size - _N_BYTES - _N_SPECIAL]
    content = "\n".join([lines[0], *merges]).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))


def open_tokenizer(path: Path, context_length: int) -> Any:
    """open_clip's tokenizer over a vocabulary file; called with texts, gives int64 (n, length)."""
    from open_clip import SimpleTokenizer

    return SimpleTokenizer(bpe_path=str(path), context_length=context_length)
