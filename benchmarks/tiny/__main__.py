"""Print every figure of the model card: `python -m benchmarks.tiny --data ../shared/data`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks.tiny import bound, tasks
from benchmarks.tiny.speed import speed
from benchmarks.tiny.towers import TeacherEye, Tiny
from benchmarks.tiny.words import PASS_AREA, check_unseen_words
from training.allocator import keep_freed_memory
from training.photos import read_photos, read_products
from training.prompts import imagenet_names, label_texts
from training.scenes import sample_scenes

_FIGURES = Path(__file__).parent / "figures.json"
_LOAD = """
import time; began = time.perf_counter()
from benchmarks.tiny.towers import Tiny
imported = time.perf_counter() - began
print(imported, Tiny().load_s)
"""


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and write the same figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiny", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=None, help="a folder instead of the shipped")
    parser.add_argument("--run", type=Path, default=Path("build/tiny"), help="for the anchors")
    parser.add_argument("--every", type=int, default=1, help="of a label's photos, only each Nth")
    parser.add_argument("--out", type=Path, default=_FIGURES)
    chosen = parser.parse_args(arguments)
    if not (chosen.data / "flickr8k.jsonl").is_file():
        sys.exit(f"No photos under {chosen.data}: pass --data.")
    keep_freed_memory()
    figures: dict[str, Any] = {}
    for name, found in measure(chosen.data, chosen.model, chosen.run, chosen.every):
        figures[name] = found
        _show({name: found})
        chosen.out.write_text(json.dumps(_rounded(figures), indent=2) + "\n", encoding="utf-8")


def measure(
    data: Path, folder: Path | None, run: Path, every: int = 1
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every group of figures by name, as soon as it is known."""
    tiny = Tiny(folder)
    yield "drawn scenes, unseen combinations", tasks.drawn_scenes(tiny)
    encoded = tasks.Encoded(tiny, TeacherEye(data), data, every)
    yield f"Flickr8k, {len(encoded.of('flickr8k')[0]):,} photos", tasks.flickr(encoded)
    yield "Caltech", tasks.caltech(encoded)
    words = check_unseen_words(encoded, _read_in_training(data))
    yield (
        "unseen words",
        {
            "checks": len(words),
            "passed": sum(word.passed for word in words),
            "area by word": {word.word: word.area for word in words},
            "area to pass": PASS_AREA,
        },
    )
    yield "grocery", tasks.grocery(encoded)
    yield "clothing", tasks.clothing(encoded)
    yield "speed", {"threads": torch.get_num_threads(), **speed(tiny)}
    yield "load", _load_times() if folder is None else {"load, s": tiny.load_s}
    yield "the teachers' features through the anchors", bound.teacher_bound(encoded, run)


def _read_in_training(data: Path) -> list[str]:
    photos = [photo for photo in read_photos(data) if not photo.is_test]
    texts = [caption for photo in photos for caption in photo.captions]
    for label in {photo.label for photo in photos} | {photo.coarse for photo in photos}:
        texts += label_texts(label)
    texts += [product.description for product in read_products(data)] + imagenet_names()
    return texts + [c for scene in sample_scenes(2000, 0, "train") for c in scene.captions]


def _load_times() -> dict[str, float]:
    """In a fresh process: seconds to import torch and open_clip, then to load the model."""
    result = subprocess.run(
        [sys.executable, "-c", _LOAD], check=True, capture_output=True, text=True
    )
    imported, loaded = result.stdout.split()[-2:]
    return {"import of torch and open_clip, s": float(imported), "load, s": float(loaded)}


def _show(figures: dict[str, Any], depth: int = 0) -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{'  ' * depth}{name}", flush=True)
            _show(value, depth + 1)
        else:
            shown = f"{value:.3f}" if isinstance(value, float) else value
            print(f"{'  ' * depth}{name:<46} {shown}")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return round(value, 4) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
