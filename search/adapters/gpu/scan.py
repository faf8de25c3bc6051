"""Compares every row: products block by block, of which only the best blocks are looked into.

The k best rows lie in the k blocks whose best rows are best, so the scores are read twice, once to
find each block's best, and sorted hardly at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from search.adapters.gpu.vectors import BLOCK_ROWS, DeviceVectors, rough_products

_SCORES_AT_ONCE = 2**26
"""A quarter of a gibibyte."""
_LEAST = float("-inf")


def best_of_all(
    vectors: DeviceVectors,
    queries: torch.Tensor,
    k: int,
    passing: Sequence[torch.Tensor | None],
) -> tuple[torch.Tensor, torch.Tensor]:
    """The k rows of highest rough score for each query.

    Args:
        queries: float16, (q, dim).
        k: at most as many as rows pass.
        passing: for each query the rows that may answer, as `RowSet.bits`; None lets all pass.
    Returns:
        scores, float32, and rows, int64, both (q, k), best first.
    """
    found: list[tuple[torch.Tensor, torch.Tensor]] = []
    step = max(1, _SCORES_AT_ONCE // BLOCK_ROWS // len(queries)) * BLOCK_ROWS
    for start in range(0, len(vectors.rows), step):
        part = vectors.rows[start : start + step]
        scores = rough_products(queries, part)
        if start + len(part) > vectors.n_rows:
            scores[:, vectors.n_rows - start :] = _LEAST
        for query, bits in enumerate(passing):
            if bits is not None:
                scores[query].masked_fill_(~_unpacked(bits, start, len(part)), _LEAST)
        best, rows = _best_of_blocks(scores, k)
        found.append((best, rows + start))
    if len(found) == 1:
        return found[0]
    best, rows = (torch.cat(parts, dim=1) for parts in zip(*found, strict=True))
    scores, places = best.topk(k, dim=1)
    return scores, rows.gather(1, places)


def best_of_few(
    vectors: DeviceVectors, query: torch.Tensor, k: int, numbers: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The k of these rows, int64 (m,), that score highest with a query, float16 (1, dim): as
    `best_of_all`."""
    step = max(k, _SCORES_AT_ONCE // vectors.rows.shape[1])
    parts = [
        rough_products(query, vectors.at(numbers[start : start + step]))
        for start in range(0, len(numbers), step)
    ]
    scores, places = torch.cat(parts, dim=1).topk(k, dim=1)
    return scores, numbers[places]


def _best_of_blocks(scores: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best, or as many as there are, of scores (q, m) of whole blocks."""
    n_queries, n_rows = scores.shape
    blocks = scores.view(n_queries, n_rows // BLOCK_ROWS, BLOCK_ROWS)
    n_blocks = min(k, blocks.shape[1])
    chosen = blocks.amax(dim=2).topk(n_blocks, dim=1, sorted=False).indices
    within = blocks.gather(1, chosen.unsqueeze(2).expand(-1, -1, BLOCK_ROWS))
    best, places = within.view(n_queries, -1).topk(min(k, n_blocks * BLOCK_ROWS), dim=1)
    rows = chosen.gather(1, places // BLOCK_ROWS) * BLOCK_ROWS + places % BLOCK_ROWS
    return best, rows


def _unpacked(bits: torch.Tensor, start: int, n_rows: int) -> torch.Tensor:
    """Whether each of the rows from `start` on is in a set of bits, uint8: bool, (n_rows,).

    `start` is a multiple of eight; rows after the set's last are not in it.
    """
    part = bits[start // 8 : (start + n_rows) // 8]
    places = torch.arange(8, dtype=torch.uint8, device=bits.device)
    unpacked = ((part.unsqueeze(1) >> places) & 1).view(-1).to(torch.bool)
    return torch.nn.functional.pad(unpacked, (0, n_rows - len(unpacked)))
