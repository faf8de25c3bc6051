"""Retrieval held against labels and captions: words to photos, photos to words and to photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from search.domain.arrays import FloatMatrix, IdArray
from search.evaluation.labelled import LabelledSet
from search.evaluation.ranking import KS, Bools, Floats, Scores, figures, mean, means

MOST_QUERIES = 5_000
N_FAILURES = 12
N_SHOWN = 5
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Failure:
    """A query that put its first answer far down.

    Attributes:
        text, picture: the query, words or the uri of a picture.
        rank: the place of its first answer, 1 is first.
        wanted, got: some answers and the first hits: uris, or texts.
    """

    text: str
    picture: str
    rank: int
    wanted: tuple[str, ...]
    got: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What one kind of retrieval is worth.

    Attributes:
        n_queries, n_targets: how many asked, and among how many each looked.
        summary: means over the queries that have an answer, in [0, 1], higher is better.
        median_rank: of the first answer, 1 is best.
        failures: the worst first.
    """

    n_queries: int
    n_targets: int
    summary: dict[str, float]
    median_rank: float
    failures: tuple[Failure, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; what cannot be measured is null."""
        values = {**self.summary, "median_rank": self.median_rank}
        return {
            "queries": self.n_queries,
            "targets": self.n_targets,
            **{name: None if np.isnan(v) else v for name, v in values.items()},
            "failures": [
                {
                    "text": one.text or None,
                    "picture": one.picture or None,
                    "rank": one.rank,
                    "wanted": list(one.wanted),
                    "got": list(one.got),
                }
                for one in self.failures
            ],
        }


@dataclass(frozen=True, slots=True)
class _Task:
    """Which queries ask, how they score all targets, and which targets answer each."""

    queries: IdArray
    n_targets: int
    score: Callable[[IdArray], Scores]
    answer: Callable[[IdArray], Bools]
    name_query: Callable[[int], tuple[str, str]]
    name_target: Callable[[int], str]


def captions_to_photos(photos: LabelledSet, captions: FloatMatrix) -> Retrieved:
    """Each caption looks for its photo. `captions`: those of all photos, in their order."""
    texts, owner = _captions(photos)
    uris = [picture.uri for picture in photos.pictures]
    return _measured(
        _Task(
            queries=_spread(len(texts)),
            n_targets=len(photos),
            score=lambda rows: photos.scores(captions[rows]),
            answer=lambda rows: owner[rows, np.newaxis] == np.arange(len(photos)),
            name_query=lambda i: (texts[i], ""),
            name_target=uris.__getitem__,
        )
    )


def photos_to_captions(photos: LabelledSet, captions: FloatMatrix) -> Retrieved:
    """Each photo looks for its captions."""
    texts, owner = _captions(photos)
    directions = photos.directions()
    return _measured(
        _Task(
            queries=_spread(len(photos)),
            n_targets=len(texts),
            score=lambda rows: directions[rows] @ captions.T,
            answer=lambda rows: rows[:, np.newaxis] == owner,
            name_query=lambda i: ("", photos.pictures[i].uri),
            name_target=texts.__getitem__,
        )
    )


def labels_to_photos(
    photos: LabelledSet, classes: Sequence[str], prototypes: FloatMatrix, truth: Bools
) -> Retrieved:
    """Each class, in words, looks for the photos that carry it as a label."""
    uris = [picture.uri for picture in photos.pictures]
    return _measured(
        _Task(
            queries=_spread(len(classes)),
            n_targets=len(photos),
            score=lambda rows: photos.scores(prototypes[rows]),
            answer=lambda rows: truth.T[rows],
            name_query=lambda i: (classes[i], ""),
            name_target=uris.__getitem__,
        )
    )


def photos_to_photos(photos: LabelledSet, truth: Bools) -> Retrieved:
    """Each photo looks for the others that share a label with it; it does not find itself."""
    directions = photos.directions()
    uris = [picture.uri for picture in photos.pictures]
    wide = truth.astype(np.float32)

    def score(rows: IdArray) -> Scores:
        scores = photos.scores(directions[rows])
        scores[np.arange(len(rows)), rows] = -np.inf
        return scores

    def answer(rows: IdArray) -> Bools:
        shared = wide[rows] @ wide.T > 0
        shared[np.arange(len(rows)), rows] = False
        return shared

    return _measured(
        _Task(
            queries=_spread(len(photos)),
            n_targets=len(photos) - 1,
            score=score,
            answer=answer,
            name_query=lambda i: ("", uris[i]),
            name_target=uris.__getitem__,
        )
    )


def _captions(photos: LabelledSet) -> tuple[list[str], IdArray]:
    texts = [caption for picture in photos.pictures for caption in picture.captions]
    lengths = [len(picture.captions) for picture in photos.pictures]
    return texts, np.repeat(np.arange(len(photos), dtype=np.int64), lengths)


def _spread(n: int) -> IdArray:
    """All of n queries, or as many as are measured at most, evenly spread."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_QUERIES)).astype(np.int64))


def _measured(task: _Task) -> Retrieved:
    blocks: list[dict[str, Floats]] = []
    for start in range(0, len(task.queries), _BLOCK):
        rows = task.queries[start : start + _BLOCK]
        blocks.append(figures(task.score(rows), task.answer(rows), KS))
    per_query = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    ranks = 1 / per_query["MRR"]
    known = ~np.isnan(ranks)
    return Retrieved(
        n_queries=int(known.sum()),
        n_targets=task.n_targets,
        summary=means(per_query),
        median_rank=float(np.median(ranks[known])) if known.any() else mean(ranks),
        failures=_failures(task, ranks),
    )


def _failures(task: _Task, ranks: Floats) -> tuple[Failure, ...]:
    wrong = np.flatnonzero(np.nan_to_num(ranks) > 1)
    worst = wrong[np.argsort(-ranks[wrong], kind="stable")][:N_FAILURES]
    made = []
    for at in worst:
        row = task.queries[at : at + 1]
        scores, answers = task.score(row)[0], task.answer(row)[0]
        order = np.argsort(-scores, kind="stable")
        text, picture = task.name_query(int(row[0]))
        wanted = order[answers[order]][:N_SHOWN]
        made.append(
            Failure(
                text,
                picture,
                round(float(ranks[at])),
                tuple(task.name_target(int(i)) for i in wanted),
                tuple(task.name_target(int(i)) for i in order[:N_SHOWN]),
            )
        )
    return tuple(made)
