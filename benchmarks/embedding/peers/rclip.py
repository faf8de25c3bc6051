"""rclip: the index that it makes of a folder before it answers, into its SQLite database.

Its model is a ViT-B/32 for 256 pixels in ONNX, fetched from its own hub. Here it is given the one
that all compute, exported as rclip's `scripts/convert_model.py` does, and told its size.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.embedding.peers.answer import Embedded

SIZE = 224


class Rclip:
    """`RClip.ensure_index` with a database of its own for each run."""

    def __init__(self, architecture: str, checkpoint: Path, work: Path) -> None:
        os.environ["RCLIP_DATADIR"] = str(work)
        from rclip import model_download
        from rclip.model import Model
        from rclip.utils import preprocess

        self.name = f"rclip {version('rclip')}"
        preprocess.IMAGE_SIZE = SIZE
        onnx = work / model_download.MODEL_SUBDIR / model_download.VISUAL_ONNX
        onnx.parent.mkdir(parents=True)
        # In a process that ends, so that torch's threads and memory are not rclip's.
        exporting = [sys.executable, "-m", __name__, architecture, str(checkpoint), str(onnx)]
        subprocess.run(exporting, check=True, stdout=sys.stderr)
        self._model = Model()
        self._model.compute_preprocessed_image_features([np.zeros((3, SIZE, SIZE), np.float32)])

    def embed(self, folder: Path, out: Path, *, batch_size: int) -> Embedded:
        from rclip.db import DB
        from rclip.main import RClip

        database = DB(out / "db.sqlite3")
        program = RClip(self._model, database, batch_size, None)
        began = time.perf_counter()
        program.ensure_index(str(folder))
        seconds = time.perf_counter() - began
        rows = list(database.get_image_vectors_by_dir_path(str(folder)))
        program.close()
        database.close()
        vectors = np.stack([np.frombuffer(row["vector"], np.float32) for row in rows])
        return Embedded(seconds, [Path(row["filepath"]).name for row in rows], vectors)


def export(architecture: str, checkpoint: Path, onnx: Path) -> None:
    """Write the image tower in float32, for any number of pictures at a time."""
    import open_clip
    import torch

    model = open_clip.create_model(architecture, pretrained=str(checkpoint), device="cpu").eval()
    torch.backends.mha.set_fastpath_enabled(False)
    torch.onnx.export(
        model.visual,
        (torch.zeros(1, 3, SIZE, SIZE),),
        str(onnx),
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
        opset_version=18,
        dynamo=False,
    )


if __name__ == "__main__":
    export(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
