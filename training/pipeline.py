"""A whole run, stage by stage; each goes on where an earlier run was cut."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from training.anchors import Anchors, new_anchors, train_anchors
from training.blocks import train_blocks
from training.config import ImageStage, TrainingConfig
from training.crops import CropStore, make_crops, open_crops
from training.export import export_model, load_weights
from training.join import project_as, train_together
from training.loop import append_log
from training.photos import Photo, read_photos, read_products
from training.scenery import draw_scenes, scene_attributes
from training.scenes import Scene, sample_scenes
from training.settle import settle_texts
from training.student import CONTEXT_LENGTH, ImageTower, model_config, new_model
from training.teacher import TEACHER_FILE, Teacher
from training.text_tower import start_from_sentences, train_text_tower, turn_towards
from training.texts import TextBank, make_text_bank
from training.vocabulary import open_tokenizer, write_vocabulary

VOCABULARY_NAME = "vocabulary.txt.gz"


@dataclass(frozen=True)
class Run:
    """One run: what to do, from which data, into which folder, on which device."""

    config: TrainingConfig
    data: Path
    folder: Path
    device: torch.device

    @cached_property
    def photos(self) -> list[Photo]:
        """The photos that may be trained on."""
        photos = [p for p in read_photos(self.data, self.config.sources) if not p.is_test]
        limit = self.config.max_photos
        return photos[:: max(1, len(photos) // limit)][:limit] if limit else photos

    @cached_property
    def scenes(self) -> list[Scene]:
        """The drawn scenes that may be trained on."""
        return sample_scenes(self.config.join.n_scenes, self.config.seed, "train")

    @cached_property
    def bank(self) -> TextBank:
        """Every text with the sentence teacher's embedding."""
        described = self.scenes[: self.config.n_described_scenes]
        products = read_products(self.data) if "grocery" in self.config.sources else []
        captions = [scene.captions for scene in described]
        return make_text_bank(
            self.photos,
            products,
            captions,
            self.folder / "sentences",
            max_words=self.config.max_words,
        )

    @cached_property
    def store(self) -> CropStore:
        """The crops with the picture teacher's view of them."""
        return open_crops(self.folder / "crops")

    @cached_property
    def teacher(self) -> Teacher:
        """The picture teacher."""
        return Teacher.from_file(self.data / TEACHER_FILE)

    @property
    def vocabulary(self) -> Path:
        """The cut vocabulary's file."""
        return self.folder / VOCABULARY_NAME

    @property
    def pictures(self) -> np.ndarray:
        """The drawn scenes' pictures."""
        return draw_scenes(len(self.scenes), self.config.seed, self.folder / "scenes.npy")

    @property
    def shown(self) -> np.ndarray:
        """The attributes of the bank's scenes."""
        return scene_attributes(self.scenes[: self.config.n_described_scenes])

    def tokens(self, texts: list[str]) -> Tensor:
        """int64 (n, context): texts through the cut vocabulary."""
        return open_tokenizer(self.vocabulary, CONTEXT_LENGTH)(texts)  # type: ignore[no-any-return]

    def new_model(self) -> Any:
        """The open_clip model with the random weights of this run's seed."""
        torch.manual_seed(self.config.seed)
        size = self.config.vocabulary_size
        return new_model(model_config(vocabulary_size=size, image_px=self.config.image_px))

    def earlier_model(self) -> Any:
        """The model that an earlier run ended with, which this one goes on from."""
        model = self.new_model()
        load_weights(model, Path(self.config.start_from))
        return model


def stages() -> dict[str, Callable[[Run], None]]:
    """All stages in the order in which they run."""
    return {
        "crops": _crops,
        "blocks": _blocks,
        "scenes": _scenes,
        "texts": _texts,
        "anchors": _anchors,
        "text": _text,
        "settle": _settle,
        "join": _join,
        "polish": _polish,
        "export": _export,
    }


