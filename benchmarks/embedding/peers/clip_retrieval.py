"""clip-retrieval's inference: its reader, mapper, writer and runner over a folder of files."""

from __future__ import annotations

import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.embedding.peers.answer import Embedded


class ClipRetrieval:
    """Its own parts as its worker puts them together, but for the process that writes statistics.

    That process imports the whole program once more beside a run, which a long run would not feel.
    """

    def __init__(self, architecture: str, checkpoint: Path, work: Path) -> None:
        from all_clip import load_clip
        from clip_retrieval.clip_inference.mapper import ClipMapper

        self.name = f"clip-retrieval {version('clip-retrieval')}"
        opened = {
            "clip_model": f"open_clip:{architecture}/{checkpoint}",
            "use_jit": False,
            "warmup_batch_size": 1,
            "clip_cache_path": None,
        }
        _, self._transform, self._tokenizer = load_clip(**opened)
        self._mapper = ClipMapper(**_ONLY_IMAGES, use_mclip=False, mclip_model=None, **opened)

    def embed(self, folder: Path, out: Path, *, batch_size: int, workers: int) -> Embedded:
        import pandas as pd
        from clip_retrieval.clip_inference.reader import FilesReader
        from clip_retrieval.clip_inference.runner import Runner
        from clip_retrieval.clip_inference.writer import NumpyWriter

        def reader(sampler):
            return FilesReader(
                sampler,
                self._transform,
                self._tokenizer,
                str(folder),
                batch_size,
                workers,
                **_ONLY_IMAGES,
            )

        def writer(partition):
            return NumpyWriter(partition, str(out), output_partition_count=1, **_ONLY_IMAGES)

        runner = Runner(reader, lambda: self._mapper, writer, lambda _: _NoStatistics(), 1)
        began = time.perf_counter()
        runner(0)
        seconds = time.perf_counter() - began
        (table,) = (out / "metadata").glob("*.parquet")
        (vectors,) = (out / "img_emb").glob("*.npy")
        names = [Path(path).name for path in pd.read_parquet(table)["image_path"]]
        return Embedded(seconds, names, np.load(vectors).astype(np.float32))


_ONLY_IMAGES = {"enable_image": True, "enable_text": False, "enable_metadata": False}


class _NoStatistics:
    def start(self) -> None:
        pass

    def end(self) -> None:
        pass

    def __call__(self, stats: object) -> None:
        pass
