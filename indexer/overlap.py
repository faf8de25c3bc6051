"""How much two spaces of a gallery agree: what a switch of model will change, before it is made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from search.domain.arrays import FloatMatrix, IdArray
from search.ports.catalogue import Catalogue, Snapshot

N_QUERIES = 50
DEPTH = 10


def overlap_at_10(
    catalogue: Catalogue, gallery_id: int, space_ids: tuple[str, str], n_queries: int = N_QUERIES
) -> float | None:
    """The mean share of the ten nearest items that two spaces have in common, in [0, 1].

    Queries are stored views spread over the gallery, searched exactly in both spaces of one
    snapshot. None where fewer than two items are embedded in both.
    """
    with catalogue.reading() as snapshot:
        sample = _sample(snapshot, gallery_id, space_ids, n_queries)
        if sample is None:
            return None
        item_ids, queries = sample
        nearest = [
            _nearest(snapshot, gallery_id, space_id, item_ids, vectors)
            for space_id, vectors in zip(space_ids, queries, strict=True)
        ]
    shares = [
        len(old & new) / max(len(old), len(new))
        for old, new in zip(*nearest, strict=True)
        if old or new
    ]
    return float(np.mean(shares)) if shares else None


def _sample(
    snapshot: Snapshot, gallery_id: int, space_ids: tuple[str, str], n_queries: int
) -> tuple[IdArray, tuple[FloatMatrix, FloatMatrix]] | None:
    """Items embedded in both spaces, evenly spread, with the vectors of one view of each."""
    candidates: list[npt.NDArray[np.int64]] = []
    for rows in snapshot.view_rows(gallery_id, space_ids[0]):
        candidates.append(np.unique(rows.item_ids))
    ids = np.unique(np.concatenate(candidates)) if candidates else np.empty(0, np.int64)
    if len(ids) < 2:
        return None
    chosen = ids[np.unique(np.linspace(0, len(ids) - 1, n_queries).astype(int))]
    vectors: list[dict[int, FloatMatrix]] = []
    for space_id in space_ids:
        rows = snapshot.item_rows(gallery_id, space_id, chosen.tolist())
        vectors.append(
            dict(zip(rows.item_ids.tolist(), rows.vectors.astype(np.float32), strict=True))
        )
    both = sorted(vectors[0].keys() & vectors[1].keys())
    if not both:
        return None
    first, second = (np.stack([by_item[i] for i in both]) for by_item in vectors)
    return np.array(both, np.int64), (first, second)


def _nearest(
    snapshot: Snapshot, gallery_id: int, space_id: str, item_ids: IdArray, queries: FloatMatrix
) -> list[set[int]]:
    """The ten nearest items to each query, the query's own left out, block by block."""
    kept: list[dict[int, float]] = [{} for _ in item_ids]
    for rows in snapshot.view_rows(gallery_id, space_id):
        scores = queries @ rows.vectors.astype(np.float32).T
        n_best = min(4 * DEPTH, scores.shape[1])
        best = np.argpartition(-scores, n_best - 1, axis=1)[:, :n_best]
        for at, own in enumerate(item_ids):
            found = kept[at]
            for row in best[at]:
                item_id = int(rows.item_ids[row])
                if item_id != own:
                    found[item_id] = max(found.get(item_id, -2.0), float(scores[at, row]))
            kept[at] = dict(sorted(found.items(), key=lambda pair: -pair[1])[:DEPTH])
    return [set(found) for found in kept]
