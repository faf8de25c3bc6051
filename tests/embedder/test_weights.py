"""Finding, checking and identifying weights."""

from __future__ import annotations

import json
import os
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import load_file

from search.adapters.openclip import open_embedder
from search.adapters.openclip.digest import weights_digest
from search.adapters.openclip.embedder import OpenClipEmbedder
from search.adapters.openclip.specs import FileSpec, HubSpec, TagSpec
from search.adapters.openclip.weights import locate
from search.errors import ModelUnavailableError, NotFoundError, UsageError
from tests.support.models import SMALL_VIT, described_checkpoint

DEFAULT = TagSpec("ViT-B-32-256", "datacomp_s34b_b86k")
REPOSITORY = "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the Hugging Face Hub."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def in_cache(cache: Path, repository: str, name: str, content: bytes = b"weights") -> Path:
    """A file as the Hub's client leaves it after a download."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    commit = "0" * 40
    path = folder / "snapshots" / commit / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)
    return path


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("spec", [DEFAULT, HubSpec("someone/model")])
def test_weights_that_cannot_be_had_are_one_sentence_that_names_tiny(
    spec: TagSpec | HubSpec, offline: bool, cache: Path
) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        locate(spec, offline=offline)
    assert "`--model tiny`" in caught.value.message
    assert "network" in caught.value.message
    assert caught.value.message.count(". ") == 0
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("name", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
def test_weights_at_hand_need_no_network(name: str, offline: bool, cache: Path) -> None:
    path = in_cache(cache, REPOSITORY, name)
    assert locate(DEFAULT, offline=offline).checkpoint == path


def test_a_download_that_broke_off_is_not_taken_for_the_whole(cache: Path) -> None:
    in_cache(cache, REPOSITORY, "README.md")
    blobs = cache / f"models--{REPOSITORY.replace('/', '--')}" / "blobs"
    blobs.mkdir()
    (blobs / ("ab" * 32 + ".incomplete")).write_bytes(b"half")
    with pytest.raises(ModelUnavailableError):
        locate(DEFAULT, offline=False)


def test_a_repository_at_hand_opens_without_network(cache: Path, tmp_path: Path) -> None:
    made = described_checkpoint(tmp_path / "made", SMALL_VIT)
    for path in (made, made.parent / "open_clip_config.json"):
        in_cache(cache, "someone/small", path.name, path.read_bytes())
    embedder = open_embedder("hf-hub:someone/small", device="cpu", precision="float32")
    assert embedder.space.spec == "hf-hub:someone/small"
    assert embedder.space.architecture == "small"
    assert embedder.embed_texts(["word"]).shape == (1, 32)


def test_weights_trained_with_openais_gelu_get_it(cache: Path) -> None:
    in_cache(cache, "timm/vit_base_patch32_clip_224.openai", "open_clip_model.safetensors")
    assert locate(TagSpec("ViT-B-32", "openai"), offline=True).config["quick_gelu"] is True


def test_an_unknown_tag_is_answered_with_the_closest() -> None:
    with pytest.raises(UsageError, match="no weights tagged") as caught:
        locate(TagSpec("ViT-B-32", "laion2b_s34b_b79"), offline=True)
    assert "ViT-B-32/laion2b_s34b_b79k" in caught.value.hint


def test_a_checkpoint_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no checkpoint .*x\.pt"):
        locate(FileSpec("ViT-B-32", tmp_path / "x.pt"), offline=True)


def test_the_space_remembers_an_absolute_path(
    checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = checkpoints["vit"]
    monkeypatch.chdir(checkpoint.parent)
    embedder = open_embedder(f"mine@{checkpoint.name}", device="cpu", precision="float32")
    assert embedder.space.spec == f"mine@{checkpoint}"


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("damage", ["truncated", "text", "empty", "other"])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, suffix: str, damage: str) -> None:
    checkpoint = described_checkpoint(tmp_path, SMALL_VIT, filename=f"m{suffix}")
    content = checkpoint.read_bytes()
    if damage == "other":
        config = json.loads((tmp_path / "open_clip_config.json").read_text())
        config["model_cfg"]["text_cfg"]["width"] = 64
        (tmp_path / "open_clip_config.json").write_text(json.dumps(config))
    else:
        broken = {"truncated": content[: len(content) // 2], "text": b"<html>", "empty": b""}
        checkpoint.write_bytes(broken[damage])
    with pytest.raises(ModelUnavailableError, match="does not hold weights of this") as caught:
        open_embedder(f"m@{checkpoint}", device="cpu")
    assert str(checkpoint) in caught.value.message


@pytest.mark.parametrize(
    "described", ["", "[]", "{}", '{"model_cfg": 3}', '{"model_cfg": {"embed_dim": 4}}']
)
def test_a_configuration_that_makes_no_sense_is_named(tmp_path: Path, described: str) -> None:
    checkpoint = described_checkpoint(tmp_path, SMALL_VIT)
    (tmp_path / "open_clip_config.json").write_text(described)
    with pytest.raises(UsageError):
        open_embedder(f"m@{checkpoint}", device="cpu")


def test_a_configuration_that_open_clip_cannot_build_is_named(tmp_path: Path) -> None:
    checkpoint = described_checkpoint(tmp_path, SMALL_VIT)
    config = {**SMALL_VIT, "vision_cfg": {**SMALL_VIT["vision_cfg"], "warp_drive": 9}}
    (tmp_path / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    with pytest.raises(UsageError, match="warp_drive") as caught:
        open_embedder(f"m@{checkpoint}", device="cpu")
    assert "newer open_clip_torch" in caught.value.hint


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "ran"),)

    checkpoint = described_checkpoint(tmp_path, SMALL_VIT, filename="m.pt")
    torch.save({"visual.proj": Command()}, checkpoint)
    with pytest.raises(ModelUnavailableError):
        open_embedder(f"m@{checkpoint}", device="cpu")
    assert not (tmp_path / "ran").exists()


def test_the_same_tensors_are_one_space_in_any_file(
    vit: OpenClipEmbedder, checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    pickled = described_checkpoint(tmp_path, SMALL_VIT, filename="m.pt")
    wrapped = tmp_path / "wrapped.pt"
    torch.save({"state_dict": load_file(checkpoints["vit"]), "epoch": 9}, wrapped)
    for path in (pickled, wrapped):
        space = open_embedder(f"small-vit@{path}", device="cpu", precision="float32").space
        assert space.weights_digest == vit.space.weights_digest
        assert space.id == vit.space.id


def test_the_precision_that_a_model_runs_in_is_no_part_of_its_space(
    vit: OpenClipEmbedder, checkpoints: dict[str, Path]
) -> None:
    reduced = open_embedder(f"small-vit@{checkpoints['vit']}", device="cpu", precision="bfloat16")
    assert reduced.space == vit.space


def test_other_weights_are_another_space(vit: OpenClipEmbedder, tmp_path: Path) -> None:
    other = described_checkpoint(tmp_path, SMALL_VIT, seed=1)
    space = open_embedder(f"small-vit@{other}", device="cpu", precision="float32").space
    assert space.id != vit.space.id


def test_the_digest_sees_every_name_dtype_shape_value_and_the_gelu() -> None:
    plain = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}
    digest = weights_digest(plain)
    assert digest == weights_digest(dict(reversed(plain.items())))
    strided = {**plain, "a": torch.arange(6.0).reshape(2, 3).t().contiguous().t()}
    assert digest == weights_digest(strided)
    others = [
        {"a": plain["a"], "c": plain["b"]},
        {"a": plain["a"].reshape(3, 2), "b": plain["b"]},
        {"a": plain["a"].double(), "b": plain["b"]},
        {"a": plain["a"], "b": torch.tensor([1.0, -1.0])},
        {"a": plain["a"].bfloat16(), "b": plain["b"]},
        {"a": plain["a"]},
    ]
    digests = {weights_digest(tensors) for tensors in others}
    assert len(digests | {digest, weights_digest(plain, quick_gelu=True)}) == len(others) + 2
    assert weights_digest({"scalar": torch.tensor(1.0), "none": torch.empty(0, 3)})