def run_pipeline(run: Run, only: tuple[str, ...] = ()) -> None:
    """Run all stages, or `only` some; a stage that is done already costs seconds."""
    run.folder.mkdir(parents=True, exist_ok=True)
    for name, stage in stages().items():
        if only and name not in only:
            continue
        began = time.perf_counter()
        stage(run)
        seconds = round(time.perf_counter() - began, 1)
        append_log(run.folder, {"stage": name, "finished": True, "seconds_this_time": seconds})


def _crops(run: Run) -> None:
    def report(done: int, rows: int) -> None:
        if done % 4096 == 0 or done == rows:
            append_log(run.folder, {"stage": "crops", "done": done, "rows": rows})

    teacher_file = run.data / TEACHER_FILE
    make_crops(run.photos, teacher_file, run.folder / "crops", run.config.seed, run.device, report)


def _blocks(run: Run) -> None:
    if run.config.start_from:
        return
    train_blocks(
        ImageTower(run.new_model().visual.trunk),
        run.teacher,
        run.store,
        run.config.blocks,
        seed=run.config.seed,
        folder=run.folder,
        device=run.device,
    )


def _scenes(run: Run) -> None:
    append_log(run.folder, {"stage": "scenes", "pictures": len(run.pictures)})


def _texts(run: Run) -> None:
    write_vocabulary(run.vocabulary, run.config.vocabulary_size)
    append_log(run.folder, {"stage": "texts", "texts": len(run.bank.texts)})


def _anchors(run: Run) -> Anchors:
    torch.manual_seed(run.config.seed)
    anchors = new_anchors(run.store)
    train_anchors(
        anchors,
        run.store,
        run.bank,
        run.shown,
        np.array([bool(photo.captions) for photo in run.photos]),
        run.config.anchors,
        seed=run.config.seed,
        folder=run.folder,
    )
    return anchors


def _text(run: Run) -> Any:
    model = run.earlier_model() if run.config.start_from else run.new_model()
    tokens = run.tokens(run.bank.texts)
    anchors = _anchors(run)
    if (run.folder / "text.checkpoint.pt").exists():
        pass  # the stage goes on from there
    elif run.config.start_from:
        turn_towards(model, anchors, tokens, run.bank.sentences)
    else:
        start_from_sentences(model, tokens, run.bank.sentences)
    train_text_tower(
        model,
        anchors,
        run.bank,
        tokens,
        run.bank.shares(),
        run.config.text,
        seed=run.config.seed,
        folder=run.folder,
    )
    return model


def _join(run: Run) -> ImageTower:
    if run.config.start_from:
        tower = ImageTower(run.earlier_model().visual.trunk)
    else:
        tower = ImageTower(run.new_model().visual.trunk)
        finished = run.folder / "blocks.checkpoint.pt"
        tower.load_state_dict(torch.load(finished, weights_only=True)["parts"]["tower"])
    project_as(tower, _anchors(run))
    _together(run, tower, "join", run.config.join)
    return tower


def _polish(run: Run) -> ImageTower:
    tower = _join(run)
    _together(run, tower, "polish", run.config.polish)
    return tower


def _together(run: Run, tower: ImageTower, name: str, stage: ImageStage) -> None:
    train_together(
        tower,
        name=name,
        anchors=_anchors(run),
        teacher=run.teacher,
        store=run.store,
        bank=run.bank,
        pictures=run.pictures,
        shown=scene_attributes(run.scenes),
        stage=stage,
        seed=run.config.seed,
        folder=run.folder,
        device=run.device,
    )


def _settle(run: Run) -> Any:
    model = _text(run)
    settle_texts(
        model,
        anchors=_anchors(run),
        store=run.store,
        bank=run.bank,
        shown=scene_attributes(run.scenes),
        captions=[scene.captions for scene in run.scenes],
        tokenize=run.tokens,
        stage=run.config.settle,
        seed=run.config.seed,
        folder=run.folder,
    )
    return model


def _export(run: Run) -> None:
    model = _settle(run)
    model.visual.trunk.load_state_dict(_polish(run).trunk.state_dict())
    export_model(model, run.config, run.vocabulary, run.folder / "model")
