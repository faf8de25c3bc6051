"""Words that no caption, label, class name or scene ever used: do they still rank sensibly?

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
# Names of groups, to say below what a word suits.
_DOGS = ("caption:dog", "caption:dogs", "caption:puppy", "dalmatian")
_HORSES = ("caption:horse", "caption:horses")
_CHILDREN = ("caption:child", "caption:children", "caption:kid", "caption:boy", "caption:girl")
_CATS = ("wild cat", "cougar face", "cougar body", "Leopards")
_BIRDS = ("pigeon", "emu", "ibis", "flamingo", "flamingo head", "rooster")
_SHIPS = ("ketch", "schooner")
_DINOSAURS = ("stegosaurus", "brontosaurus")
_FACES = ("Faces", "Faces easy")
_POTATOES = ("Floury-Potato", "Solid-Potato", "Sweet-Potato")
_PEPPERS = (
    "Green-Bell-Pepper",
    "Orange-Bell-Pepper",
    "Red-Bell-Pepper",
    "Yellow-Bell-Pepper",
)
_DAIRY = (
    "Arla-Ecological-Medium-Fat-Milk",
    "Arla-Ecological-Sour-Cream",
    "Arla-Lactose-Medium-Fat-Milk",
    "Arla-Medium-Fat-Milk",
    "Arla-Mild-Vanilla-Yoghurt",
    "Arla-Natural-Mild-Low-Fat-Yoghurt",
    "Arla-Natural-Yoghurt",
    "Arla-Sour-Cream",
    "Arla-Sour-Milk",
    "Arla-Standard-Milk",
    "Garant-Ecological-Medium-Fat-Milk",
    "Garant-Ecological-Standard-Milk",
    "Valio-Vanilla-Yoghurt",
    "Yoggi-Strawberry-Yoghurt",
    "Yoggi-Vanilla-Yoghurt",
)

# A word, and the labels (or the words of Flickr8k's captions) whose photos it suits.
UNSEEN_WORDS: dict[str, tuple[str, ...]] = {
    "aeroplane": ("airplanes",),
    "alpaca": ("llama",),
    "anorak": ("Outwear",),
    "arachnid": ("scorpion", "tick"),
    "avian": _BIRDS,
    "banknote": ("dollar bill",),
    "camisole": ("Undershirt", "Top"),
    "candelabra": ("menorah", "chandelier"),
    "canine": _DOGS,
    "capsicum": _PEPPERS,
    "cephalopod": ("octopus", "nautilus"),
    "chalice": ("ewer",),
    "chinos": ("Pants",),
    "chopper": ("helicopter",),
    "chronometer": ("watch",),
    "clementine": ("Satsumas", "Orange"),
    "cockerel": ("rooster",),
    "countenance": _FACES,
    "courgette": ("Zucchini",),
    "crustacean": ("crab", "crayfish", "lobster"),
    "currency": ("dollar bill",),
    "dairy": _DAIRY,
    "equine": _HORSES,
    "feline": _CATS,
    "firearm": ("revolver",),
    "footgear": ("Shoes",),
    "footwear": ("Shoes",),
    "fossil": ("trilobite",),
    "fowl": ("rooster",),
    "frigate": _SHIPS,
    "frock": ("Dress",),
    "fungi": ("Brown-Cap-Mushroom",),
    "galleon": _SHIPS,
    "handset": ("cellphone",),
    "headgear": ("Hat",),
    "jetliner": ("airplanes",),
    "jurassic": _DINOSAURS,
    "kiddo": _CHILDREN,
    "lightbulb": ("lamp", "chandelier"),
    "loafers": ("Shoes",),
    "marsupial": ("kangaroo",),
    "mollusc": ("nautilus", "octopus"),
    "mutt": _DOGS,
    "pachyderm": ("elephant", "rhino"),
    "panther": _CATS,
    "parasol": ("umbrella",),
    "pharaoh": ("pyramid",),
    "phonograph": ("gramophone",),
    "pooch": _DOGS,
    "poultry": ("rooster",),
    "prehistoric": (*_DINOSAURS, "trilobite"),
    "scallion": ("Leek",),
    "seashell": ("nautilus",),
    "singlet": ("Undershirt", "Top"),
    "smartphone": ("cellphone",),
    "spanner": ("wrench",),
    "sportsman": ("caption:player", "caption:players"),
    "spud": _POTATOES,
    "stallion": _HORSES,
    "steed": _HORSES,
    "steeple": ("minaret",),
    "tangerine": ("Satsumas", "Orange"),
    "timepiece": ("watch",),
    "tyrannosaurus": _DINOSAURS,
    "visage": _FACES,
    "warplane": ("airplanes",),
    "weapon": ("revolver", "cannon"),
    "woodwind": ("saxophone",),
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
