"""What one writes in an afternoon: open_clip, a flat FAISS index and SQLite behind FastAPI.

    python -m benchmarks.plain_service HOME PORT

Over the gallery `default` of a home, for `service_rate.py` to measure beside `sightline serve`.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import torch
import uvicorn
from fastapi import FastAPI

from search.adapters.openclip.loading import build_model, build_tokenizer
from search.adapters.openclip.opening import tiny_files
from search.bootstrap import open_catalogue
from search.settings import Settings

QUERY = "SELECT i.id, f.path FROM items i JOIN files f ON f.item_id = i.id WHERE i.id IN ({})"


def create_app(home: Path) -> FastAPI:
    app, database = FastAPI(), home / "sightline.db"
    model: Any = build_model(tiny_files(), offline=True)
    tokenizer = build_tokenizer(tiny_files(), offline=True)
    item_ids, vectors = read_vectors(home)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors.astype(np.float32))

    @app.get("/health/ready")
    def ready() -> str:
        return "ready"

    @app.get("/search")
    def search(q: str, limit: int = 30) -> list[dict[str, Any]]:
        with torch.inference_mode():
            vector = model.encode_text(tokenizer([q]), normalize=True).numpy()
        scores, rows = index.search(vector, limit)
        found = item_ids[rows[0]].tolist()
        with sqlite3.connect(database) as connection:
            paths = dict(connection.execute(QUERY.format(",".join("?" * limit)), found))
        hits = zip(found, scores[0].tolist(), strict=True)
        return [{"id": item, "path": paths[item], "score": score} for item, score in hits]

    return app


def read_vectors(home: Path) -> tuple[Any, Any]:
    """The ids of the gallery's items, int64 (n,), and their vectors, float16 (n, dim)."""
    catalogue = open_catalogue(Settings(home=home))
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        blocks = list(snapshot.view_rows(gallery.id, gallery.active_space_id or ""))
    catalogue.close()
    item_ids = np.concatenate([rows.item_ids for rows in blocks])
    return item_ids, np.concatenate([rows.vectors for rows in blocks])


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]))
