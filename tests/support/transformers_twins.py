"""The same random weights as an open_clip model and as one of transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.models import SMALL_VIT, described_checkpoint, random_tensors

SIGLIP: dict[str, Any] = {
    "embed_dim": 768,
    "init_logit_bias": -1,
    "custom_text": True,
    "vision_cfg": {
        "image_size": 256,
        "timm_model_name": "vit_base_patch32_siglip_256",
        "timm_pool": "map",
        "timm_proj": "none",
    },
    "text_cfg": {
        "context_length": 64,
        "vocab_size": 512,
        "hf_tokenizer_name": "beside/the-weights",
        "tokenizer_kwargs": {"clean": "canonicalize"},
        "width": 64,
        "heads": 2,
        "layers": 2,
        "no_causal_mask": True,
        "proj_bias": True,
        "pool_type": "last",
    },
}
"""SigLIP with its own image tower and a small text tower."""

Twin = tuple[str, Any]
"""A spec that our loader opens, and a pipeline of transformers for the same weights."""


def clip_twin(folder: Path) -> Twin:
    """A small CLIP in both."""
    from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, pipeline

    path = described_checkpoint(folder, SMALL_VIT)
    vision, text = SMALL_VIT["vision_cfg"], SMALL_VIT["text_cfg"]
    config = CLIPConfig(
        projection_dim=SMALL_VIT["embed_dim"],
        vision_config={
            "image_size": vision["image_size"],
            "patch_size": vision["patch_size"],
            "hidden_size": vision["width"],
            "intermediate_size": 4 * vision["width"],
            "num_hidden_layers": vision["layers"],
            "num_attention_heads": vision["width"] // vision["head_width"],
            "projection_dim": SMALL_VIT["embed_dim"],
            "hidden_act": "gelu",
        },
        text_config={
            "vocab_size": text["vocab_size"],
            "max_position_embeddings": text["context_length"],
            "hidden_size": text["width"],
            "intermediate_size": 4 * text["width"],
            "num_hidden_layers": text["layers"],
            "num_attention_heads": text["heads"],
            "projection_dim": SMALL_VIT["embed_dim"],
            "hidden_act": "gelu",
            "bos_token_id": 49406,
            "eos_token_id": 49407,
            "pad_token_id": 49407,
        },
    )
    model = CLIPModel(config).eval()
    model.load_state_dict(_clip_names(random_tensors(SMALL_VIT, 0)), strict=True)
    size = vision["image_size"]
    processor = CLIPImageProcessorPil(
        size={"shortest_edge": size}, crop_size={"height": size, "width": size}
    )
    found = pipeline(
        "zero-shot-image-classification",
        model=model,
        tokenizer=_clip_tokenizer(),
        image_processor=processor,
        device="cpu",
    )
    return f"twin@{path}", found


def _clip_tokenizer() -> Any:
    """open_clip's vocabulary as a tokenizer of transformers."""
    import open_clip
    from transformers import CLIPTokenizer

    own = open_clip.SimpleTokenizer()
    merges = [pair for pair, _ in sorted(own.bpe_ranks.items(), key=lambda one: one[1])]
    vocabulary = {
        token.replace("<start_of_text>", "<|startoftext|>").replace(
            "<end_of_text>", "<|endoftext|>"
        ): number
        for token, number in own.encoder.items()
    }
    return CLIPTokenizer(vocab=vocabulary, merges=merges)


def siglip_twin(folder: Path) -> Twin:
    """A SigLIP in both, its tokenizer beside the weights."""
    from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel, pipeline

    squash = {"resize_mode": "squash", "mean": [0.5] * 3, "std": [0.5] * 3}
    path = described_checkpoint(folder, SIGLIP, preprocessing=squash)
    text = SIGLIP["text_cfg"]
    config = SiglipConfig(
        vision_config={
            "image_size": 256,
            "patch_size": 32,
            "hidden_size": 768,
            "intermediate_size": 3072,
            "num_hidden_layers": 12,
            "num_attention_heads": 12,
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-6,
        },
        text_config={
            "vocab_size": text["vocab_size"],
            "max_position_embeddings": text["context_length"],
            "hidden_size": text["width"],
            "intermediate_size": 4 * text["width"],
            "num_hidden_layers": text["layers"],
            "num_attention_heads": text["heads"],
            "projection_size": SIGLIP["embed_dim"],
            "hidden_act": "gelu",
            "layer_norm_eps": 1e-5,
        },
    )
    model = SiglipModel(config).eval()
    model.load_state_dict(_siglip_names(random_tensors(SIGLIP, 0)), strict=True)
    _words(lower=False).save_pretrained(str(folder))
    processor = SiglipImageProcessorPil(size={"height": 256, "width": 256}, resample=3)
    found = pipeline(
        "zero-shot-image-classification",
        model=model,
        tokenizer=_words(lower=True),
        image_processor=processor,
        device="cpu",
    )
    return f"twin@{path}", found


