"""`python hub_client.py ADDRESS PICTURE`: what `huggingface_hub`'s client understood, as JSON.

A process of its own, since the tests run with the library set to be offline.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError


def ask(address: str, picture: bytes) -> dict[str, Any]:
    client = InferenceClient(model=address, token="hf_anything")
    pair = ["cat", "dog"]
    asked = {
        "classified": client.image_classification(picture),
        "few": client.image_classification(picture, top_k=2, function_to_apply="sigmoid"),
        "zero_shot": client.zero_shot_image_classification(picture, candidate_labels=pair),
        "worded": client.zero_shot_image_classification(
            picture, candidate_labels=pair, hypothesis_template="A drawing of {}."
        ),
    }
    answer: dict[str, Any] = {
        name: [{"label": one.label, "score": one.score} for one in found]
        for name, found in asked.items()
    }
    try:
        client.image_classification(b"junk")
    except HfHubHTTPError as error:
        answer["refusal"] = str(error)
    return answer


if __name__ == "__main__":
    sys.stdout.write(json.dumps(ask(sys.argv[1], Path(sys.argv[2]).read_bytes())))
