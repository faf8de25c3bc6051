"""How each kind of object is drawn; every function leaves the last touches to `Pen.finish`."""

from collections.abc import Callable

from training.scenes.pen import Pen
from training.scenes.things import (
    animals,
    buildings,
    clothing,
    food,
    home,
    plants,
    tools,
    toys,
    vehicles,
)
from training.scenes.words import THINGS

_ROOMS = (animals, vehicles, food, home, clothing, buildings, plants, toys, tools)


def _drawer(thing: str) -> Callable[[Pen], None]:
    name = thing.replace(" ", "_")
    found: Callable[[Pen], None] = next(
        getattr(room, name) for room in _ROOMS if hasattr(room, name)
    )
    return found


DRAWERS: dict[str, Callable[[Pen], None]] = {thing: _drawer(thing) for thing in THINGS}
"""From the word for an object to the function that draws it."""
