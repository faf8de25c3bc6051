"""How good an order of hits is, against labels. Every figure is in [0, 1], higher is better.

All functions take scores and answers of shape (n_queries, n_items) and return one figure a query.
Equal scores never flatter: among them, what is no answer counts as shown first. A query without
an answer has nothing to be measured by; its figures are nan, and `mean` leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Scores = npt.NDArray[np.floating]

KS = (1, 5, 10)


def figures(scores: Scores, answers: Bools, ks: Sequence[int] = KS) -> dict[str, Floats]:
    """All figures of this module by name, each float64, (n_queries,).

    `success@k`, `recall@k` and `nDCG@k` for each k, `MRR` (each query's reciprocal rank), `mAP`
    (its average precision) and `R-precision`.
    """
    ranked = in_rank_order(scores, answers)
    n_answers = answers.sum(axis=1).astype(np.float64)
    n_answers[n_answers == 0] = np.nan
    found = np.cumsum(ranked, axis=1, dtype=np.int64)
    made: dict[str, Floats] = {}
    made.update((f"success@{k}", _where_known(_found(found, k) > 0, n_answers)) for k in ks)
    made.update((f"recall@{k}", _found(found, k) / n_answers) for k in ks)
    made.update((f"nDCG@{k}", _ndcg(ranked, n_answers, k)) for k in ks)
    made["MRR"] = 1 / ranks_of_best(ranked, n_answers)
    made["mAP"] = _average_precision(ranked, found, n_answers)
    made["R-precision"] = _r_precision(found, n_answers)
    return made


def mean(figure: Floats) -> float:
    """The mean over the queries that have an answer; nan where none has."""
    known = figure[~np.isnan(figure)]
    return float(known.mean()) if len(known) else float("nan")


def means(per_query: Mapping[str, Floats]) -> dict[str, float]:
    """Each figure's mean over the queries that have an answer."""
    return {name: mean(values) for name, values in per_query.items()}


def in_rank_order(scores: Scores, answers: Bools) -> Bools:
    """Whether the hit at each place is an answer, best place first."""
    order = np.lexsort((answers, -scores), axis=1)
    ranked: Bools = np.take_along_axis(answers, order, axis=1)
    return ranked


def ranks_of_answers(scores: Scores, answers: Bools) -> Ints:
    """The place (1 is first) of each row's best answer; every row has one."""
    best = np.where(answers, scores, -np.inf).max(axis=1, keepdims=True)
    ranks: Ints = (np.where(answers, -np.inf, scores) >= best).sum(axis=1, dtype=np.int64) + 1
    return ranks


def ranks_of_best(ranked: Bools, n_answers: Floats) -> Floats:
    """The place of each query's first answer, nan where it has none."""
    return _where_known(ranked.argmax(axis=1) + 1, n_answers)


def _where_known(values: npt.NDArray[np.generic], n_answers: Floats) -> Floats:
    known: Floats = np.where(np.isnan(n_answers), np.nan, values.astype(np.float64))
    return known


def _found(found: Ints, k: int) -> Ints:
    """How many answers are among the first k of each query."""
    if found.shape[1] == 0:
        return np.zeros(len(found), np.int64)
    return found[:, min(k, found.shape[1]) - 1]


def _average_precision(ranked: Bools, found: Ints, n_answers: Floats) -> Floats:
    """The mean, over a query's answers, of the precision at their places.

    Source: Manning, Raghavan, Schütze, Introduction to Information Retrieval, 2008, section 8.4.
    """
    places = np.arange(1, ranked.shape[1] + 1)
    return np.asarray((found / places * ranked).sum(axis=1) / n_answers)


def _r_precision(found: Ints, n_answers: Floats) -> Floats:
    """Precision among the first R hits, where R is how many answers the query has.

    Source: as above.
    """
    r = np.nan_to_num(n_answers, nan=1).astype(np.int64)
    return np.asarray(found[np.arange(len(found)), r - 1] / n_answers)


def _ndcg(ranked: Bools, n_answers: Floats, k: int) -> Floats:
    """Discounted gain of the first k, over that of the best order; an answer gains 1.

    Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS
    20(4), 2002, with the discount log2(place + 1).
    """
    discounts = 1 / np.log2(np.arange(2, ranked.shape[1] + 2))
    gained = (ranked[:, :k] * discounts[:k]).sum(axis=1)
    ideal = np.cumsum(discounts)
    n_best = np.minimum(np.nan_to_num(n_answers, nan=1), min(k, ranked.shape[1])).astype(np.int64)
    return _where_known(gained / ideal[n_best - 1], n_answers)
