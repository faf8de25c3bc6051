"""What a gallery itself offers to be measured by: its items' labels, and its own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from search.domain.arrays import IdArray
from search.domain.gallery import Gallery
from search.domain.item import ItemRecord, ItemState
from search.evaluation.labelled import LabelledPicture, LabelledSet
from search.loading import joined
from search.ports.catalogue import Snapshot

LabelsOf = Callable[[ItemRecord], tuple[str, ...]]

N_WORDS = 200
_PAGE = 1000
_CAPTION_ITEMS = 2_000

EVERYDAY_TEXTS = tuple(
    f"a photo of {thing}"
    for thing in (
        "a dog", "a cat", "a car", "a tree", "a house", "a child", "people at a table", "food",
        "a beach", "mountains", "snow", "a city street at night", "flowers", "a bicycle", "a boat",
        "a cake", "a shoe", "a bag", "a bird", "the sea", "a sunset", "a room", "a train", "text",
    )
)  # fmt: skip
"""Asked beside a gallery's own words, which may be few."""


def tags_of(item: ItemRecord) -> tuple[str, ...]:
    """An item's tags as its labels."""
    return item.tags


def attribute_of(key: str) -> LabelsOf:
    """An item's value of one attribute as its label, where it has one."""

    def labels_of(item: ItemRecord) -> tuple[str, ...]:
        value = item.attributes.get(key)
        return (value.text.strip(),) if value is not None and value.text.strip() else ()

    return labels_of


def labelled_items(
    snapshot: Snapshot, gallery: Gallery, space_id: str, dim: int, labels_of: LabelsOf
) -> LabelledSet:
    """The live items that have labels and an embedding in the space, by id."""
    pictures = {
        item.id: LabelledPicture(item.uri, labels)
        for item in _live_items(snapshot, gallery.id)
        if (labels := labels_of(item))
    }
    wanted = np.array(sorted(pictures), np.int64)
    rows = joined(
        (
            type(block)(block.view_ids[kept], block.item_ids[kept], block.vectors[kept])
            for block in snapshot.view_rows(gallery.id, space_id)
            for kept in [np.isin(block.item_ids, wanted)]
        ),
        dim,
    )
    item_ids, starts = np.unique(rows.item_ids, return_index=True)
    vectors = rows.vectors.astype(np.float32)
    return LabelledSet(
        tuple(pictures[item_id] for item_id in item_ids.tolist()),
        vectors,
        starts.astype(np.int64),
    )


def own_texts(snapshot: Snapshot, gallery: Gallery, n: int = N_WORDS) -> list[str]:
    """Texts that people may ask of this gallery: its tags, titles spread over it, and some
    everyday ones; each once."""
    tags = [f"a photo of {name}" for name, _ in snapshot.tags(gallery.id)[: n // 2]]
    titles = [item.title for item in _live_items(snapshot, gallery.id) if item.title.strip()]
    if titles:
        chosen = np.unique(np.linspace(0, len(titles) - 1, n // 2).astype(int))
        titles = [titles[i] for i in chosen]
    return list(dict.fromkeys([*tags, *titles, *EVERYDAY_TEXTS]))[:n]


def captions_of(snapshot: Snapshot, gallery: Gallery, item_ids: IdArray, n: int) -> list[str]:
    """Up to n texts that describe live items among these, spread over them: their attributes
    `caption` and `captions`, and their titles; each once."""
    chosen = item_ids[np.unique(np.linspace(0, len(item_ids) - 1, _CAPTION_ITEMS).astype(int))]
    found: dict[str, None] = {}
    for item in snapshot.items(gallery.id, np.unique(chosen).tolist()):
        if item.state is ItemState.LIVE:
            said = [item.attributes.get(key) for key in ("caption", "captions")]
            texts = [value.text for value in said if value is not None] or [item.title]
            found.update(dict.fromkeys(text.strip() for text in texts if text.strip()))
    captions = list(found)
    if len(captions) <= n:
        return captions
    return [captions[at] for at in np.linspace(0, len(captions) - 1, n).astype(int)]


def _live_items(snapshot: Snapshot, gallery_id: int) -> Iterator[ItemRecord]:
    last = 0
    while page := snapshot.list_items(gallery_id, state=ItemState.LIVE, after_id=last, limit=_PAGE):
        yield from page
        last = page[-1].id
