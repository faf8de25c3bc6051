"""Few texts are encoded by the thread that asks, one without Python between its operations; what
another thread does is left as it is."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from search.adapters.openclip.alone import alone
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.adapters.openclip.graphs import Recorded
from search.adapters.openclip.tracing import traced


@pytest.mark.usefixtures("four_threads")
def test_only_the_thread_that_asks_is_alone_and_only_meanwhile() -> None:
    inside, looked = threading.Event(), threading.Event()
    seen: list[int] = []

    def stay() -> None:
        with alone():
            seen.append(torch.get_num_threads())
            inside.set()
            assert looked.wait(20)
        seen.append(torch.get_num_threads())

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(20)
    assert torch.get_num_threads() == 4
    looked.set()
    thread.join(20)
    assert seen == [1, 4]


@pytest.mark.usefixtures("four_threads")
def test_few_texts_are_encoded_alone_and_many_by_all_processors(
    small: dict[str, OpenClipEmbedder], monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = small["vit"]
    run, seen = embedder._run_text, []

    def watched(tokens: torch.Tensor) -> torch.Tensor:
        seen.append((len(tokens), torch.get_num_threads()))
        return run(tokens)

    one = embedder._text.n_products(embedder._text.trimmed(embedder._tokens(["red"])))
    monkeypatch.setattr(embedder, "_run_text", watched)
    monkeypatch.setattr(embedder, "_run_one_text", watched)
    monkeypatch.setattr("search.adapters.openclip.embedder.FEW_PRODUCTS", 4 * one)
    for n in (1, 4, 5, 16):
        embedder.embed_texts(["red"] * n)
    assert seen == [(1, 1), (4, 1), (5, 4), (16, 4)]


def test_a_text_that_is_asked_alone_is_traced_and_embeds_as_it_did(
    small: dict[str, OpenClipEmbedder],
) -> None:
    embedder = small["vit"]
    texts = ["red", "a red car", "a long street at night " * 3, "blue"]
    together = embedder.embed_texts(texts)
    for text, row in zip(texts, together, strict=True):
        for _ in range(3):
            alone_row = embedder.embed_texts([text])[0]
            np.testing.assert_allclose(alone_row, row, atol=1e-6)
    one = embedder._run_one_text
    assert isinstance(one, Recorded)
    lengths = {shape[1] for shape in one._recordings}
    assert len(lengths) > 1
    assert all(shape[0] == 1 for shape in one._recordings)


def test_a_tower_whose_course_is_not_known_is_not_traced(
    small: dict[str, OpenClipEmbedder],
) -> None:
    assert small["siglip"]._run_one_text is small["siglip"]._run_text


def test_without_traces_the_tower_runs_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def double(tokens: torch.Tensor) -> torch.Tensor:
        return 2.0 * tokens

    monkeypatch.delattr(torch.jit, "trace")
    run = Recorded(double, traced)
    for _ in range(3):
        assert run(torch.ones(1, 4)).tolist() == [[2.0] * 4]
    assert not run._recordings
