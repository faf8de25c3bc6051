"""A scene: what a drawn picture shows, and the English that describes it."""

import random
from dataclasses import dataclass

from training.scenes.words import (
    COUNT_WORDS,
    PATTERN_TAILS,
    PATTERN_WORDS,
    PLACES,
    RELATIONS,
    THINGS,
)


@dataclass(frozen=True)
class SecondObject:
    """Another object in the scene, and where the main one stands relative to it."""

    object: str
    colour: str
    relation: str


@dataclass(frozen=True)
class Scene:
    """One picture to draw: `count` objects of one kind, colour and pattern, in a place.

    `seed` fixes all that the words leave open: pose, proportions, shade, light and position.
    """

    object: str
    colour: str
    pattern: str
    count: int
    place: str
    seed: int
    second: SecondObject | None = None

    @property
    def category(self) -> str:
        """The main object's category, one of `CATEGORIES`."""
        return THINGS[self.object].category

    @property
    def combinations(self) -> tuple[tuple[str, str], ...]:
        """Every (colour, object) pair that the picture shows."""
        main = (self.colour, self.object)
        return (main, (self.second.colour, self.second.object)) if self.second else (main,)

    @property
    def full_caption(self) -> str:
        """The wording that names every attribute, `three striped red balloons on a beach`."""
        return self._described(f"{self.pattern} {self.colour}")

    @property
    def title(self) -> str:
        """The full caption as a person would put it, `plain` left unsaid."""
        return self._described(self.colour) if self.pattern == "plain" else self.full_caption

    @property
    def captions(self) -> list[str]:
        """Three to six wordings without repeats: `full_caption`, then looser ones."""
        rng = random.Random(f"{self.seed} {self.full_caption}")
        pattern = rng.choice(PATTERN_WORDS[self.pattern])
        tail = rng.choice(PATTERN_TAILS[self.pattern])
        place = rng.choice(PLACES[self.place])
        adjectives = self.colour if self.pattern == "plain" else f"{self.colour} {pattern}"
        main = _counted(self.count, adjectives, self.object)
        coloured = _counted(self.count, self.colour, self.object)
        wordings = [self.full_caption]
        if self.second is not None:
            relation = rng.choice(RELATIONS[self.second.relation])
            other = _one(self.second.colour, self.second.object)
            wordings += [f"{main} {relation} {other} {place}", f"{coloured} {relation} {other}"]
        wordings.append(f"{main} {place}")
        if self.pattern != "plain":
            wordings.append(f"{coloured} {tail} {place}")
        picture = rng.choice(("a picture of", "a drawing of", "an illustration of", "there is"))
        if picture == "there is" and self.count > 1:
            picture = "there are"
        wordings.append(f"{picture} {coloured}")
        wordings.append(f"{_counted(self.count, '', self.object)} {place}")
        return list(dict.fromkeys(wordings))[:6]

    def _described(self, adjectives: str) -> str:
        words = [_counted(self.count, adjectives, self.object)]
        if self.second is not None:
            words += [self.second.relation, _one(self.second.colour, self.second.object)]
        return " ".join([*words, PLACES[self.place][0]])


def _counted(count: int, adjectives: str, thing: str) -> str:
    if count == 1:
        return _one(adjectives, thing)
    return " ".join(w for w in (COUNT_WORDS[count], adjectives, THINGS[thing].plural) if w)


def _one(adjectives: str, thing: str) -> str:
    words = f"{adjectives} {thing}".strip()
    if thing == THINGS[thing].plural and thing == "scissors":
        return f"a pair of {words}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
