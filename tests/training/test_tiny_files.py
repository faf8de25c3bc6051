"""The files of the embedded model that ship with the program."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from search.adapters.openclip import tiny

FOLDER = Path(tiny.__file__).parent
LIMIT_BYTES = 20 * 2**20

pytestmark = pytest.mark.skipif(
    not (FOLDER / tiny.WEIGHTS_NAME).is_file(), reason="the weights are not here"
)


def _header() -> dict[str, Any]:
    with (FOLDER / tiny.WEIGHTS_NAME).open("rb") as weights:
        (length,) = struct.unpack("<Q", weights.read(8))
        header: dict[str, Any] = json.loads(weights.read(length))
    return header


def test_all_files_together_stay_within_twenty_megabytes() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= LIMIT_BYTES


def test_the_weights_are_half_precision_and_carry_their_terms() -> None:
    header = _header()
    metadata = header.pop("__metadata__")

    assert "non-commercial" in metadata["terms"]
    assert {entry["dtype"] for entry in header.values()} <= {"F16", "I64"}


def test_an_image_tower_of_two_to_six_million_parameters() -> None:
    n_parameters = 0
    for name, entry in _header().items():
        if name.startswith("visual.") and "running_" not in name and "num_batches" not in name:
            size = 1
            for length in entry["shape"]:
                size *= length
            n_parameters += size

    assert 2_000_000 <= n_parameters <= 6_000_000


def test_the_config_names_paths_of_this_installation() -> None:
    config, weights, vocabulary = tiny.tiny_model_config()

    assert weights.is_file()
    assert config["model_cfg"]["text_cfg"]["tokenizer_kwargs"]["bpe_path"] == str(vocabulary)
    assert 128 <= config["model_cfg"]["vision_cfg"]["image_size"] <= 160


def test_asking_for_the_config_loads_neither_torch_nor_open_clip() -> None:
    script = (
        "import sys; from search.adapters.openclip.tiny import tiny_model_config; "
        "tiny_model_config(); print(sorted({'torch', 'open_clip', 'timm'} & set(sys.modules)))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    assert printed.strip() == "[]"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_plain_open_clip_loads_it_and_tells_colours_apart() -> None:
    pytest.importorskip("open_clip")
    from PIL import Image

    from benchmarks.tiny.towers import Tiny

    model = Tiny()
    colours = {"red": (220, 30, 30), "green": (40, 170, 60), "blue": (40, 70, 210)}
    pictures = [Image.new("RGB", (160, 160), rgb) for rgb in colours.values()]
    images = model.images([lambda picture=picture: picture for picture in pictures])
    texts = model.texts([f"a plain {name} thing" for name in colours])

    assert images.shape == texts.shape == (3, 256)
    assert abs((images**2).sum(1) - 1).max() < 1e-4
    assert ((texts @ images.T).argmax(1) == range(3)).sum() >= 2
