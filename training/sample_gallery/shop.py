"""A small shop: drawn products, each with two or three pictures, and its catalogue."""

import csv
import io
import json
import random
from dataclasses import dataclass

from PIL import Image

from training.scenes import THINGS
from training.scenes.compose import Spot, Stamp, draw_stamp, light
from training.scenes.paint import mix_coat
from training.scenes.places import draw_place

_BRANDS = {
    "clothing": ("Fennwick", "Osterby", "Vantella"),
    "household": ("Tallowmere", "Osterby"),
    "furniture": ("Tallowmere", "Hearth & Heron"),
    "toy": ("Pip & Bramble",),
    "instrument": ("Quillon",),
}
_PRICES = {
    "clothing": (12, 90),
    "household": (6, 60),
    "furniture": (60, 480),
    "toy": (5, 40),
    "instrument": (70, 600),
}
_RANGE = (
    "red striped shirt, blue checked shirt, white plain shirt, black plain shirt, "
    "red dotted dress, green plain dress, blue plain dress, purple checked dress, "
    "black plain hat, yellow plain hat, brown checked hat, white plain shoe, red plain shoe, "
    "blue plain shoe, black dotted shoe, brown plain bag, pink plain bag, turquoise striped bag, "
    "black plain bag, orange striped sock, grey plain sock, blue dotted cup, white plain cup, "
    "red checked cup, green plain teapot, pink dotted teapot, yellow plain vase, blue plain vase, "
    "red plain umbrella, black plain umbrella, grey plain sofa, orange plain sofa, "
    "green plain lamp, white plain lamp, blue plain chair, red plain robot, "
    "brown plain teddy bear, yellow plain ball, brown plain guitar, red plain drum"
)
_STUDIO_SHARE = 0.7
_SIZE = (320, 320)
_COLUMNS = ("sku", "title", "brand", "price", "colour", "category", "description")


@dataclass(frozen=True)
class Product:
    """One row of the catalogue; `images` are paths relative to the catalogue's folder."""

    sku: str
    title: str
    brand: str
    price: float
    colour: str
    category: str
    description: str
    images: tuple[str, ...]
    thing: str
    pattern: str


def plan_products() -> list[Product]:
    """The whole range, in the order of article numbers; always the same."""
    return [_plan_product(words, n) for n, words in enumerate(_RANGE.split(", "))]


def _plan_product(words: str, n: int) -> Product:
    rng = random.Random(f"product {words}")
    colour, pattern, thing = words.split(" ", 2)
    category = THINGS[thing].category
    sku = f"{thing[:2].upper()}-{1001 + n * 7}"
    low, high = _PRICES[category]
    brand = rng.choice(_BRANDS[category])
    look = colour if pattern == "plain" else f"{colour} {pattern}"
    n_views = rng.choice((2, 2, 3))
    return Product(
        sku=sku,
        title=f"{brand} {thing}, {look}",
        brand=brand,
        price=round(low * (high / low) ** rng.random()) - 0.05,
        colour=colour,
        category=category,
        description=f"{'An' if look[0] in 'aeiou' else 'A'} {look} {thing} by {brand}.",
        images=tuple(f"images/{sku.lower()}-{i + 1}.jpg" for i in range(n_views)),
        thing=thing,
        pattern=pattern,
    )


def draw_view(product: Product, view: str, size: tuple[int, int] = _SIZE) -> Image.Image:
    """One product picture: the same piece in every view, seen anew in each."""
    scale = 2
    article = random.Random(f"article {product.sku}")
    stance = random.Random(f"view {product.sku} {view}")
    in_use = not view.endswith("1.jpg") and stance.random() > _STUDIO_SHARE
    place = "room" if in_use else "studio"
    canvas, horizon = draw_place(place, (size[0] * scale, size[1] * scale), stance)
    spot = Spot(
        0.5 + stance.uniform(-0.06, 0.06),
        0.54 + stance.uniform(-0.04, 0.04),
        stance.uniform(0.26, 0.4),
    )
    coat = mix_coat(product.colour, article)
    stamp = Stamp(product.thing, coat, product.pattern, spot)
    draw_stamp(canvas, stamp, horizon=horizon, shape=article, stance=stance)
    light(canvas, stance)
    return canvas.reduce(scale)


def catalogue_csv(products: list[Product]) -> str:
    """The catalogue as CSV, several pictures to a row separated by semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, "images"])
    for product in products:
        writer.writerow([*_row(product).values(), ";".join(product.images)])
    return text.getvalue()


def catalogue_jsonl(products: list[Product]) -> str:
    """The same as JSON lines, the pictures of a row in a list."""
    rows = [{**_row(product), "images": list(product.images)} for product in products]
    return "".join(json.dumps(row) + "\n" for row in rows)


def _row(product: Product) -> dict[str, object]:
    return {column: getattr(product, column) for column in _COLUMNS}
