"""Labels as people would say them, and the sentences they are put into."""

from __future__ import annotations

import re

TEMPLATES = (
    "a photo of {}",
    "a photo of a {}",
    "a picture of a {}",
    "{}",
    "a close-up of a {}",
    "there is a {}",
)

# The words for a whole category of drawn things, article and all.
CATEGORY_TEMPLATES = ("a drawing of {}", "a picture of {}", "there is {}")

# Clothing labels that name no garment: their photos are seen, their labels are not learnt.
NOT_GARMENTS = ("Not sure", "Other", "Skip")

_SPOKEN = {
    "Longsleeve": "long sleeve shirt",
    "Outwear": "jacket",
    "Body": "baby bodysuit",
    "Polo": "polo shirt",
    "Top": "tank top",
    "Undershirt": "undershirt",
    "Not sure": "unclear piece of clothing",
    "Other": "other thing",
    "Skip": "unusable picture",
    "Faces": "human face",
    "Faces easy": "close-up face",
    "airplanes": "airplane",
    "Motorbikes": "motorbike",
    "Leopards": "leopard",
    "car side": "car from the side",
    "cougar body": "cougar",
    "crocodile head": "head of a crocodile",
    "flamingo head": "head of a flamingo",
    "gerenuk": "gerenuk antelope",
    "water lilly": "water lily",
    "yin yang": "yin yang symbol",
    "hawksbill": "hawksbill turtle",
    "snoopy": "snoopy cartoon dog",
    "garfield": "garfield cartoon cat",
    "ketch": "ketch sailing boat",
    "bass": "bass fish",
    "tick": "tick insect",
}


def spoken_label(label: str) -> str:
    """A label in lower-case words: `Red-Bell-Pepper` is `red bell pepper`."""
    return _SPOKEN.get(label, re.sub(r"[-_]+", " ", label).lower())


def label_texts(label: str, templates: tuple[str, ...] = TEMPLATES) -> tuple[str, ...]:
    """One label in every template."""
    return tuple(template.format(spoken_label(label)) for template in templates)


def category_texts(category: str) -> tuple[str, ...]:
    """A category of drawn things alone and in every template: `a drawing of an animal`."""
    named = f"{'an' if category[0] in 'aeiou' else 'a'} {category}"
    return (category, *(template.format(named) for template in CATEGORY_TEMPLATES))


def imagenet_names() -> list[str]:
    """ImageNet's 1,000 class names in the wording of Radford et al. 2021, from open_clip."""
    from open_clip import IMAGENET_CLASSNAMES

    return [name.lower() for name in IMAGENET_CLASSNAMES]
