"""Scorers for taxonomies, stored or not, with what they have learnt."""

from __future__ import annotations

from collections.abc import Callable

from search.categories.asking import Asking, make_prototypes
from search.categories.learnt import learnt
from search.categories.scoring import LinearScores, Scorer
from search.categories.stored import StoredTaxonomy
from search.categories.taxonomy import Taxonomy
from search.domain.category import Prototypes
from search.domain.space import EmbeddingSpace
from search.ports.catalogue import Catalogue
from search.ports.embedder import Embedder


def open_scorer(
    catalogue: Catalogue,
    taxonomy: Taxonomy | StoredTaxonomy,
    space: EmbeddingSpace,
    open_embedder: Callable[[], Embedder],
) -> Scorer:
    """A taxonomy's scorer in a space; what a stored one has learnt there counts.

    Args:
        open_embedder: loads the space's model; called only where class names are new to it.
    """
    if isinstance(taxonomy, Taxonomy):
        asking = Asking.of(taxonomy)
        scores = LinearScores.zero_shot(make_prototypes(asking, open_embedder()))
        return Scorer(asking, scores)
    kept = open_prototypes(catalogue, taxonomy, space, open_embedder)
    with catalogue.reading() as snapshot:
        known = learnt(snapshot, taxonomy, space)
    return Scorer(*known.applied(Asking.of(taxonomy.taxonomy), LinearScores.zero_shot(kept)))


def open_prototypes(
    catalogue: Catalogue,
    stored: StoredTaxonomy,
    space: EmbeddingSpace,
    open_embedder: Callable[[], Embedder],
) -> Prototypes:
    """What a model makes of a stored taxonomy's words, kept or made anew."""
    asking = Asking.of(stored.taxonomy)
    with catalogue.reading() as snapshot:
        coverage = snapshot.coverage(stored.id, space.id)
        kept = None if coverage is None else snapshot.prototypes(coverage)
    if kept is None or kept.digest != asking.digest:
        kept = make_prototypes(asking, open_embedder())
    return kept
