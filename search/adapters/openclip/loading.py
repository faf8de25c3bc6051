"""Builds an open_clip model and its tokenizer from files on this machine."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, cast

import open_clip
import torch
from safetensors import SafetensorError
from torch.overrides import TorchFunctionMode

from search.adapters.openclip.transformers_text import (
    open_tokenizer,
    require_transformers,
    tower_folder,
)
from search.adapters.openclip.weights import ModelFiles
from search.domain.space import Preprocessing
from search.errors import ModelUnavailableError, UsageError

_UNREADABLE = (
    AssertionError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    SafetensorError,
    ValueError,
    pickle.UnpicklingError,
)
"""What open_clip, torch and safetensors raise for a file that is damaged or of another model."""

Tokenizer = Callable[[Sequence[str]], torch.Tensor]
"""Cleans, encodes, cuts and pads texts: to int64, shape (n, context length)."""


def build_model(files: ModelFiles, *, offline: bool) -> torch.nn.Module:
    """The model in float32 on the CPU, with its weights, ready to embed.

    Raises:
        ModelUnavailableError: the checkpoint cannot be read, or holds another architecture; or
            what describes its text tower is neither at hand nor to be had.
        MissingDependencyError: the model needs a package that is not installed.
        UsageError: open_clip cannot build such a configuration.
    """
    config = deepcopy(dict(files.config))
    if name := config["text_cfg"].get("hf_model_name"):
        require_transformers()
        folder = tower_folder(files, str(name), offline=offline)
        config["text_cfg"] |= {"hf_model_name": str(folder), "hf_model_pretrained": False}
    model_class = _model_class(config)
    try:
        with _WithoutRandomValues():
            model = model_class(**config)
    except (TypeError, KeyError, ValueError, RuntimeError, AssertionError, OSError) as exc:
        raise UsageError(
            f"open_clip {open_clip.__version__} cannot build this model: {exc}.",
            hint="Look at its configuration; a newer open_clip_torch may know it.",
        ) from exc
    try:
        open_clip.load_checkpoint(model, str(files.checkpoint))
    except _UNREADABLE as exc:
        raise ModelUnavailableError(
            f"{files.checkpoint} does not hold weights of this architecture.",
            hint="Check that the file is whole and that the name before it is its architecture.",
        ) from exc
    return model.eval().requires_grad_(False)


def _model_class(config: dict[str, Any]) -> Callable[..., torch.nn.Module]:
    """The class that open_clip's factory would take; changes `config` as the factory does.

    The factory itself also looks for weights, on the network if need be, and writes warnings to
    the root logger, so it is not called.
    """
    vision, text = config["vision_cfg"], config["text_cfg"]
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False
    custom = config.pop("custom_text", False) or "hf_model_name" in text
    if custom and "multimodal_cfg" in config:
        return cast("Callable[..., torch.nn.Module]", open_clip.CoCa)
    chosen = open_clip.CustomTextCLIP if custom else open_clip.CLIP
    return cast("Callable[..., torch.nn.Module]", chosen)


class _WithoutRandomValues(TorchFunctionMode):
    """Leaves new parameters as they are: the checkpoint overwrites every one of them.

    Drawing the 150 million initial values of a ViT-B-32 takes longer than reading its file.
    """

    _DRAWS = frozenset(
        {
            torch.Tensor.normal_,
            torch.Tensor.uniform_,
            torch.nn.init.normal_,
            torch.nn.init.uniform_,
            torch.nn.init.trunc_normal_,
            torch.nn.init.kaiming_normal_,
            torch.nn.init.kaiming_uniform_,
            torch.nn.init.xavier_normal_,
            torch.nn.init.xavier_uniform_,
        }
    )

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if func in self._DRAWS:
            return args[0] if args else named["tensor"]
        return func(*args, **named)


def preprocessing_of(model: torch.nn.Module, files: ModelFiles) -> Preprocessing:
    """How the model wants its pictures: the weights' own wishes over open_clip's defaults."""
    defaults = open_clip.transform.PreprocessCfg()
    wishes = open_clip.transform.merge_preprocess_dict(defaults, dict(files.preprocessing))
    visual = cast(Any, model).visual
    size = getattr(visual, "image_size", None) or wishes["size"]
    height, width = (size, size) if isinstance(size, int) else (size[0], size[-1])
    shortest_oblong = wishes["resize_mode"] == "shortest" and height != width
    # There open_clip resizes with bicubic, whatever is wished.
    bilinear = wishes["interpolation"] == "bilinear" and not shortest_oblong
    return Preprocessing(
        height=int(height),
        width=int(width),
        resize_mode=wishes["resize_mode"],
        interpolation="bilinear" if bilinear else "bicubic",
        mean=_per_channel(wishes["mean"]),
        std=_per_channel(wishes["std"]),
        fill=int(wishes["fill_color"]),
    )


def _per_channel(value: float | Sequence[float]) -> tuple[float, float, float]:
    values = [value] * 3 if isinstance(value, int | float) else list(value)
    return float(values[0]), float(values[1]), float(values[2])


def build_tokenizer(files: ModelFiles, *, offline: bool) -> Tokenizer:
    """The tokenizer that the model was trained with, its cleaning and padding included.

    Raises:
        MissingDependencyError: it needs the package transformers.
        ModelUnavailableError: its files are neither at hand nor to be had.
    """
    text = files.config["text_cfg"]
    length = int(text.get("context_length") or open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH)
    arguments = dict(text.get("tokenizer_kwargs") or {})
    name = text.get("hf_tokenizer_name")
    if name:
        found = open_tokenizer(files, str(name), length, arguments, offline=offline)
        return cast(Tokenizer, found)
    vocabulary = arguments.get("bpe_path")
    if vocabulary and files.folder is not None:
        arguments["bpe_path"] = str(files.folder / vocabulary)
    return cast(Tokenizer, open_clip.SimpleTokenizer(context_length=length, **arguments))
