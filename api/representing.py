"""Items and hits as the service shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

from api.pictures.previews import FORMAT_VERSION
from api.schemas.items import AttributeBody, GuessBody, ItemBody, ViewBody
from api.schemas.search import HitBody, Images
from search.domain.category import ItemGuess
from search.domain.item import ItemRecord, ViewRecord, ViewState
from search.domain.query import Hit
from search.filters.parser import DATE_KEY


class Representing:
    """Shows one gallery to one caller.

    Args:
        paths: show absolute paths; without, names of files only.
        originals: give addresses of originals.
    """

    def __init__(self, gallery: str, *, paths: bool, originals: bool) -> None:
        self._base = f"/v1/galleries/{quote(gallery, safe='')}/items"
        self._paths = paths
        self._originals = originals

    def hit(self, hit: Hit) -> HitBody:
        item = hit.item
        view = _view(item, hit.view_id)
        taken_at = item.attributes.get(DATE_KEY)
        return HitBody(
            item=item.id,
            view=hit.view_id,
            kind=item.kind.value,
            title=clean(item.title),
            uri=self._uri(view.uri if view else item.uri),
            score=hit.score,
            relevance=hit.relevance,
            width=view.width if view else 0,
            height=view.height if view else 0,
            taken_at=clean(taken_at.text) if taken_at else None,
            tags=[clean(tag) for tag in item.tags],
            categories=[clean(one.path) for one in item.categories],
            images=self.images(item.id, hit.view_id),
        )

    def item(self, item: ItemRecord, guesses: Sequence[ItemGuess] = ()) -> ItemBody:
        return ItemBody(
            item=item.id,
            kind=item.kind.value,
            state=item.state.value,
            title=clean(item.title),
            uri=self._uri(item.uri),
            revision=item.revision,
            tags=[clean(tag) for tag in item.tags],
            categories=[clean(one.path) for one in item.categories],
            guesses=[_guess(one, item) for one in guesses],
            attributes={
                clean(key): AttributeBody(text=clean(value.text), number=_finite(value.number))
                for key, value in sorted(item.attributes.items())
            },
            views=[self._view(item.id, v) for v in item.views if v.state is not ViewState.RETIRED],
        )

    def images(self, item_id: int, view_id: int) -> Images:
        """Addresses that name the view and how its smaller pictures are made, so that what they
        give never changes."""
        base = f"{self._base}/{item_id}/image?view={view_id}"
        return Images(
            thumb=f"{base}&made={FORMAT_VERSION}&size=thumb",
            preview=f"{base}&made={FORMAT_VERSION}&size=preview",
            original=f"{base}&size=original" if self._originals else None,
        )

    def _view(self, item_id: int, view: ViewRecord) -> ViewBody:
        return ViewBody(
            view=view.id,
            uri=self._uri(view.uri),
            width=view.width,
            height=view.height,
            sha256=view.content_hash,
            state=view.state.value,
            images=self.images(item_id, view.id),
        )

    def _uri(self, uri: str) -> str:
        return clean(uri if self._paths else PurePath(uri).name)


def clean(text: str) -> str:
    """Text that JSON in UTF-8 can carry: file names may hold bytes that are none."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _view(item: ItemRecord, view_id: int) -> ViewRecord | None:
    return next((view for view in item.views if view.id == view_id), None)


def _guess(guess: ItemGuess, item: ItemRecord) -> GuessBody:
    has = {(one.taxonomy, one.path) for one in item.categories}
    return GuessBody(
        taxonomy=clean(guess.taxonomy),
        category=clean(guess.path),
        probability=guess.probability,
        assigned=guess.assigned,
        verdict=guess.verdict,
        effective=(guess.taxonomy, guess.path) in has,
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
