"""The ways from files to vectors that are compared."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.reconcile import IndexOptions, index
from search.bootstrap import open_catalogue
from search.domain.arrays import PixelBatch
from search.domain.item import ItemState
from search.ports.embedder import Embedder
from search.settings import Settings

Vectors = NDArray[np.float32]
BATCH = 32

Setting = Mapping[str, int]
"""What a contestant is told besides the files, by name."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds for all files, and the unit vector of each, float32 (dim,).

    Attributes:
        processor_s: of this process, without the decoders.
        stages: seconds of each stage of the indexer; stages overlap.
    """

    seconds: float
    vectors: dict[Path, Vectors]
    processor_s: float = 0.0
    stages: Mapping[str, float] = field(default_factory=dict)


class OpenClipsLoop:
    """open_clip's own way: a DataLoader of its transform, the model in float32, in batches.

    Attributes:
        settings: how many processes load; with none it is the process itself.
    """

    settings: tuple[Setting, ...] = ({"workers": 0}, {"workers": 1}, {"workers": 2})

    def __init__(self, architecture: str, checkpoint: Path) -> None:
        import open_clip

        self.name = f"open_clip {open_clip.__version__}"
        model, _, self._transform = open_clip.create_model_and_transforms(
            architecture, pretrained=str(checkpoint), precision="fp32", device="cpu"
        )
        self._model: Any = model.eval()

    def run(self, paths: Sequence[Path], setting: Setting) -> Timed:
        """Embed the files, their model loaded before."""
        import torch
        from torch.utils.data import DataLoader

        loader: Any = DataLoader(
            _Pictures(paths, self._transform), batch_size=BATCH, num_workers=setting["workers"]
        )
        rows = []
        began = time.perf_counter()
        with torch.no_grad():
            for pixels in loader:
                rows.append(self._model.encode_image(pixels, normalize=True).numpy())
        seconds = time.perf_counter() - began
        return Timed(seconds, dict(zip(paths, np.concatenate(rows), strict=True)))


class _Pictures:
    def __init__(self, paths: Sequence[Path], transform: Any) -> None:
        self._paths = list(paths)
        self._transform = transform

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, place: int) -> Any:
        from PIL import Image

        with Image.open(self._paths[place]) as image:
            return self._transform(image)


def ours(
    paths: Sequence[Path],
    spec: str,
    embedder: Embedder,
    home: Path,
    *,
    n_workers: int | None = None,
) -> Timed:
    """What `sightline index` does after the model was loaded, into a home of its own.

    From the first look at the files until the last vector is committed.

    Args:
        n_workers: decoding processes; as many as the settings' default where not given.
    """
    home.mkdir(parents=True)
    names = home / "names.txt"
    names.write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    settings = Settings(home=home)
    if n_workers is not None:
        settings = settings.model_copy(update={"decode_workers": n_workers})
    catalogue = open_catalogue(settings)
    began, busy = time.perf_counter(), time.process_time()
    report = index(
        settings,
        catalogue,
        [names],
        options=IndexOptions(model=spec, fold=False),
        open_embedder=lambda _: embedder,
    )
    seconds, processor_s = time.perf_counter() - began, time.process_time() - busy
    vectors: dict[Path, Vectors] = {}
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        items = snapshot.list_items(gallery.id, state=ItemState.LIVE, limit=len(paths))
        uris = {item.id: item.uri for item in items}
        rows = snapshot.item_rows(gallery.id, embedder.space.id, list(uris))
        for item_id, row in zip(rows.item_ids.tolist(), rows.vectors, strict=True):
            vector = row.astype(np.float32)
            vectors[Path(uris[item_id])] = vector / np.linalg.norm(vector)
    catalogue.close()
    return Timed(seconds, vectors, processor_s, report.seconds)


def model_alone(embedder: Embedder, n: int) -> float:
    """Seconds that the same model takes for `n` pictures that lie decoded in memory."""
    fitting = embedder.space.preprocessing
    rng = np.random.default_rng(1)
    shape = (BATCH, fitting.height, fitting.width, 3)
    batch: PixelBatch = rng.integers(0, 256, shape, np.uint8)
    n_batches = -(-n // BATCH)
    began = time.perf_counter()
    for _ in range(n_batches):
        embedder.embed_pixels(batch)
    return (time.perf_counter() - began) * n / (n_batches * BATCH)
