"""clip-retrieval's backend over the vectors of a gallery, for `service_rate.py` to measure.

    python -m benchmarks.clip_retrieval_service FOLDER         its own `clip-retrieval index`
    python -m benchmarks.clip_retrieval_service FOLDER PORT    its own `clip-retrieval back`

Runs under its interpreter. The folder holds ids.npy and vectors.npy of the gallery, and tiny, the
model's files. With its own defaults, but for what its own hubs would have to give: a multilingual
model and aesthetic scores.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

MODEL = "sightline-tiny"


def index(folder: Path) -> None:
    import pandas as pd
    from clip_retrieval.clip_index import clip_index

    embedded, item_ids = folder / "embedded", np.load(folder / "ids.npy")
    for part in ("img_emb", "metadata"):
        (embedded / part).mkdir(parents=True)
    (embedded / "img_emb" / "img_emb_0.npy").symlink_to(folder / "vectors.npy")
    urls = [f"{item // 1000:04}/{item:07}.jpg" for item in item_ids.tolist()]
    table = pd.DataFrame({"url": urls, "caption": [str(item) for item in item_ids.tolist()]})
    table.to_parquet(embedded / "metadata" / "metadata_0.parquet")
    clip_index(str(embedded), str(folder / "index"))


def serve(folder: Path, port: int) -> None:
    import flask
    import open_clip
    from clip_retrieval.clip_back import clip_back

    tiny = folder / "tiny"
    config = json.loads((tiny / "open_clip_config.json").read_text())["model_cfg"]
    vocabulary = config["text_cfg"]["tokenizer_kwargs"]
    vocabulary["bpe_path"] = str(tiny / vocabulary["bpe_path"])
    (folder / f"{MODEL}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / f"{MODEL}.json")
    (folder / "indices.json").write_text(json.dumps({"default": str(folder / "index")}))
    run = flask.Flask.run

    def run_here(app: flask.Flask, host: str, port: int, debug: bool) -> None:
        """On this machine alone, and with the address that tells when it is ready."""
        app.add_url_rule("/health/ready", view_func=lambda: "ready")
        run(app, host="127.0.0.1", port=port, debug=debug)

    flask.Flask.run = run_here
    clip_back(
        indices_paths=str(folder / "indices.json"),
        port=port,
        clip_model=f"open_clip:{MODEL}/{tiny / 'open_clip_model.safetensors'}",
        use_jit=False,
        enable_mclip_option=False,
        provide_aesthetic_embeddings=False,
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        serve(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        index(Path(sys.argv[1]))
