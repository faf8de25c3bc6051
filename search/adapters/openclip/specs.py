"""Model specs: what a person writes to name a model, read without loading anything heavy."""

from __future__ import annotations

import difflib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from search.errors import UsageError

SPEC_FORMS = (
    "A model is `tiny`, an open_clip name and tag such as `ViT-B-32/laion2b_s34b_b79k`, "
    "`hf-hub:ORG/REPO`, or `ARCH@/path/to/checkpoint`."
)
HUB_PREFIX = "hf-hub:"
CONFIG_NAME = "open_clip_config.json"
"""The file that describes a model of one's own, beside its checkpoint; open_clip's own format."""


@dataclass(frozen=True, slots=True)
class TinySpec:
    """The model that ships with the program."""


@dataclass(frozen=True, slots=True)
class TagSpec:
    """An architecture and a tag of pretrained weights that open_clip knows."""

    architecture: str
    tag: str


@dataclass(frozen=True, slots=True)
class HubSpec:
    """A repository on the Hugging Face Hub in open_clip's format."""

    repository: str


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A checkpoint on this machine, of an architecture that open_clip knows or that
    `open_clip_config.json` in the checkpoint's folder describes."""

    architecture: str
    checkpoint: Path


ModelSpec = TinySpec | TagSpec | HubSpec | FileSpec


def parse_spec(text: str) -> ModelSpec:
    """Read a model spec.

    Raises:
        UsageError: not a spec; the hint names the forms, or the closest known architectures.
    """
    spec = text.strip()
    if spec == "tiny":
        return TinySpec()
    if spec.startswith(HUB_PREFIX):
        return _parse_hub(spec)
    if "@" in spec:
        return _parse_file(spec)
    architecture, slash, tag = spec.partition("/")
    if not (architecture and slash and tag) or "/" in tag:
        raise UsageError(f"{text!r} does not name a model.", hint=_hint_for_name(architecture))
    if architecture not in architectures():
        raise unknown_architecture(architecture)
    return TagSpec(architecture, tag)


def _parse_hub(spec: str) -> HubSpec:
    repository = spec.removeprefix(HUB_PREFIX)
    organisation, _, name = repository.partition("/")
    if not organisation or not name or "/" in name or any(c.isspace() for c in repository):
        raise UsageError(f"{spec!r} does not name a repository.", hint="Write hf-hub:ORG/REPO.")
    return HubSpec(repository)


def _parse_file(spec: str) -> FileSpec:
    architecture, _, path = spec.partition("@")
    if not architecture or not path:
        raise UsageError(
            f"{spec!r} does not name a checkpoint.", hint="Write ARCH@/path/to/checkpoint."
        )
    checkpoint = Path(path).expanduser()
    described = (checkpoint.parent / CONFIG_NAME).is_file()
    if architecture not in architectures() and not described:
        raise unknown_architecture(architecture)
    return FileSpec(architecture, checkpoint)


@cache
def architectures() -> tuple[str, ...]:
    """Names of the architectures that the installed open_clip describes, without importing it."""
    package = importlib.util.find_spec("open_clip")
    if package is None or package.origin is None:
        return ()
    folder = Path(package.origin).parent / "model_configs"
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


def unknown_architecture(name: str) -> UsageError:
    return UsageError(f"open_clip has no architecture {name!r}.", hint=_hint_for_name(name))


def unknown_tag(spec: TagSpec, known: list[str]) -> UsageError:
    """`known` are the tags that the architecture does have."""
    close = closest(spec.tag, known) or known[:5]
    hint = f"Try {listed(f'{spec.architecture}/{tag}' for tag in close)}." if close else SPEC_FORMS
    return UsageError(f"{spec.architecture} has no weights tagged {spec.tag!r}.", hint=hint)


def _hint_for_name(name: str) -> str:
    if name in architectures():
        return f"Add the weights' tag after a slash, as in {name}/openai. {SPEC_FORMS}"
    close = closest(name, ["tiny", *architectures()])
    return f"Did you mean {listed(close)}? {SPEC_FORMS}" if close else SPEC_FORMS


def closest(name: str, known: list[str]) -> list[str]:
    """Up to three known names that look like `name`, without regard to case."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    folded = difflib.get_close_matches(name.casefold(), list(by_folded), n=3, cutoff=0.6)
    return [by_folded[match] for match in folded]


def listed(names: object) -> str:
    """Names as `a, b or c`."""
    words = [str(name) for name in names]  # type: ignore[attr-defined]
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
