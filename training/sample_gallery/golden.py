"""Golden queries: what is asked of the sample gallery, and the files that must come first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from training.sample_gallery.photos import Photo


@dataclass(frozen=True)
class Golden:
    """A query and the planted photos, or products, that belong among its first `top` hits."""

    find: tuple[str, ...]
    text: str = ""
    minus: str = ""
    where: str = ""
    image: str = ""
    top: int = 5
    avoid: tuple[str, ...] = field(default=())
    """Photos that must rank below every one to find."""


_TEXTS: tuple[Golden, ...] = (
    Golden(("black cat in the snow",), "a black cat in the snow"),
    Golden(("black cat in the snow", "black cat indoors"), "a black cat", top=10),
    Golden(("orange cat",), "an orange striped cat in a room"),
    Golden(("dog with ball",), "a brown dog next to a red ball"),
    Golden(("two white rabbits",), "two white rabbits in a meadow"),
    Golden(("yellow umbrella",), "a yellow umbrella on a beach"),
    Golden(("blue striped ball",), "a blue striped ball on the beach"),
    Golden(("sailing",), "a red boat on the sea"),
    Golden(("evening lighthouse",), "a white lighthouse at sunset"),
    Golden(("snowman",), "a white snowman in the snow"),
    Golden(("winter train",), "a green train in the mountains"),
    Golden(("red bus",), "a red bus in a city"),
    Golden(("bicycle",), "a turquoise bicycle in a city street"),
    Golden(("three red balloons",), "three red balloons in a room"),
    Golden(("pink cake",), "a pink cake in a room"),
    Golden(("teddy",), "a brown teddy bear next to a green robot"),
    Golden(("four red mushrooms",), "four red mushrooms in a forest"),
    Golden(("brown owl",), "a brown owl in the woods"),
    Golden(("green cactus",), "a green cactus in the desert"),
    Golden(("grey elephant",), "a grey elephant in a desert"),
    Golden(("yellow ducks",), "three yellow ducks on the water"),
    Golden(("purple butterfly",), "a purple butterfly in a meadow"),
    Golden(("five pink flowers",), "five pink flowers in a green field"),
    Golden(("turquoise teapot",), "a turquoise teapot in a room"),
    Golden(("bananas",), "three yellow bananas"),
    Golden(("green sofa",), "a green sofa in a living room"),
    Golden(("black guitar",), "a black guitar"),
    Golden(("moon over house",), "a yellow moon above a white house at night"),
    Golden(("orange tent",), "an orange tent under the night sky"),
    Golden(("grey castle",), "a grey castle in front of mountains"),
)

_COMPOSED: tuple[Golden, ...] = (
    Golden(
        ("red car abroad",),
        "a red car",
        "a city with tall buildings",
        top=10,
        avoid=("red car in town",),
    ),
    Golden(
        ("yellow umbrella",),
        "a yellow umbrella",
        "a city with tall buildings",
        top=10,
        avoid=("yellow umbrella in town",),
    ),
    Golden(("black cat indoors",), "a black cat", "snow", top=10, avoid=("black cat in the snow",)),
    Golden(
        ("blue balloons",), "three balloons in a room", "red", top=10, avoid=("three red balloons",)
    ),
)

_FILTERED: tuple[Golden, ...] = (
    Golden(("red car abroad",), "a red car", where='camera:"Pixel 8" after:2025-01-01'),
    Golden(("pink cake",), "a cake", where="after:2024-05-04 before:2024-05-06"),
)

_IMAGES: tuple[Golden, ...] = (
    Golden(("turquoise teapot",), image="turquoise teapot"),
    Golden(("winter train",), image="winter train"),
    Golden(("dog with ball",), image="dog with ball"),
    Golden(("four red mushrooms",), image="four red mushrooms"),
    Golden(("evening lighthouse",), image="evening lighthouse"),
    Golden(("snowman",), image="snowman"),
)

_SHOP_SNAPS = ("red plain shoe", "pink plain bag", "red checked cup", "brown plain guitar")


def photo_snaps() -> list[str]:
    """Names of the planted photos that a snapshot is drawn of."""
    return [golden.image for golden in _IMAGES]


def shop_snaps() -> tuple[str, ...]:
    """The products, in words, that a shopper snaps."""
    return _SHOP_SNAPS


def snap_path(name: str) -> str:
    """Where the snapshot of a photo or product lies, relative to the demo's folder."""
    return f"queries/{name.replace(' ', '-')}.jpg"


def golden_yaml(photos: list[Photo]) -> str:
    """The file of the gallery's golden queries."""
    paths = {photo.name: photo.path for photo in photos if photo.name is not None}
    lines = [
        "# Queries of the sample gallery, and what must be among the first `top` hits.",
        "# `find` and `avoid` are paths in gallery/, `image` is a path beside this file. All of",
        "# `find` must be found, and each must rank above everything in `avoid`.",
        "queries:",
    ]
    for golden in (*_TEXTS, *_COMPOSED, *_FILTERED, *_IMAGES):
        lines += _entry(golden, paths)
    return "\n".join(lines) + "\n"


def shop_golden_yaml(skus: dict[str, str]) -> str:
    """The file of the shop's golden queries: snapshots, and the products that they show.

    Args:
        skus: from a snapped product in words to its article number.
    """
    lines = ["# Snapshots of the sample shop's products; `find` is a sku of shop/catalogue.csv."]
    lines.append("queries:")
    for words in shop_snaps():
        lines += _entry(Golden((words,), image=words), {words: skus[words]})
    return "\n".join(lines) + "\n"


def _entry(golden: Golden, references: dict[str, str]) -> Iterator[str]:
    fields: dict[str, object] = {}
    for key in ("text", "minus", "where"):
        if getattr(golden, key):
            fields[key] = getattr(golden, key)
    if golden.image:
        fields["image"] = snap_path(golden.image)
    fields["top"] = golden.top
    for key in ("find", "avoid"):
        if names := getattr(golden, key):
            fields[key] = [references[name] for name in names]
    for i, (key, value) in enumerate(fields.items()):
        yield f"{'    ' if i else '  - '}{key}: {json.dumps(value)}"
