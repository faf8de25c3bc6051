"""Little work is done by the thread that asks; what another thread does is left as it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from search.adapters.openclip.alone import alone
from search.adapters.openclip.embedder import OpenClipEmbedder


@pytest.fixture
def four_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


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
    monkeypatch.setattr("search.adapters.openclip.embedder.FEW_PRODUCTS", 4 * one)
    for n in (1, 4, 5, 16):
        embedder.embed_texts(["red"] * n)
    assert seen == [(1, 1), (4, 1), (5, 4), (16, 4)]
