"""ImageNet's 1,000 classes as a taxonomy, from the lists that open_clip carries.

Made when asked for and not stored: names and templates then always are those that the installed
open_clip evaluates with.
"""

from __future__ import annotations

from search.categories.taxonomy import SEPARATOR, Category, Taxonomy

THRESHOLD = 0.3
"""A start: shared out among 1,000 classes, the right one seldom has half of the probability."""

_WORDNET_NAMES = {744: "projectile", 836: "sunglass"}
"""What tells two classes apart that open_clip calls `missile` and `sunglasses` like 657 and 837."""


def imagenet() -> Taxonomy:
    """The classes in ImageNet's own order, so that category i is class i of its labels.

    Their class names are open_clip's, word for word. Two pairs share theirs, and with them the
    probability of what they show.

    Source: the 80 templates of Radford et al. 2021, arXiv:2103.00020, section 3.1.4.
    """
    from open_clip import IMAGENET_CLASSNAMES, OPENAI_IMAGENET_TEMPLATES

    return Taxonomy(
        name="imagenet",
        categories=tuple(
            Category(path=_name(number, words), words=(words,))
            for number, words in enumerate(IMAGENET_CLASSNAMES)
        ),
        templates=tuple(template("{}") for template in OPENAI_IMAGENET_TEMPLATES),
        threshold=THRESHOLD,
        description="The 1,000 classes of ImageNet, with 80 templates.",
    )


def _name(number: int, words: str) -> str:
    """A category's name; the separator of paths, which some class names hold, becomes “or”."""
    return _WORDNET_NAMES.get(number) or words.replace(f" {SEPARATOR} ", " or ")
