"""Teach the text tower where the anchors put each text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.anchors import Anchors
from training.config import TextStage
from training.loop import run_stage, set_rate, warmup_then, without_decay
from training.sampling import step_rng
from training.student import TEXT_WIDTH
from training.texts import TextBank

SIMILARITY_WEIGHT = 0.5
TEMPERATURE = 0.05


def train_text_tower(
    model: Any,
    anchors: Anchors,
    bank: TextBank,
    tokens: Tensor,
    shares: Tensor,
    stage: TextStage,
    *,
    seed: int,
    folder: Path,
) -> None:
    """Distil the anchors' text side into the model's text tower, in place.

    Args:
        tokens: int64 (n_texts, context), the bank's texts.
        shares: float64 (n_texts,), how likely each text is to be drawn; they sum to one.
    """
    parts = text_parts(model)
    parameters = nn.ModuleList([part for part in parts if isinstance(part, nn.Module)])
    loose = [part for part in parts if isinstance(part, nn.Parameter)]
    groups = without_decay([parameters], stage.weight_decay)
    groups[1]["params"] += loose
    optimiser = torch.optim.AdamW(groups, lr=stage.rate, fused=True)
    with torch.no_grad():
        targets = torch.cat(
            [anchors.text(part) for part in torch.from_numpy(bank.sentences).split(4096)]
        )

    def step(number: int) -> dict[str, float]:
        factor = warmup_then(number, warmup=stage.warmup, n_steps=stage.n_steps, decay_from=0.0)
        set_rate(optimiser, stage.rate * factor)
        rng = step_rng(seed, number)
        rows = torch.from_numpy(rng.choice(len(tokens), stage.batch, p=shares.numpy()))
        made = encode_tokens(model, tokens[rows])
        losses = text_losses(made, targets[rows])
        total = losses["cosine"] + SIMILARITY_WEIGHT * losses["similarity"]
        optimiser.zero_grad()
        total.backward()
        nn.utils.clip_grad_norm_([p for g in groups for p in g["params"]], 1.0)
        optimiser.step()
        return {key: float(value.detach()) for key, value in losses.items()}

    run_stage(
        "text",
        n_steps=stage.n_steps,
        parts={"model": model, "optimiser": optimiser},
        step=step,
        folder=folder,
        checkpoint_every=stage.checkpoint_every,
    )


def text_losses(made: Tensor, wanted: Tensor) -> dict[str, Tensor]:
    """One minus the mean cosine, and the KL between the batch's similarity structures."""
    similar = functional.kl_div(
        (made @ wanted.T / TEMPERATURE).log_softmax(-1),
        (wanted @ wanted.T / TEMPERATURE).log_softmax(-1),
        log_target=True,
        reduction="batchmean",
    )
    return {"cosine": 1 - (made * wanted).sum(-1).mean(), "similarity": similar}


def encode_tokens(model: Any, tokens: Tensor, n_chunks: int = 4) -> Tensor:
    """Unit embeddings of tokens, float32 (n, 256), without computing much of the padding.

    Texts of like length go through together. Attention is causal, so what stands after a
    text's end changes nothing.
    """
    return functional.normalize(encode_ends(model, tokens, n_chunks), dim=-1)


def encode_ends(model: Any, tokens: Tensor, n_chunks: int = 4) -> Tensor:
    """What `encode_tokens` gives, before it is brought to unit length."""
    lengths = (tokens != 0).sum(1)
    order = lengths.argsort()
    encoded = [
        _encode_trimmed(model, tokens[rows], int(lengths[rows].max()))
        for rows in order.chunk(min(n_chunks, len(order)))
    ]
    return torch.cat(encoded)[order.argsort()]


def _encode_trimmed(model: Any, tokens: Tensor, longest: int) -> Tensor:
    tokens = tokens[:, :longest]
    x = model.token_embedding(tokens) + model.positional_embedding[:longest]
    x = model.transformer(x, attn_mask=model.attn_mask[:longest, :longest])
    ends = model.ln_final(x[torch.arange(len(x)), tokens.argmax(-1)])
    return ends @ model.text_projection


def text_parts(model: Any) -> list[nn.Module | nn.Parameter]:
    """What belongs to the text tower of an open_clip CLIP model."""
    return [
        model.token_embedding,
        model.transformer,
        model.ln_final,
        model.positional_embedding,
        model.text_projection,
    ]


def start_from_sentences(model: Any, tokens: Tensor, sentences: np.ndarray) -> None:
    """Begin with token embeddings that know something of meaning.

    Each token starts at the mean of the sentence embeddings of the texts that it stands in,
    weighted towards short texts, brought down to the tower's width by PCA.
    """
    n_tokens = model.token_embedding.num_embeddings
    is_word = (tokens != 0) & (tokens < n_tokens - 2)
    share = is_word.float() / is_word.sum(1, keepdim=True).clamp(min=1) ** 2
    vectors = torch.from_numpy(np.asarray(sentences, np.float32))
    vectors = vectors - vectors.mean(0)
    total = torch.zeros(n_tokens, vectors.shape[1])
    weight = torch.zeros(n_tokens)
    for place in range(tokens.shape[1]):
        total.index_add_(0, tokens[:, place], vectors * share[:, place : place + 1])
        weight.index_add_(0, tokens[:, place], share[:, place])
    found = weight > 0
    means = total[found] / weight[found, None]
    _, _, axes = torch.linalg.svd(means - means.mean(0), full_matrices=False)
    reduced = (means - means.mean(0)) @ axes[:TEXT_WIDTH].T
    with torch.no_grad():
        model.token_embedding.weight[found] = reduced / reduced.std() * 0.05


def turn_towards(
    model: Any, anchors: Anchors, tokens: Tensor, sentences: np.ndarray, n_sample: int = 16384
) -> None:
    """Refit the projection alone, so that a trained tower fits anchors that were made anew.

    Two sets of anchors agree but for a turn of the space; least squares over `n_sample` texts
    find it.
    """
    rows = torch.from_numpy(np.unique(np.linspace(0, len(tokens) - 1, n_sample).astype(np.int64)))
    width = len(model.text_projection)
    with torch.no_grad():
        wanted = anchors.text(torch.from_numpy(np.asarray(sentences, np.float32))[rows])
        model.text_projection.copy_(torch.eye(width))
        ends = torch.cat([encode_ends(model, part) for part in tokens[rows].split(512)])
        model.text_projection.copy_(torch.linalg.lstsq(ends, wanted).solution)
