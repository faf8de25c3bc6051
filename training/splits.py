"""Which photos are kept out of training: fixed for ever by the hash of a name, never by chance."""

from __future__ import annotations

import hashlib

N_FLICKR_TEST = 1_000
CLOTHING_TEST_SHARE = 0.2
CALTECH_TEST_SHARE = 0.15
# Ten Caltech labels of which no photo is ever trained on: true zero-shot.
CALTECH_UNSEEN_LABELS = (
    "elephant",
    "helicopter",
    "kangaroo",
    "laptop",
    "pizza",
    "rhino",
    "saxophone",
    "starfish",
    "sunflower",
    "umbrella",
)


def unit_hash(name: str) -> float:
    """A number in [0, 1) that depends on nothing but the name."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:12], 16) / 16**12


def flickr_test(names: list[str]) -> frozenset[str]:
    """The 1,000 photos of the lowest hash: the test set of the captioned photos."""
    return frozenset(sorted(names, key=unit_hash)[:N_FLICKR_TEST])


def is_clothing_test(sender: str) -> bool:
    """Kept out by sender, so that no person's rug or hanger is on both sides."""
    return unit_hash(f"sender {sender}") < CLOTHING_TEST_SHARE


def is_grocery_test(split: str) -> bool:
    """The set's own validation photos."""
    return split != "train"


def is_caltech_test(name: str, label: str) -> bool:
    """Every photo of an unseen label, and a fixed share of the others."""
    return label in CALTECH_UNSEEN_LABELS or unit_hash(name) < CALTECH_TEST_SHARE
