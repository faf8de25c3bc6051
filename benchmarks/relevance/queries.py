"""Queries with their answer in the gallery, and the same and others without it.

"Without" is done to the gallery: the same query is asked after what answers it has been taken out,
so that nothing but the answer's absence can tell the two apart.
"""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.photos import Photo

N_CAPTIONS = 1_000
N_GIBBERISH = 400
_SEED = 5
_STOP = """a an the of in on at with and is are to his her their its by from for up as it that into
    down over through while two three one there be being has have having who which off out next
    some other another near front behind along around across between very each them him he she
    they under above onto against about"""
# Words that captions use of nearly every photo, or of none in particular.
_COMMON = """
    man men woman women people person boy girl child children young little group black white
    red blue green yellow brown orange pink gray grey purple large small big old wearing stand
    standing sit sitting play playing run running jump jumping look looking hold holding walk
    walking ride riding smile do doing get go carry watch throw catch chasing flying climbing
    covered dancing dressed racing fishing swimming outside air back life picture four five
    several lady guy adult male female background side top middle hand face"""
_NOT_THINGS = frozenset({"background google", "not sure", "other", "skip", "faces easy"})
_LITTLE, _VAGUE = frozenset(_STOP.split()), frozenset(_COMMON.split())
_DOGS = range(151, 276)  # ImageNet's dogs, wolves and foxes
_ANIMALS = range(398)


@dataclass(frozen=True)
class Asked:
    """A query of words: which rows of the gallery are taken out before it is asked.

    Attributes:
        kind: names the row of the table.
        answered: whether its answer is (still) there; None where nobody can say.
        answers: rows that answer it.
        subject: queries of one subject fall on one side of the split.
    """

    text: str
    kind: str
    answered: bool | None
    without: tuple[int, ...]
    subject: str
    answers: tuple[int, ...] = ()


def all_queries(photos: Sequence[Photo], data: Path) -> list[Asked]:
    """Every query, in a fixed order."""
    words = [words_of(" ".join((*photo.captions, photo.label, photo.coarse))) for photo in photos]
    absent = absent_animals(data, set().union(*words))
    asked = [*captions(photos, words), *labels(photos, words), *nouns(photos, words)]
    for name in absent:
        asked += [Asked(form, "absent", False, (), name) for form in _forms(name)]
    return asked + [Asked(text, "gibberish", False, (), text) for text in gibberish(N_GIBBERISH)]


def captions(photos: Sequence[Photo], words: Sequence[set[str]]) -> Iterable[Asked]:
    """Captions with their photo, without it, and without all that are described alike."""
    every = [(caption, row) for row, photo in enumerate(photos) for caption in photo.captions]
    captioned = tuple(row for row, photo in enumerate(photos) if photo.captions)
    for caption, row in random.Random(_SEED).sample(every, min(N_CAPTIONS, len(every))):
        own = words_of(caption)
        alike = {at for at, has in enumerate(words) if own and 2 * len(own & has) >= len(own)}
        subject = photos[row].path.name
        yield Asked(caption, "caption", True, (), subject, (row,))
        yield Asked(caption, "caption, its photo out", None, (row,), subject)
        yield Asked(caption, "caption, all alike out", False, tuple(sorted(alike | {row})), subject)
        yield Asked(caption, "caption, other gallery", False, captioned, subject)


def labels(photos: Sequence[Photo], words: Sequence[set[str]]) -> Iterable[Asked]:
    """Labels of clothing and Caltech with their photos, and with all of them out."""
    for label in sorted({photo.label for photo in photos if photo.source != "grocery"} - {""}):
        name = label.replace("_", " ").lower()
        if name in _NOT_THINGS:
            continue
        own = words_of(name)
        having = [at for at, has in enumerate(words) if photos[at].label == label or own <= has]
        for form in _forms(name):
            yield Asked(form, "label", True, (), name, tuple(having))
            yield Asked(form, "label, its photos out", False, tuple(having), name)


def nouns(photos: Sequence[Photo], words: Sequence[set[str]]) -> Iterable[Asked]:
    """Words that three of five people used of at least three photos; and all such photos out."""
    agreed: Counter[str] = Counter()
    for photo in photos:
        used = Counter(word for caption in photo.captions for word in set(_plain(caption)))
        agreed.update(word for word, n in used.items() if n >= 3)
    for word in sorted(word for word, n in agreed.items() if n >= 3):
        if word in _VAGUE or stem(word) in _VAGUE:
            continue
        having = tuple(at for at, has in enumerate(words) if stem(word) in has)
        for form in _forms(word):
            yield Asked(form, "noun", True, (), word, having)
            yield Asked(form, "noun, its photos out", False, having, word)


def absent_animals(data: Path, known: set[str]) -> list[str]:
    """ImageNet's animals of which no caption or label has a word; dogs apart, being everywhere."""
    lines = (data / "teacher/imagenet_labels.txt").read_text(encoding="utf-8").splitlines()[1:]
    names = [line.split(",")[0].lower() for line in lines]
    chosen = [names[at] for at in _ANIMALS if at not in _DOGS]
    return [name for name in chosen if not words_of(name) & known]


def gibberish(n: int) -> list[str]:
    """Letters and signs without a meaning: half like words, half like a cat on the keyboard."""
    rng = random.Random(_SEED)
    signs = string.ascii_lowercase + string.digits + "!?#"
    made = []
    for at in range(n):
        if at % 2:
            lengths = [rng.randint(3, 9) for _ in range(rng.randint(1, 5))]
            letters = [rng.choices(string.ascii_lowercase, k=length) for length in lengths]
            made.append(" ".join("".join(word) for word in letters))
        else:
            made.append("".join(rng.choices(signs, k=rng.randint(4, 14))))
    return made


def words_of(text: str) -> set[str]:
    """What a text is about: its words without endings and without those that say little."""
    return {stem(word) for word in _plain(text)}


def stem(word: str) -> str:
    """A word without its ending, roughly."""
    for ending in ("ing", "es", "s", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _plain(text: str) -> list[str]:
    found = re.findall("[a-z]+", text.lower())
    return [word for word in found if len(word) > 2 and word not in _LITTLE]


def _forms(name: str) -> tuple[str, str]:
    return name, f"a photo of {'an' if name[0] in 'aeiou' else 'a'} {name}"
