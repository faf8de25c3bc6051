"""Ready-made taxonomies asked about drawn pictures whose answer is plain to see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.bootstrap import open_embedder
from search.categories.asking import Asking, make_prototypes
from search.categories.ready_made import ready_made
from search.categories.scoring import LinearScores, Scorer
from search.ports.embedder import Embedder
from search.settings import Settings


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder("tiny", Settings())


@pytest.mark.parametrize(
    ("picture", "taxonomy", "path"),
    [
        ("red-plain-shoe.jpg", "properties-colour", "red"),
        ("brown-plain-guitar.jpg", "properties-colour", "brown"),
        ("turquoise-teapot.jpg", "properties-colour", "turquoise"),
        ("turquoise-teapot.jpg", "properties-place", "indoors"),
        ("evening-lighthouse.jpg", "properties-daytime", "dusk or dawn"),
        ("snowman.jpg", "properties-season", "winter"),
        ("snowman.jpg", "scenes", "nature/snowy landscape"),
        ("evening-lighthouse.jpg", "everyday", "buildings and streets/lighthouse"),
    ],
)
def test_plain_picture_gets_the_category_it_shows(
    repository: Path, embedder: Embedder, picture: str, taxonomy: str, path: str
) -> None:
    assert assigned(embedder, repository / "cli/demo/queries" / picture, taxonomy) == [path]


def test_indoor_picture_has_no_season(repository: Path, embedder: Embedder) -> None:
    picture = repository / "cli/demo/queries/turquoise-teapot.jpg"
    assert assigned(embedder, picture, "properties-season") == []


def assigned(embedder: Embedder, picture: Path, taxonomy: str) -> list[str]:
    """Paths of the categories that a picture is given."""
    asking = Asking.of(ready_made(taxonomy))
    scorer = Scorer(asking, LinearScores.zero_shot(make_prototypes(asking, embedder)))
    with Image.open(picture) as image:
        vectors = embedder.embed_images([image.convert("RGB")])
    rows = scorer.guesses(np.zeros(1, np.int64), vectors, np.arange(len(asking.paths)))
    return [asking.paths[node] for node in rows.category_ids[rows.assigned]]
