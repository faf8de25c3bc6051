"""What the package transformers has to add to a model: its text tower, its tokenizer, or both."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip

from search.adapters.openclip.hub import ask_hub, from_hub
from search.adapters.openclip.weights import ModelFiles
from search.errors import MissingDependencyError, ModelUnavailableError

_CONFIG = "config.json"
_TOKENIZER_FILES = ("tokenizer_config.json", "tokenizer.json", "vocab.txt")
"""A folder with one of these holds a tokenizer."""


def require_transformers() -> None:
    """Raises MissingDependencyError unless the package transformers is installed."""
    if importlib.util.find_spec("transformers") is None:
        raise MissingDependencyError(
            "This model reads text with the package transformers, which is not installed.",
            hint="Install it with: pip install transformers sentencepiece",
        )


def tower_folder(files: ModelFiles, name: str, *, offline: bool) -> Path:
    """A folder whose `config.json` describes the text tower `name`, as transformers reads it.

    It is the folder of the weights where that has such a file, else the Hub's repository of that
    name. Of the tower only this is needed: its weights are among the model's own.

    Raises:
        ModelUnavailableError: neither at hand nor to be had.
    """
    if Path(name).is_dir():
        return Path(name)
    if files.folder is not None and _describes_text(files.folder / _CONFIG):
        return files.folder
    what = f"The settings of the text tower {name}"
    return from_hub(name, (_CONFIG,), what=what, offline=offline).parent


def _describes_text(path: Path) -> bool:
    """Whether this is about a text model: other models keep a `config.json` there, too."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("model_type") in open_clip.hf_configs.arch_dict


def open_tokenizer(
    files: ModelFiles, name: str, length: int, arguments: Mapping[str, Any], *, offline: bool
) -> open_clip.tokenizer.HFTokenizer:
    """The tokenizer beside the weights, else the Hub's of that name.

    Args:
        length: how many tokens a text is cut and padded to.
        arguments: what open_clip's configuration says of it besides.
    Raises:
        MissingDependencyError: transformers is not installed.
        ModelUnavailableError: neither at hand nor to be had.
    """
    require_transformers()
    from huggingface_hub import constants

    reason: Exception | None = None
    for source, local in _sources(files, name, offline=offline):
        try:
            if not local:
                _reach_hub(name)
            return open_clip.tokenizer.HFTokenizer(
                source,
                context_length=length,
                cache_dir=constants.HF_HUB_CACHE,
                tokenizer_mode=files.config["text_cfg"].get("tokenizer_mode"),
                local_files_only=local,
                **arguments,
            )
        except Exception as exc:  # What a connection raises depends on the client's version.
            reason = exc
    raise ModelUnavailableError(
        f"The tokenizer {name} is not on this machine and cannot be downloaded: connect this "
        "machine to the network once to fetch it, or use `--model tiny`, which ships with the "
        "program."
    ) from reason


def _sources(files: ModelFiles, name: str, *, offline: bool) -> list[tuple[str, bool]]:
    """Where the tokenizer may be, in order, and whether without the network."""
    sources = [(name, True)] if offline else [(name, True), (name, False)]
    folder = files.folder
    if folder is not None and any((folder / one).is_file() for one in _TOKENIZER_FILES):
        return [(str(folder), True), *sources]
    return sources


def _reach_hub(repository: str) -> None:
    """Raise what stands in the way of downloads; not every tokenizer has the file asked for."""
    from huggingface_hub.errors import EntryNotFoundError

    with contextlib.suppress(EntryNotFoundError):
        ask_hub(repository, _TOKENIZER_FILES[0])
