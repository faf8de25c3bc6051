"""The albums of an invented family: what each shows, where, when and with which camera."""

from dataclasses import dataclass, field
from datetime import date

from training.sample_gallery.cameras import EOS_R6, IPHONE_13, PIXEL_8, X100V, Camera
from training.scenes import Scene, SecondObject


@dataclass(frozen=True)
class Album:
    """A folder of photos taken on one occasion, or about one subject.

    `places` and `things` are space- or comma-separated words of `training.scenes`; a place named
    twice is seen twice as often. `position` is latitude and longitude in degrees.
    """

    folder: str
    n_photos: int
    places: str
    things: str
    first_day: date
    n_days: int
    utc_offset: str
    cameras: tuple[Camera, ...]
    keywords: tuple[str, ...]
    position: tuple[float, float] | None = None
    planted: dict[str, Scene] = field(default_factory=dict)
    """Photos that golden queries look for, by name."""


def _scene(
    words: str, place: str, *, count: int = 1, pattern: str = "plain", second: str = ""
) -> Scene:
    """A scene from `colour object` words; `second` is `relation: colour object`."""
    colour, thing = words.split(" ", 1)
    other = None
    if second:
        relation, named = second.split(": ")
        other_colour, other_thing = named.split(" ", 1)
        other = SecondObject(other_thing, other_colour, relation)
    return Scene(thing, colour, pattern, count, place, seed=0, second=other)