def _words(*, lower: bool) -> Any:
    """A tokenizer with a number for every letter of the alphabet and some words.

    Args:
        lower: clean the text itself, as SigLIP's own does; open_clip does that outside.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = [chr(number) for number in range(ord("a"), ord("z") + 1)]
    known = ["<pad>", "<eos>", "<unk>", *letters, *[f"##{one}" for one in letters]]
    tokenizer = Tokenizer(
        models.WordPiece({word: number for number, word in enumerate(known)}, unk_token="<unk>")
    )
    if lower:
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Lowercase(), normalizers.Replace(Regex(r"[[:punct:]]"), "")]
        )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="<eos>",
        unk_token="<unk>",
        model_input_names=["input_ids"],
    )


_RESBLOCK = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "attn.out_proj": "self_attn.out_proj",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
}
_BLOCK = {
    "norm1": "layer_norm1",
    "norm2": "layer_norm2",
    "attn.proj": "self_attn.out_proj",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}


def _layers(tensors: dict[str, Any], ours: str, theirs: str, names: dict[str, str]) -> Any:
    """The tensors of a stack of layers under the names of transformers."""
    found = {}
    for key, tensor in tensors.items():
        if not key.startswith(ours):
            continue
        number, _, part = key.removeprefix(ours).partition(".")
        stem, _, kind = part.replace("in_proj_", "qkv.").rpartition(".")
        to = f"{theirs}{number}."
        if stem in ("attn.qkv", "attn.in_proj"):
            for name, third in zip("qkv", tensor.chunk(3), strict=True):
                found[f"{to}self_attn.{name}_proj.{kind}"] = third.contiguous()
        else:
            found[f"{to}{names[stem]}.{kind}"] = tensor
    return found


def _clip_names(tensors: dict[str, Any]) -> dict[str, Any]:
    """Names of open_clip's CLIP to those of `CLIPModel`."""
    single = {
        "visual.class_embedding": "vision_model.embeddings.class_embedding",
        "visual.positional_embedding": "vision_model.embeddings.position_embedding.weight",
        "visual.conv1.weight": "vision_model.embeddings.patch_embedding.weight",
        "visual.ln_pre.weight": "vision_model.pre_layrnorm.weight",
        "visual.ln_pre.bias": "vision_model.pre_layrnorm.bias",
        "visual.ln_post.weight": "vision_model.post_layernorm.weight",
        "visual.ln_post.bias": "vision_model.post_layernorm.bias",
        "positional_embedding": "text_model.embeddings.position_embedding.weight",
        "token_embedding.weight": "text_model.embeddings.token_embedding.weight",
        "ln_final.weight": "text_model.final_layer_norm.weight",
        "ln_final.bias": "text_model.final_layer_norm.bias",
        "logit_scale": "logit_scale",
    }
    return {
        **{theirs: tensors[ours] for ours, theirs in single.items()},
        "visual_projection.weight": tensors["visual.proj"].T.contiguous(),
        "text_projection.weight": tensors["text_projection"].T.contiguous(),
        **_layers(
            tensors, "visual.transformer.resblocks.", "vision_model.encoder.layers.", _RESBLOCK
        ),
        **_layers(tensors, "transformer.resblocks.", "text_model.encoder.layers.", _RESBLOCK),
    }


def _siglip_names(tensors: dict[str, Any]) -> dict[str, Any]:
    """Names of open_clip's SigLIP, whose image tower is timm's, to those of `SiglipModel`."""
    trunk, head = "visual.trunk.", "vision_model.head."
    single = {
        "patch_embed.proj.weight": "vision_model.embeddings.patch_embedding.weight",
        "patch_embed.proj.bias": "vision_model.embeddings.patch_embedding.bias",
        "norm.weight": "vision_model.post_layernorm.weight",
        "norm.bias": "vision_model.post_layernorm.bias",
        "attn_pool.latent": f"{head}probe",
        "attn_pool.proj.weight": f"{head}attention.out_proj.weight",
        "attn_pool.proj.bias": f"{head}attention.out_proj.bias",
        "attn_pool.norm.weight": f"{head}layernorm.weight",
        "attn_pool.norm.bias": f"{head}layernorm.bias",
    }
    for layer in ("fc1", "fc2"):
        for kind in ("weight", "bias"):
            single[f"attn_pool.mlp.{layer}.{kind}"] = f"{head}mlp.{layer}.{kind}"
    words = {
        "token_embedding.weight": "embeddings.token_embedding.weight",
        "positional_embedding": "embeddings.position_embedding.weight",
        "ln_final.weight": "final_layer_norm.weight",
        "ln_final.bias": "final_layer_norm.bias",
        "text_projection.weight": "head.weight",
        "text_projection.bias": "head.bias",
    }
    import torch

    found = {theirs: tensors[f"{trunk}{ours}"] for ours, theirs in single.items()}
    found["vision_model.embeddings.position_embedding.weight"] = tensors[f"{trunk}pos_embed"][0]
    for kind in ("weight", "bias"):
        parts = [tensors[f"{trunk}attn_pool.{part}.{kind}"] for part in ("q", "kv")]
        found[f"{head}attention.in_proj_{kind}"] = torch.cat(parts)
    found |= {f"text_model.{theirs}": tensors[f"text.{ours}"] for ours, theirs in words.items()}
    found |= _layers(tensors, f"{trunk}blocks.", "vision_model.encoder.layers.", _BLOCK)
    found |= _layers(
        tensors, "text.transformer.resblocks.", "text_model.encoder.layers.", _RESBLOCK
    )
    scale = {name: tensors[name].reshape(1) for name in ("logit_scale", "logit_bias")}
    return {**found, **scale}
