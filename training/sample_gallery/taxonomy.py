"""The taxonomy of the sample gallery: every drawn object under its category, in several words."""

import json

from training.scenes import CATEGORIES, THINGS

_TEMPLATE = "a picture of a {}"

_PLURALS = {
    "animal": "animals",
    "vehicle": "vehicles",
    "fruit": "fruit",
    "food": "sweet food",
    "furniture": "furniture",
    "household": "household things",
    "clothing": "clothing",
    "building": "buildings",
    "plant": "plants",
    "toy": "toys",
    "tool": "tools",
    "instrument": "musical instruments",
    "sky": "sky",
}

_OTHER_WORDS: dict[str, tuple[str, ...]] = {
    "cat": ("kitten",),
    "dog": ("puppy",),
    "rabbit": ("bunny", "hare"),
    "bird": ("songbird",),
    "turtle": ("tortoise",),
    "car": ("automobile",),
    "bus": ("coach",),
    "truck": ("lorry",),
    "bicycle": ("bike",),
    "boat": ("sailing boat", "ship"),
    "train": ("steam train", "locomotive"),
    "rocket": ("spaceship",),
    "airplane": ("plane", "aeroplane"),
    "cherry": ("pair of cherries",),
    "cake": ("birthday cake",),
    "cupcake": ("muffin",),
    "ice cream": ("ice cream cone",),
    "lamp": ("table lamp",),
    "sofa": ("couch",),
    "cup": ("mug", "coffee cup"),
    "vase": ("flower vase",),
    "clock": ("alarm clock",),
    "umbrella": ("parasol",),
    "shirt": ("T-shirt",),
    "dress": ("gown",),
    "shoe": ("sneaker", "trainer"),
    "bag": ("handbag",),
    "sock": ("stocking",),
    "house": ("home", "cottage"),
    "castle": ("fortress",),
    "flower": ("blossom",),
    "mushroom": ("toadstool",),
    "teddy bear": ("teddy", "stuffed bear"),
    "ball": ("beach ball",),
    "scissors": ("pair of scissors",),
    "moon": ("crescent moon",),
}


def taxonomy_yaml() -> str:
    """The taxonomy file: nested categories, the words of each for the template."""
    lines = [
        "# What the sample gallery shows: categories with the words a model is asked about.",
        "name: drawn things",
        f"template: {json.dumps(_TEMPLATE)}",
        "categories:",
    ]
    for category in CATEGORIES:
        lines += [f"  - name: {_PLURALS[category]}", "    children:"]
        for thing, words in THINGS.items():
            if words.category == category:
                offered = json.dumps([thing, *_OTHER_WORDS.get(thing, ())])
                lines += [f"      - name: {thing}", f"        words: {offered}"]
    return "\n".join(lines) + "\n"
