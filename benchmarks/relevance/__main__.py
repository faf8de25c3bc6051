"""Print how well relevance and the raw cosine tell found from not there; fit its constants."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.relevance import tables
from benchmarks.relevance.cases import SIZES, Cases, Tests
from benchmarks.relevance.clip import ClipTests
from benchmarks.relevance.cost import cost
from benchmarks.relevance.fitting import fitted, relevance_of
from benchmarks.relevance.photos import Encoded
from search.adapters.openclip.tiny import tiny_model_config
from search.relevance import constants
from search.relevance.constants import Constants, ModelConstants, constants_of

_FIGURES = Path(__file__).parent / "figures.json"
_CONSTANTS = Path(constants.__file__).with_name("constants.json")
_SOURCE = (
    "python -m benchmarks.relevance --fit: Flickr8k captions, labels and words with and without "
    "their photos, absent animals and gibberish; `default` with real CLIP vectors besides"
)
TEXT_PAIRS = {
    "captions: photo there or not": ("caption", ("caption, its photo out",)),
    "captions: anything alike or not": ("caption", ("caption, all alike out",)),
    "captions: among other things": ("caption", ("caption, other gallery",)),
    "captions, absent things": ("caption", ("absent",)),
    "captions, gibberish": ("caption", ("gibberish",)),
    "labels: photos there or not": ("label", ("label, its photos out",)),
    "labels, absent things": ("label", ("absent",)),
    "nouns: photos there or not": ("noun", ("noun, its photos out",)),
    "nouns, absent things": ("noun", ("absent",)),
    "nouns, gibberish": ("noun", ("gibberish",)),
    "captions, not there at all": ("caption", ("caption, other gallery", "absent", "gibberish")),
}
MINUS_PAIRS = {
    "captions minus words": ("caption, minus words", ("caption, other gallery, minus words",))
}
PICTURE_PAIRS = {
    "altered copy: photo there or not": ("copy", ("copy, its photo out",)),
    "picture: its label there or not": ("picture of a label", ("picture, its label out",)),
    "picture and words: the same": (
        "picture and words of a label",
        ("picture and words, its label out",),
    ),
}
CLIP_PAIRS = {
    "class names: photos there or not": ("class name", ("class name, its photos out",)),
    "class names, of nothing there": ("class name", ("class name of nothing there",)),
}


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and keep the figures; with --fit, write the constants first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, default=Path("build/relevance"))
    parser.add_argument("--fit", action="store_true", help="fit and write the constants first")
    parser.add_argument("--crowd", type=int, default=100_000, help="vectors of the largest gallery")
    parser.add_argument("--out", type=Path, default=_FIGURES)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "flickr8k.jsonl").is_file():
        sys.exit(f"No photos under {chosen.data}: pass --data.")
    _, weights, _ = tiny_model_config(None)
    tests = Tests(Encoded(Path(weights), chosen.data, chosen.cache), chosen.data)
    whole, by_size = tests.words(), {size: tests.words(size) for size in SIZES}
    words = Cases.joined([whole, *by_size.values()])
    whole_pictures = Cases.joined([tests.pictures(), tests.copies()])
    pictures = Cases.joined([whole_pictures, *[tests.copies(size) for size in SIZES]])
    clip = ClipTests(chosen.data)
    names = clip.names()
    if chosen.fit:
        _write_constants(words, pictures, names)
        print(_CONSTANTS.read_text(encoding="utf-8"), flush=True)
    own, others = constants_of("tiny"), constants_of("any other")
    figures: dict[str, Any] = {
        "photos in the gallery": tests.n_photos,
        "words, tiny": _measured(whole, own.text, TEXT_PAIRS),
        "words minus words, tiny": _measured(tests.words_minus_words(), own.text, MINUS_PAIRS),
        "pictures, tiny": _measured(whole_pictures, own.picture, PICTURE_PAIRS),
        "pictures and words, tiny": _measured(
            tests.pictures(with_words=True), own.of(2 / 3), PICTURE_PAIRS
        ),
        "words by size of the gallery, tiny": [
            {"photos": size, **row}
            for size in SIZES
            for row in _measured(by_size[size], own.text, TEXT_PAIRS)["pairs"]
            if row["queries"] == "captions, not there at all"
        ],
        "class names, real CLIP vectors": _measured(names, others.text, CLIP_PAIRS),
        "wrong found among many, CLIP-like vectors": _crowded(clip, others.text, chosen.crowd),
        "cost": cost(),
    }
    _show(figures)
    chosen.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _write_constants(words: Cases, pictures: Cases, names: Cases) -> None:
    text, picture = _fit(words), _fit(pictures)
    models = {
        "tiny": ModelConstants(text, picture),
        constants.DEFAULT: ModelConstants(_fit(Cases.joined([words, names])), picture),
    }
    _CONSTANTS.write_text(constants.as_json(models, _SOURCE), encoding="utf-8")
    constants.forget()


def _fit(cases: Cases) -> Constants:
    known = cases.only(cases.to_fit & (cases.answered >= 0))
    return fitted(known.standing, known.answered == 1, known.kinds)


def _measured(
    cases: Cases, fitted_to: Constants, pairs: dict[str, tuple[str, tuple[str, ...]]]
) -> dict[str, Any]:
    held = cases.only(~cases.to_fit)
    own = relevance_of(held.standing, fitted_to)
    chosen = [
        (name, held.kinds == there, np.isin(held.kinds, gone))
        for name, (there, gone) in pairs.items()
        if (held.kinds == there).any()
    ]
    known = held.answered >= 0
    truth, groups = held.answered[known] == 1, held.kinds[known]
    return {
        "pairs": tables.comparison(chosen, held.standing.cosine, own),
        "reliability": tables.reliability(own[known], truth, groups),
        "calibration error": round(tables.calibration_error(own[known], truth, groups), 3),
    }


def _crowded(clip: ClipTests, fitted_to: Constants, most: int) -> list[dict[str, Any]]:
    rows = []
    for n_views in (n for n in (1_000, 10_000, 100_000, 1_000_000) if n <= most):
        cases = clip.crowded(n_views)
        own = relevance_of(cases.standing, fitted_to)
        rows.append(
            {
                "views": n_views,
                "deviations above": round(float(cases.standing.above(fitted_to.near).mean()), 3),
                "wrong found": round(float((own >= 0.5).mean()), 3),
            }
        )
    return rows


def _show(figures: dict[str, Any]) -> None:
    for name, found in figures.items():
        print(f"\n{name}")
        if isinstance(found, list):
            print(tables.text_of(found))
        elif isinstance(found, dict) and "pairs" in found:
            print(tables.text_of(found["pairs"]))
            print(f"reliability, calibration error {found['calibration error']:.3f}")
            print(tables.text_of(found["reliability"]))
        else:
            print(found)


if __name__ == "__main__":
    main()
