"""Networks that are rewritten to be faster embed as open_clip's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from open_clip.transformer import QuickGELU
from torch import nn

from search.adapters.openclip.activation import in_one_pass
from search.adapters.openclip.attention import SelfAttention, plainly_attending
from search.adapters.openclip.pooling import PooledBlock, pooling_early
from search.adapters.openclip.shortening import ShortReader, shortened
from search.adapters.openclip.towers import ImageTower, TextTower, split
from search.domain.space import Preprocessing

CONTEXT, VOCABULARY = 40, 100
END = VOCABULARY - 1
HALF = (0.5, 0.5, 0.5)
SEEN = Preprocessing(32, 32, "squash", "bicubic", HALF, HALF)


def _towers(
    vision: dict[str, Any] | None = None, *, quick_gelu: bool = False, **text: Any
) -> tuple[ImageTower, TextTower]:
    torch.manual_seed(5)
    sizes = {"layers": 2, "width": 64, "head_width": 16, "patch_size": 8, "image_size": 32}
    pictures = CLIPVisionCfg(**sizes, **(vision or {}))
    words = CLIPTextCfg(CONTEXT, VOCABULARY, width=48, heads=3, layers=2, **text)
    model = CLIP(32, pictures, words, quick_gelu=quick_gelu)
    for part in model.modules():  # Fresh biases are zero, which hides mistakes.
        if isinstance(part, nn.MultiheadAttention):
            nn.init.normal_(part.in_proj_bias)
            nn.init.normal_(part.out_proj.bias)
    return split(model.eval(), SEEN)


def _tokens(*lengths: int) -> torch.Tensor:
    """Texts of so many tokens, the end among them."""
    rows = torch.zeros(len(lengths), CONTEXT, dtype=torch.int64)
    for row, length in zip(rows, lengths, strict=True):
        row[: length - 1] = torch.randint(1, END, (length - 1,))
        row[length - 1] = END
    return rows


def _n_of(kind: type[nn.Module], network: nn.Module) -> int:
    return sum(isinstance(part, kind) for part in network.modules())


def test_towers_attend_the_same_in_fewer_passes() -> None:
    image, text = _towers()
    pixels = torch.randint(0, 256, (3, 32, 32, 3), dtype=torch.uint8)
    tokens = _tokens(5, CONTEXT, 17)
    for tower, probe in ((image, pixels), (text, tokens)):
        made = plainly_attending(tower, probe)
        with torch.inference_mode():
            torch.testing.assert_close(made(probe), tower(probe), rtol=0, atol=1e-6)
        assert (_n_of(SelfAttention, made), _n_of(SelfAttention, tower)) == (2, 0)


def test_openais_activation_becomes_one_that_takes_one_pass() -> None:
    image, text = _towers(quick_gelu=True)
    pixels = torch.randint(0, 256, (3, 32, 32, 3), dtype=torch.uint8)
    tokens = _tokens(5, CONTEXT, 17)
    for tower, probe in ((image, pixels), (text, tokens)):
        made = in_one_pass(tower, probe)
        with torch.inference_mode():
            torch.testing.assert_close(made(probe), tower(probe), rtol=0, atol=1e-6)
        assert (_n_of(nn.SiLU, made), _n_of(QuickGELU, tower)) == (2, 2)
    other = _towers()[0]
    assert in_one_pass(other, pixels) is other


@pytest.mark.parametrize("pool", [{"pool_type": "argmax"}, {"pool_type": "eos", "eos_id": END}])
def test_short_texts_are_read_to_their_end(pool: dict[str, Any]) -> None:
    text = _towers(**pool)[1]
    made = shortened(plainly_attending(text, _tokens(3, 9)), _tokens(3, 9))
    assert isinstance(made.model, ShortReader)
    read: list[int] = []
    made.model.before_last[0].register_forward_pre_hook(
        lambda _, given: read.append(given[0].shape[1])
    )
    with torch.inference_mode():
        for lengths in ((3,), (8, 2), (9, 4), (CONTEXT, 3)):
            tokens = _tokens(*lengths)
            got = made(made.trimmed(tokens))
            n_read = read[-1]
            torch.testing.assert_close(got, text(tokens), rtol=0, atol=1e-6)
            assert n_read == -(-max(lengths) // 8) * 8


def test_texts_whose_end_sees_what_follows_are_read_whole() -> None:
    for other in ({"no_causal_mask": True}, {"pool_type": "last"}):
        text = plainly_attending(_towers(**other)[1], _tokens(3, 9))
        assert shortened(text, _tokens(3, 9)) is text


def test_texts_are_read_whole_where_the_last_block_attends_in_a_way_of_its_own() -> None:
    text = _towers()[1]
    assert shortened(text, _tokens(3, 9)) is text


def test_the_last_block_computes_the_first_token_alone() -> None:
    image = _towers()[0]
    pixels = torch.randint(0, 256, (3, 32, 32, 3), dtype=torch.uint8)
    attending = plainly_attending(image, pixels)
    made = pooling_early(attending, pixels)
    computed: list[int] = []
    last = made.visual.transformer.resblocks[-1]
    last.block.mlp.register_forward_pre_hook(lambda _, given: computed.append(given[0].shape[1]))
    with torch.inference_mode():
        torch.testing.assert_close(made(pixels), image(pixels), rtol=0, atol=1e-6)
    assert computed == [1]
    assert _n_of(PooledBlock, attending) == 0


def test_all_tokens_are_computed_where_all_are_pooled() -> None:
    pixels = torch.randint(0, 256, (3, 32, 32, 3), dtype=torch.uint8)
    image = plainly_attending(_towers(vision={"pool_type": "avg"})[0], pixels)
    assert pooling_early(image, pixels) is image
