"""Whatever is done to a gallery, a searcher answers as a plain search of everything would."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from search.adapters.faiss import FaissIndexBuilder
from search.domain.item import AttributeValue, ItemState
from search.domain.query import Answer, Query, TextTerm
from search.filters.ast import And, Filter, HasAttribute, HasTag, Not, NumberWithin, Or
from tests.retrieval.scenes import NEW, OLD, Scene, found, picture

names = st.sampled_from(["cat", "dog", "car", "bird", "house"])
pictures = st.lists(names, min_size=1, max_size=3)
conditions: st.SearchStrategy[Filter | None] = st.none() | st.sampled_from(
    [
        HasTag("pet"),
        Not(HasTag("pet")),
        HasAttribute("price"),
        NumberWithin("price", 2.0, 4.0),
        Or((HasTag("pet"), NumberWithin("price", None, 1.0))),
        And(()),
        Or(()),
    ]
)


class GalleryMachine(RuleBasedStateMachine):
    """Changes, folds and switches of model, in any order, under one long-lived searcher."""

    folder: Path

    @initialize(shown=st.lists(pictures, min_size=3, max_size=8), folded=st.booleans())
    def open(self, shown: list[list[str]], folded: bool) -> None:
        self.scene = Scene(self.folder / secrets.token_hex(8), FaissIndexBuilder())
        self.searcher = self.scene.searcher()
        self.item_ids = [self.scene.add(*names) for names in shown]
        if folded:
            self.scene.fold()

    @rule(shown=pictures, price=st.none() | st.integers(0, 5))
    def add(self, shown: list[str], price: int | None) -> None:
        attributes = {} if price is None else {"price": AttributeValue(str(price), float(price))}
        self.item_ids.append(self.scene.add(*shown, attributes=attributes))

    @rule(data=st.data(), shown=pictures)
    def change_pixels(self, data: st.DataObject, shown: list[str]) -> None:
        item = data.draw(st.sampled_from(self.item_ids))
        self.scene.catalogue.replace_views(item, [picture(name) for name in shown])

    @rule(data=st.data(), state=st.sampled_from(ItemState))
    def hide_or_show(self, data: st.DataObject, state: ItemState) -> None:
        self.scene.catalogue.set_state(data.draw(st.sampled_from(self.item_ids)), state)

    @rule(data=st.data())
    def tag(self, data: st.DataObject) -> None:
        self.scene.catalogue.tag(data.draw(st.sampled_from(self.item_ids)), "pet")

    @rule()
    def fold(self) -> None:
        active = self.scene.catalogue.contents.gallery.active_space_id
        self.scene.fold(OLD.space if active == OLD.space.id else NEW.space)

    @rule(embedder=st.sampled_from([OLD, NEW]))
    def switch(self, embedder: type(OLD)) -> None:  # type: ignore[valid-type]
        self.scene.catalogue.change_space(embedder.space)
        self.searcher.answer(Query((TextTerm("cat"),)))
        assert self.searcher.wait_for_switch(30)

    @rule(words=names, where=conditions, limit=st.integers(1, 8), offset=st.integers(0, 8))
    def ask(self, words: str, where: Filter | None, limit: int, offset: int) -> None:
        self._check(Query((TextTerm(words),), where, limit, offset), words)

    @invariant()
    def everything_is_answered_exactly(self) -> None:
        self._check(Query((TextTerm("cat"),), limit=100), "cat")

    def _check(self, query: Query, words: str) -> None:
        answer = self.searcher.answer(query)
        gallery = self.scene.catalogue.contents.gallery
        embedder = OLD if gallery.active_space_id == OLD.space.id else NEW
        direction = embedder.embed_texts([words])[0]
        assert found(answer) == self.scene.brute_force(query, direction)
        assert (answer.space_id, answer.revision) == (embedder.space.id, gallery.revision)
        assert judged_by_none(answer) == judged_by_none(self.scene.searcher().answer(query))


def judged_by_none(answer: Answer) -> Answer:
    """Without relevance: its sample is drawn again only when a tenth of the gallery changed."""
    return replace(answer, hits=tuple(replace(hit, relevance=None) for hit in answer.hits))


def test_any_history_answers_as_a_search_of_everything(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    GalleryMachine.folder = tmp_path_factory.mktemp("machines")
    run_state_machine_as_test(
        GalleryMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