ALBUMS: tuple[Album, ...] = (
    Album(
        "2023/beach holiday",
        28,
        "beach beach beach sea sunset",
        "umbrella, ball, boat, ice cream, kite, fish, bird, turtle, hat, bag, lighthouse, star",
        date(2023, 7, 15),
        10,
        "+02:00",
        (X100V, IPHONE_13),
        ("holiday", "summer"),
        (39.55, 2.70),
        {
            "yellow umbrella": _scene("yellow umbrella", "beach"),
            "blue striped ball": _scene("blue ball", "beach", pattern="striped"),
            "sailing": _scene("red boat", "sea"),
            "two sailing": _scene("white boat", "sea", count=2),
            "pink ice cream": _scene("pink ice cream", "beach"),
            "evening lighthouse": _scene("white lighthouse", "sunset"),
        },
    ),
    Album(
        "2023/winter in the mountains",
        22,
        "snow snow mountains",
        "snowman, house, hat, sock, rabbit, owl, train, tree, cup, tent, dog",
        date(2023, 12, 27),
        7,
        "+01:00",
        (IPHONE_13,),
        ("winter", "family"),
        (46.60, 7.90),
        {
            "snowman": _scene("white snowman", "snow"),
            "winter train": _scene("green train", "mountains"),
            "snowy house": _scene("red house", "snow"),
        },
    ),
    Album(
        "2024/city walks",
        28,
        "city",
        "bus, car, bicycle, train, truck, house, umbrella, bag, bird, clock, balloon, shoe",
        date(2024, 4, 6),
        40,
        "+01:00",
        (X100V,),
        ("street", "weekend"),
        (51.51, -0.12),
        {
            "red bus": _scene("red bus", "city"),
            "red car in town": _scene("red car", "city"),
            "yellow umbrella in town": _scene("yellow umbrella", "city"),
            "bicycle": _scene("turquoise bicycle", "city"),
        },
    ),
    Album(
        "2024/birthday",
        22,
        "room room meadow",
        "cake, cupcake, balloon, teddy bear, robot, ball, heart, candle, kite, hat, book",
        date(2024, 5, 5),
        1,
        "+02:00",
        (IPHONE_13, PIXEL_8),
        ("party", "birthday", "family"),
        None,
        {
            "three red balloons": _scene("red balloon", "room", count=3),
            "blue balloons": _scene("blue balloon", "room", count=3),
            "pink cake": _scene("pink cake", "room"),
            "teddy": _scene("brown teddy bear", "room", second="next to: green robot"),
            "dotted cupcakes": _scene("orange cupcake", "room", count=2, pattern="dotted"),
        },
    ),
    Album(
        "2024/autumn forest",
        22,
        "forest forest forest meadow",
        "mushroom, tree, owl, rabbit, snail, bird, tent, turtle, butterfly, apple, bag",
        date(2024, 10, 12),
        3,
        "+02:00",
        (EOS_R6,),
        ("hiking", "autumn"),
        (48.50, 8.20),
        {
            "four red mushrooms": _scene("red mushroom", "forest", count=4),
            "brown owl": _scene("brown owl", "forest"),
            "orange tree": _scene("orange tree", "meadow"),
        },
    ),
    Album(
        "2025/desert trip",
        20,
        "desert desert desert sunset",
        "cactus, tent, truck, car, rocket, elephant, sun, airplane, hat, guitar, balloon",
        date(2025, 2, 20),
        8,
        "-07:00",
        (PIXEL_8,),
        ("road trip",),
        (36.90, -111.40),
        {
            "green cactus": _scene("green cactus", "desert"),
            "grey elephant": _scene("grey elephant", "desert"),
            "blue tent": _scene("blue tent", "desert"),
            "red car abroad": _scene("red car", "desert"),
        },
    ),
    Album(
        "2025/on the sea",
        14,
        "sea sea sunset",
        "boat, lighthouse, fish, bird, duck, airplane, windmill",
        date(2025, 6, 14),
        6,
        "+02:00",
        (EOS_R6, PIXEL_8),
        ("sailing", "summer"),
        (54.40, 11.00),
        {"yellow ducks": _scene("yellow duck", "sea", count=3)},
    ),
    Album(
        "pets",
        30,
        "room room meadow snow studio",
        "cat, dog, rabbit, fish, bird, turtle, duck",
        date(2022, 3, 1),
        1200,
        "+01:00",
        (IPHONE_13, PIXEL_8),
        ("pets",),
        None,
        {
            "black cat in the snow": _scene("black cat", "snow"),
            "black cat indoors": _scene("black cat", "room"),
            "orange cat": _scene("orange cat", "room", pattern="striped"),
            "dog with ball": _scene("brown dog", "meadow", second="next to: red ball"),
            "two white rabbits": _scene("white rabbit", "meadow", count=2),
            "goldfish": _scene("orange fish", "studio"),
        },
    ),
    Album(
        "garden",
        20,
        "meadow",
        "flower, butterfly, snail, tree, mushroom, bird, chair, table, apple",
        date(2024, 5, 11),
        90,
        "+02:00",
        (X100V, PIXEL_8),
        ("garden", "spring"),
        None,
        {
            "purple butterfly": _scene("purple butterfly", "meadow"),
            "five pink flowers": _scene("pink flower", "meadow", count=5),
            "white chair": _scene("white chair", "meadow"),
        },
    ),
    Album(
        "kitchen",
        20,
        "room studio",
        "cup, teapot, apple, banana, pear, cherry, strawberry, cake, cupcake, vase",
        date(2024, 1, 8),
        400,
        "+01:00",
        (PIXEL_8,),
        ("food", "home"),
        None,
        {
            "turquoise teapot": _scene("turquoise teapot", "room"),
            "bananas": _scene("yellow banana", "studio", count=3),
            "red apples": _scene("red apple", "studio", count=4),
            "green pear": _scene("green pear", "room"),
        },
    ),
    Album(
        "home",
        18,
        "room",
        "chair, table, lamp, sofa, bed, clock, book, vase, candle, robot, key",
        date(2024, 8, 3),
        300,
        "+02:00",
        (PIXEL_8,),
        ("home", "interior"),
        None,
        {
            "green sofa": _scene("green sofa", "room"),
            "yellow lamp": _scene("yellow lamp", "room"),
            "checked bed": _scene("blue bed", "room", pattern="checked"),
        },
    ),
    Album(
        "music",
        10,
        "night room studio city",
        "guitar, drum, trumpet",
        date(2023, 11, 17),
        500,
        "+01:00",
        (EOS_R6,),
        ("concert", "music"),
        None,
        {
            "black guitar": _scene("black guitar", "studio"),
            "red drum": _scene("red drum", "night"),
        },
    ),
    Album(
        "under the stars",
        14,
        "night",
        "moon, star, rocket, owl, tent, lighthouse, castle, candle, balloon",
        date(2024, 8, 11),
        20,
        "+02:00",
        (EOS_R6,),
        ("night", "long exposure"),
        (47.10, 9.20),
        {
            "moon over house": _scene("yellow moon", "night", second="above: white house"),
            "orange tent": _scene("orange tent", "night"),
            "white rocket": _scene("white rocket", "night"),
        },
    ),
    Album(
        "castles and mills",
        12,
        "mountains meadow sunset forest",
        "castle, windmill, lighthouse, house",
        date(2023, 9, 2),
        30,
        "+02:00",
        (EOS_R6, X100V),
        ("travel", "architecture"),
        (50.20, 7.60),
        {
            "grey castle": _scene("grey castle", "mountains"),
            "red windmill": _scene("red windmill", "meadow"),
        },
    ),
    Album(
        "workshop",
        10,
        "room studio",
        "hammer, scissors, key, clock, bicycle",
        date(2025, 1, 4),
        60,
        "+01:00",
        (PIXEL_8,),
        ("diy",),
        None,
        {"keys": _scene("yellow key", "studio", count=3)},
    ),
    Album(
        "scans",
        8,
        "studio meadow sea mountains",
        "heart, sun, kite, train, house, elephant, castle, snail",
        date(2019, 1, 1),
        30,
        "",
        (),
        ("children's drawings",),
    ),
)
