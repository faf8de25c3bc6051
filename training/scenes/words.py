"""The words of drawn scenes: what may be drawn, in which colours, patterns, counts and places."""

from typing import NamedTuple


class ThingWords(NamedTuple):
    """How one kind of object is named, and how it may appear."""

    category: str
    plural: str
    floats: bool = False
    """Hangs in the air, so it casts no shadow at its foot."""
    patterned: bool = True
    """Has a surface large enough to show a pattern."""


CATEGORIES: tuple[str, ...] = (
    "animal",
    "vehicle",
    "fruit",
    "food",
    "furniture",
    "household",
    "clothing",
    "building",
    "plant",
    "toy",
    "tool",
    "instrument",
    "sky",
)

THINGS: dict[str, ThingWords] = {
    "cat": ThingWords("animal", "cats"),
    "dog": ThingWords("animal", "dogs"),
    "rabbit": ThingWords("animal", "rabbits"),
    "fish": ThingWords("animal", "fish", floats=True),
    "bird": ThingWords("animal", "birds", floats=True),
    "duck": ThingWords("animal", "ducks"),
    "owl": ThingWords("animal", "owls"),
    "turtle": ThingWords("animal", "turtles"),
    "snail": ThingWords("animal", "snails"),
    "butterfly": ThingWords("animal", "butterflies", floats=True),
    "elephant": ThingWords("animal", "elephants"),
    "car": ThingWords("vehicle", "cars"),
    "bus": ThingWords("vehicle", "buses"),
    "truck": ThingWords("vehicle", "trucks"),
    "bicycle": ThingWords("vehicle", "bicycles", patterned=False),
    "boat": ThingWords("vehicle", "boats"),
    "train": ThingWords("vehicle", "trains"),
    "rocket": ThingWords("vehicle", "rockets", floats=True),
    "airplane": ThingWords("vehicle", "airplanes", floats=True),
    "apple": ThingWords("fruit", "apples"),
    "banana": ThingWords("fruit", "bananas"),
    "pear": ThingWords("fruit", "pears"),
    "cherry": ThingWords("fruit", "cherries"),
    "strawberry": ThingWords("fruit", "strawberries"),
    "cake": ThingWords("food", "cakes"),
    "cupcake": ThingWords("food", "cupcakes"),
    "ice cream": ThingWords("food", "ice creams"),
    "chair": ThingWords("furniture", "chairs"),
    "table": ThingWords("furniture", "tables"),
    "lamp": ThingWords("furniture", "lamps"),
    "sofa": ThingWords("furniture", "sofas"),
    "bed": ThingWords("furniture", "beds"),
    "cup": ThingWords("household", "cups"),
    "teapot": ThingWords("household", "teapots"),
    "vase": ThingWords("household", "vases"),
    "clock": ThingWords("household", "clocks"),
    "book": ThingWords("household", "books"),
    "umbrella": ThingWords("household", "umbrellas"),
    "candle": ThingWords("household", "candles"),
    "shirt": ThingWords("clothing", "shirts", floats=True),
    "dress": ThingWords("clothing", "dresses", floats=True),
    "hat": ThingWords("clothing", "hats"),
    "shoe": ThingWords("clothing", "shoes"),
    "bag": ThingWords("clothing", "bags"),
    "sock": ThingWords("clothing", "socks", floats=True),
    "house": ThingWords("building", "houses"),
    "castle": ThingWords("building", "castles"),
    "lighthouse": ThingWords("building", "lighthouses"),
    "windmill": ThingWords("building", "windmills"),
    "tent": ThingWords("building", "tents"),
    "tree": ThingWords("plant", "trees"),
    "flower": ThingWords("plant", "flowers"),
    "mushroom": ThingWords("plant", "mushrooms"),
    "cactus": ThingWords("plant", "cactuses"),
    "balloon": ThingWords("toy", "balloons", floats=True),
    "ball": ThingWords("toy", "balls"),
    "kite": ThingWords("toy", "kites", floats=True),
    "robot": ThingWords("toy", "robots"),
    "teddy bear": ThingWords("toy", "teddy bears"),
    "snowman": ThingWords("toy", "snowmen"),
    "heart": ThingWords("toy", "hearts", floats=True),
    "key": ThingWords("tool", "keys", floats=True, patterned=False),
    "hammer": ThingWords("tool", "hammers", floats=True, patterned=False),
    "scissors": ThingWords("tool", "scissors", floats=True, patterned=False),
    "guitar": ThingWords("instrument", "guitars", floats=True),
    "drum": ThingWords("instrument", "drums"),
    "trumpet": ThingWords("instrument", "trumpets", floats=True, patterned=False),
    "sun": ThingWords("sky", "suns", floats=True),
    "moon": ThingWords("sky", "moons", floats=True),
    "star": ThingWords("sky", "stars", floats=True),
}

COLOURS: tuple[str, ...] = (
    "red",
    "orange",
    "yellow",
    "green",
    "turquoise",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "grey",
    "white",
)

PATTERNS: tuple[str, ...] = ("plain", "striped", "dotted", "checked")

PATTERN_WORDS: dict[str, tuple[str, ...]] = {
    "plain": ("plain",),
    "striped": ("striped", "stripy"),
    "dotted": ("dotted", "polka-dot", "spotted"),
    "checked": ("checked", "checkered"),
}

PATTERN_TAILS: dict[str, tuple[str, ...]] = {
    "plain": ("without a pattern",),
    "striped": ("with stripes",),
    "dotted": ("with dots", "with polka dots"),
    "checked": ("with checks", "with a checkered pattern"),
}

COUNT_WORDS: tuple[str, ...] = ("no", "one", "two", "three", "four", "five")

PLACES: dict[str, tuple[str, ...]] = {
    "beach": ("on a beach", "at the beach", "on the sand by the sea"),
    "forest": ("in a forest", "in the woods", "among the trees"),
    "city": ("in a city", "in a city street", "in front of tall buildings"),
    "night": ("at night", "under the night sky", "in the dark of the night"),
    "snow": ("in the snow", "on a snowy day", "in winter"),
    "room": ("in a room", "indoors", "inside a living room"),
    "desert": ("in a desert", "in the desert", "among sand dunes"),
    "meadow": ("in a meadow", "on the grass", "in a green field"),
    "sea": ("on the sea", "at sea", "on the water"),
    "mountains": ("in the mountains", "in front of mountains", "below mountain tops"),
    "sunset": ("at sunset", "in the evening sun", "under an evening sky"),
    "studio": ("on a plain background", "in a studio", "on an empty background"),
}

RELATIONS: dict[str, tuple[str, ...]] = {
    "next to": ("next to", "beside"),
    "above": ("above", "over"),
    "below": ("below", "under"),
    "in front of": ("in front of",),
}
