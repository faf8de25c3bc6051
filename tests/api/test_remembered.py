"""Answers about whole galleries, kept until they change."""

from __future__ import annotations

from dataclasses import replace

from api.remembered import Remembered
from search.domain.gallery import Gallery

GALLERY = Gallery(1, "default", "epoch", 7, 0, None, None)


def test_answer_is_made_once_for_each_state_of_a_gallery() -> None:
    made: list[int] = []
    remembered = Remembered()

    def get(gallery: Gallery) -> int:
        return remembered.get(gallery, ("tags",), lambda: _count(made))

    assert [get(GALLERY), get(GALLERY)] == [1, 1]
    changed = replace(GALLERY, revision=GALLERY.revision + 1)
    assert [get(changed), get(changed)] == [2, 2]


def _count(made: list[int]) -> int:
    made.append(1)
    return len(made)


def test_answers_of_earlier_revisions_are_let_go() -> None:
    remembered = Remembered()
    other = replace(GALLERY, id=GALLERY.id + 1)
    remembered.get(other, ("tags",), lambda: "other")
    for step in range(20):
        gallery = replace(GALLERY, revision=GALLERY.revision + step)
        remembered.get(gallery, ("tags",), lambda: "tags")
        remembered.get(gallery, ("keys",), lambda: "keys")
    assert len(remembered) == 3
