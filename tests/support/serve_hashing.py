"""`python -m tests.support.serve_hashing HOME PORT`: the service without a real model."""

from __future__ import annotations

import sys
from pathlib import Path

from api.serving import serve
from search.settings import Settings
from tests.support.embedders import HashingEmbedder


def open_hashing(spec: str) -> HashingEmbedder:
    return HashingEmbedder()


if __name__ == "__main__":
    settings = Settings(home=Path(sys.argv[1]))
    serve(settings, host="127.0.0.1", port=int(sys.argv[2]), open_embedder=open_hashing)
