"""Labelled pictures: from files, judged, and looked for."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from indexer.labelled import compute, read_labelled
from search.domain.space import Preprocessing
from search.errors import NotFoundError, UsageError
from search.evaluation.judging import confused_pairs, judge
from search.evaluation.labelled import LabelledPicture, LabelledSet, class_names, truth_table
from search.evaluation.retrieving import (
    captions_to_photos,
    labels_to_photos,
    photos_to_captions,
    photos_to_photos,
)
from search.settings import Settings
from tests.support.galleries import draw


def named(*labels: str) -> list[LabelledPicture]:
    return [LabelledPicture(f"/{i}.jpg", (label,)) for i, label in enumerate(labels)]


def test_a_folder_gives_each_picture_the_name_of_its_first_folder(tmp_path: Path) -> None:
    draw(tmp_path / "sea_horse/deep/a.png", 1)
    draw(tmp_path / "cat/b.png", 2)
    draw(tmp_path / "loose.png", 3)
    found = read_labelled(tmp_path)
    assert {Path(p.uri).name: p.labels for p in found.pictures} == {
        "a.png": ("sea_horse",),
        "b.png": ("cat",),
    }
    assert class_names(found.pictures) == ["cat", "sea horse"]
    assert [Path(one.uri).name for one in found.skipped] == ["loose.png"]


def test_csv_and_jsonl_say_the_same_and_name_their_bad_rows(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,label,caption\na.png,cat,a cat\na.png,pet,\nb.png,,\n,dog,\n")
    lines = tmp_path / "labels.jsonl"
    lines.write_text(
        json.dumps({"image": "a.png", "labels": ["cat", "pet"], "captions": ["a cat"]})
        + '\n{"image": "b.png"}\n{"label": "dog"}\nnonsense\n[1]\n'
    )
    expected = [LabelledPicture(str(tmp_path / "a.png"), ("cat", "pet"), ("a cat",))]
    assert read_labelled(table).pictures == read_labelled(lines).pictures == expected
    assert [one.uri for one in read_labelled(table).skipped] == ["labels.csv:4", "labels.csv:5"]
    assert len(read_labelled(lines).skipped) == 4


def test_what_holds_no_labels_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_labelled(tmp_path / "none")
    with pytest.raises(UsageError, match="no labelled picture"):
        read_labelled(tmp_path)
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(UsageError, match="neither"):
        read_labelled(tmp_path / "x.txt")


def test_pictures_are_computed_in_their_order_and_bad_ones_are_named(tmp_path: Path) -> None:
    """The seam of closed-set classifiers: any function of pixels."""
    paths = [draw(tmp_path / f"{i}.png", i) for i in range(5)]
    paths[2].write_bytes(b"no picture")
    half = (0.5, 0.5, 0.5)
    cut = Preprocessing(16, 16, "shortest", "bicubic", half, half)
    uris = [str(path) for path in paths]
    settings = Settings(decode_workers=1)
    made = compute(settings, cut, uris, lambda pixels: pixels.reshape(len(pixels), -1)[:, :3] / 1)
    assert made.rows.tolist() == [0, 1, 3, 4]
    assert made.values.shape == (4, 3)
    assert [one.uri for one in made.skipped] == [uris[2]]
    alone = compute(settings, cut, uris[3:4], lambda p: p.reshape(len(p), -1)[:, :3] / 1)
    assert (made.values[2] == alone.values[0]).all()


def test_a_set_keeps_the_views_of_each_picture_together() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    both = LabelledSet(tuple(named("a", "b")), vectors, np.array([0, 2]))
    assert both.scores(np.array([[0, 1]], np.float32)).tolist() == [[1, 0]]
    assert both.mean_vectors().tolist() == [[0.5, 0.5], [1, 0]]
    assert np.linalg.norm(both.directions(), axis=1) == pytest.approx([1, 1])
    only = both.only([1])
    assert (only.vectors.tolist(), only.starts.tolist()) == ([[1, 0]], [0])
    assert only.pictures[0].labels == ("b",)


def test_labels_meet_classes_whatever_their_case_and_underscores() -> None:
    table = truth_table(named("Sea_Horse", "dog"), ["cat", "sea horse"])
    assert table.tolist() == [[False, True], [False, False]]


def test_mistakes_come_surest_first_and_pairs_most_frequent_first() -> None:
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
    judged = judge(scores, named("cat", "dog", "cat", "dog"), ["cat", "dog"])
    assert [one.uri for one in judged.mistakes] == ["/1.jpg", "/3.jpg", "/2.jpg"]
    assert confused_pairs(judged) == [("dog", "cat", 2), ("cat", "dog", 1)]
    assert judged.summary["top_1"] == pytest.approx(0.25)
    assert judged.summary["top_5"] == 1
    assert json.loads(json.dumps(judged.to_dict()))["confusion"] == [[1, 1, 0], [2, 0, 0]]


def test_below_the_threshold_nothing_is_guessed() -> None:
    scores = np.array([[0.9, 0.1], [0.45, 0.55]])
    judged = judge(scores, named("cat", "cat"), ["cat", "dog"], threshold=0.6)
    assert judged.summary["answered"] == pytest.approx(0.5)
    assert judged.summary["right_of_answered"] == 1
    assert judged.confusion is not None
    assert judged.confusion.tolist() == [[1, 0, 1], [0, 0, 0]]


def test_several_labels_a_picture_are_judged_by_threshold() -> None:
    pictures = [LabelledPicture("/0.jpg", ("cat", "dog")), LabelledPicture("/1.jpg", ("dog",))]
    judged = judge(np.array([[0.8, 0.6], [0.7, 0.2]]), pictures, ["cat", "dog"])
    assert judged.multi_label
    assert judged.threshold == 0.5
    assert judged.confusion is None
    assert judged.by_class.precision.tolist() == [0.5, 1]
    assert judged.by_class.recall.tolist() == [1, 0.5]


def test_perfect_vectors_find_everything_first_in_all_four_ways() -> None:
    pictures = [
        LabelledPicture(f"/{i}.jpg", (f"l{i // 2}",), (f"caption {i}", f"again {i}"))
        for i in range(6)
    ]
    by_label = np.repeat(np.eye(3, dtype=np.float32), 2, axis=0)
    photos = LabelledSet.of(pictures, np.eye(6, dtype=np.float32))
    captions = np.repeat(np.eye(6, dtype=np.float32), 2, axis=0)
    assert captions_to_photos(photos, captions).summary["recall@1"] == 1
    both = photos_to_captions(photos, captions).summary
    assert (both["recall@1"], both["recall@5"], both["success@1"]) == (0.5, 1, 1)
    classes = class_names(pictures)
    truth = truth_table(pictures, classes)
    grouped = LabelledSet.of(pictures, by_label)
    asked = labels_to_photos(grouped, classes, np.eye(3, dtype=np.float32), truth)
    assert asked.summary["mAP"] == asked.summary["R-precision"] == 1
    alike = photos_to_photos(grouped, truth)
    assert (alike.summary["recall@1"], alike.n_queries, alike.failures) == (1, 6, ())


def test_a_photo_does_not_find_itself_and_lonely_labels_do_not_count() -> None:
    photos = LabelledSet.of(named("a", "a", "b"), np.eye(3, dtype=np.float32))
    found = photos_to_photos(photos, truth_table(photos.pictures, ["a", "b"]))
    assert found.n_queries == 2
    assert found.summary["recall@1"] == 0  # A tie with the stranger does not flatter.


def test_failures_name_the_query_the_wanted_and_the_first_hits() -> None:
    pictures = [LabelledPicture(f"/{i}.jpg", (), (f"caption {i}",)) for i in range(3)]
    photos = LabelledSet.of(pictures, np.eye(3, dtype=np.float32))
    wrong = np.eye(3, dtype=np.float32)[[1, 1, 2]]
    (failure,) = captions_to_photos(photos, wrong).failures
    assert (failure.text, failure.wanted, failure.got[0]) == ("caption 0", ("/0.jpg",), "/1.jpg")
    assert failure.rank == 3
