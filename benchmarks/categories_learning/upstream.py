"""Photos of the two sets that training never had at all, from checkouts of their repositories.

    git clone https://github.com/marcusklasson/GroceryStoreDataset
    git clone https://github.com/alexeygrigorev/clothing-dataset

Few photos are kept out of training, and the fewer there are, the more chance alone makes of a
calibration error; these are added to them.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from training import splits
from training.photos import Photo


def more_groceries(checkouts: Path) -> list[Photo]:
    """The grocery set's own test photos; none without its checkout."""
    root = checkouts / "GroceryStoreDataset" / "dataset"
    if not root.is_dir():
        return []
    with (root / "classes.csv").open(encoding="utf-8") as lines:
        rows = [list(row.values()) for row in csv.DictReader(lines)]
    names = {row[1]: (row[0], row[2]) for row in rows}
    found = []
    for line in (root / "test.txt").read_text("utf-8").splitlines():
        image, fine, _ = (part.strip() for part in line.split(","))
        label, coarse = names[fine]
        found.append(Photo(root / image, "grocery", label, (), is_test=True, coarse=coarse))
    return found


def more_clothing(checkouts: Path, data: Path) -> list[tuple[Photo, str]]:
    """Garments that `data` leaves out, by people of whom no photo was trained on, with the person;
    none without the checkout."""
    root = checkouts / "clothing-dataset"
    if not root.is_dir():
        return []
    lines = (data / "clothing.jsonl").read_text("utf-8").splitlines()
    known = {Path(json.loads(line)["image"]).stem for line in lines}
    with (root / "images.csv").open(encoding="utf-8") as rows:
        return [
            (
                Photo(
                    root / "images" / f"{row['image']}.jpg",
                    "clothing",
                    row["label"],
                    (),
                    is_test=True,
                ),
                row["sender_id"],
            )
            for row in csv.DictReader(rows)
            if row["image"] not in known and splits.is_clothing_test(row["sender_id"])
        ]
