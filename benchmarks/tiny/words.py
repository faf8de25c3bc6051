"""Words that no caption, label or scene ever used: do they still rank photos sensibly?

The text tower met them, if at all, as single words that the sentence teacher placed. A check
passes when a test photo that suits the word scores above one that does not four times in five.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.tiny.measures import area_under_curve
from benchmarks.tiny.tasks import Encoded
from training.photos import Photo
from training.prompts import TEMPLATES

PASS_AREA = 0.8
# A word, and the labels (or a word of Flickr8k's captions) whose photos it suits.
UNSEEN_WORDS: dict[str, tuple[str, ...]] = {
    "canine": ("caption:dog",),
    "pooch": ("caption:dog",),
    "doggy": ("caption:dog",),
    "pachyderm": ("elephant",),
    "feline": ("wild cat", "cougar face", "cougar body", "Leopards"),
    "trousers": ("Pants",),
    "footwear": ("Shoes",),
    "slippers": ("Shoes",),
    "headgear": ("Hat",),
    "gown": ("Dress",),
    "automobile": ("car side",),
    "sedan": ("car side",),
    "aircraft": ("airplanes",),
    "jetliner": ("airplanes",),
    "chopper": ("helicopter",),
    "timepiece": ("watch",),
    "tangerine": ("Satsumas",),
    "citrus": ("Orange", "Lemon", "Lime", "Satsumas", "Red-Grapefruit"),
    "courgette": ("Zucchini",),
    "spud": ("Floury-Potato", "Solid-Potato"),
    "crustacean": ("crab", "crayfish", "lobster"),
    "reptile": ("crocodile", "crocodile head"),
    "mollusc": ("nautilus", "octopus"),
    "insect": ("butterfly", "dragonfly", "ant", "mayfly", "tick"),
    "firearm": ("revolver",),
    "pistol": ("revolver",),
    "blossom": ("lotus", "sunflower", "water lilly"),
    "sailboat": ("ketch", "schooner"),
    "dinosaur": ("stegosaurus", "brontosaurus"),
    "pharaoh": ("pyramid",),
    "piano": ("grand piano",),
    "marsupial": ("kangaroo",),
    "telephone": ("cellphone",),
    "antelope": ("gerenuk", "okapi"),
    "mosque": ("minaret",),
    "temple": ("pagoda",),
    "parasol": ("umbrella",),
    "armchair": ("chair", "windsor chair"),
    "seafood": ("lobster", "crab", "crayfish"),
    "dairy": ("Arla-Standard-Milk", "Arla-Medium-Fat-Milk", "Arla-Natural-Yoghurt"),
}


@dataclass(frozen=True)
class WordCheck:
    """One word, how many test photos suit it, and the area under its curve (0.5 is chance)."""

    word: str
    n_suited: int
    area: float

    @property
    def passed(self) -> bool:
        """Whether photos that suit the word come first."""
        return self.area >= PASS_AREA


def check_unseen_words(encoded: Encoded, read_in_training: list[str]) -> list[WordCheck]:
    """Rank all test photos by each word that training truly never read in a sentence."""
    known = set(re.findall(r"[a-z]+", " ".join(read_in_training).lower()))
    words = [word for word in UNSEEN_WORDS if not {word, f"{word}s"} & known]
    prompts = encoded.tiny.classes([[t.format(word) for t in TEMPLATES] for word in words])
    scores = prompts @ encoded.vectors.T
    checks = []
    for word, row in zip(words, scores, strict=True):
        suited = _suited(encoded.photos, UNSEEN_WORDS[word])
        if suited.any():
            checks.append(WordCheck(word, int(suited.sum()), area_under_curve(row, suited)))
    return checks


def _suited(photos: list[Photo], wanted: tuple[str, ...]) -> NDArray[np.bool_]:
    found = []
    for photo in photos:
        words = set(re.findall(r"[a-z]+", " ".join(photo.captions).lower()))
        found.append(photo.label in wanted or any(f"caption:{word}" in wanted for word in words))
    return np.array(found)
