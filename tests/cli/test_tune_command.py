"""`sightline tune` over drawn vectors in the space of `tiny`, compared whole and by codes."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.folding import fold, lease_name
from search.adapters.faiss import FaissIndexBuilder, KindPolicy
from search.adapters.faiss.coded import CodedIndex
from search.bootstrap import background_texts, open_catalogue, open_embedder, open_generation_store
from search.domain.arrays import FloatMatrix
from search.domain.gallery import WantedRecall
from search.domain.indexing import DecodedPicture, FileSlot, FileStamp, IndexedPicture, RootKind
from search.domain.item import AttributeValue
from search.domain.space import EmbeddingSpace
from search.settings import Settings
from tests.cli.conftest import Sightline

N_VIEWS = 1_200
COLOURS = ("red", "blue", "green", "yellow")
N_CAPTIONED = 3
BY_CODES = KindPolicy(flat_rows=0)


def drawn(space: EmbeddingSpace) -> FloatMatrix:
    rng = np.random.default_rng(4)
    rows = 1.0 + rng.standard_normal((N_VIEWS, space.dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def make_gallery(settings: Settings, n_views: int) -> None:
    space = open_embedder("tiny", settings).space
    catalogue = open_catalogue(settings)
    gallery = catalogue.create_gallery("default")
    with catalogue.writing(gallery.id) as work:
        work.add_space(space)
        work.activate_space(space.id)
        root = work.root("/nowhere", RootKind.FOLDER, None)
        pictures = []
        for number, vector in enumerate(drawn(space)[:n_views].astype(np.float16)):
            said = {}
            if number < 12:
                colour = COLOURS[number % N_CAPTIONED]
                said["caption"] = AttributeValue(f"a {colour} ball on the grass")
            name = f"{number}.jpg"
            digest = hashlib.sha256(name.encode()).hexdigest()
            pictures.append(
                IndexedPicture(
                    FileSlot(root.id, name, name),
                    FileStamp(number + 1, number + 1),
                    DecodedPicture(digest, 40, 30, said),
                    space.id,
                    vector,
                )
            )
        work.store_pictures(pictures)
        work.commit()
    catalogue.close()


def fold_with(settings: Settings, policy: KindPolicy) -> None:
    catalogue = open_catalogue(settings)
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
    assert gallery.active_space_id is not None
    builder = FaissIndexBuilder(policy, lambda space: background_texts(space, settings))
    fold(catalogue, open_generation_store(settings), builder, gallery.id, gallery.active_space_id)
    catalogue.close()


@pytest.fixture(scope="module")
def drawn_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("drawn")
    make_gallery(Settings(home=home), N_VIEWS)
    return home


@pytest.fixture
def settings(drawn_home: Path, home: Path) -> Settings:
    shutil.copytree(drawn_home, home, dirs_exist_ok=True)
    return Settings(home=home)


def test_a_small_gallery_is_told_that_everything_is_compared_and_what_codes_would_bring(
    settings: Settings, sightline: Sightline
) -> None:
    fold_with(settings, KindPolicy())
    found = sightline("tune", "--json").document
    assert (found["kind"], found["views"], found["k"]) == ("flat16", N_VIEWS, 10)
    assert found["queries"] == {"texts": 94, "captions": N_CAPTIONED, "pictures": 200}
    exact = [one for one in found["reaches"] if one["kind"] == "flat16"]
    assert {one["queries"] for one in exact} == set(found["queries"])
    for one in exact:
        assert one["in_use"]
        assert (one["recall"], one["rows_read"]) == (1, N_VIEWS)
    assert found["falls_short"] == []
    flat, codes = found["kinds"]
    assert (flat["kind"], codes["kind"]) == ("flat16", "ivf-pq4")
    assert codes["own_bytes"] > flat["own_bytes"] == 0
    assert codes["build_s"] > 0
    read = sightline("tune").out
    assert "Every search compares all views" in read
    assert "above 150,000 views" in read


def test_farther_reaches_read_more_and_find_no_less(
    settings: Settings, sightline: Sightline
) -> None:
    fold_with(settings, BY_CODES)
    found = sightline("tune", "--json", "--text-recall", "0.97").document
    assert found["kind"] == "ivf-pq4"
    assert found["wanted"]["text"] == {"recall": 0.97, "source": "option"}
    assert found["wanted"]["picture"] == {"recall": 0.99, "source": "settings"}
    for sort in found["queries"]:
        tuned = [
            one
            for one in found["reaches"]
            if one["queries"] == sort and one["tuned_to"] is not None
        ]
        assert [one["tuned_to"] for one in tuned] == [0.9, 0.95, 0.97, 0.98, 0.99, 1.0]
        read = [one["rows_read"] for one in tuned]
        assert read == sorted(read)
        assert read[0] < read[-1] <= N_VIEWS
        assert tuned[0]["recall"] <= tuned[-1]["recall"]
        (in_use,) = [one for one in found["reaches"] if one["queries"] == sort and one["in_use"]]
        assert in_use["kind"] == "ivf-pq4"
        assert in_use["rows_read"] < N_VIEWS
    assert found["recommended"]["text"] >= 0.97


def test_an_index_tuned_to_too_little_is_found_out_and_the_command_named(
    settings: Settings, sightline: Sightline
) -> None:
    fold_with(settings, KindPolicy(flat_rows=0, picture_recall=0.5, text_recall=0.5))
    found = sightline("tune", "--json").document
    assert "texts" in found["falls_short"]
    assert "pictures" in found["falls_short"]
    recommended = found["recommended"]
    assert recommended["text"] >= 0.985
    read = sightline("tune").out
    assert "The index in use finds less for texts" in read
    assert f"sightline tune --text-recall {recommended['text']:g} --picture-recall" in read


def test_what_is_applied_is_kept_for_this_build_and_all_later_ones_until_it_is_reset(
    settings: Settings, sightline: Sightline
) -> None:
    fold_with(settings, BY_CODES)
    applied = sightline("tune", "--text-recall", "0.8", "--apply", "--json")
    assert applied.code == 0
    assert applied.document["built"]["n_rows"] == N_VIEWS
    assert applied.document["tuned_to"]["text"] == {"recall": 0.8, "source": "gallery"}
    assert applied.document["tuned_to"]["picture"]["source"] == "settings"
    low = text_share(settings)
    assert sightline("tune", "--picture-recall", "0.9", "--apply").code == 0
    assert wanted_recall(settings) == WantedRecall(0.8, 0.9)
    reset = sightline("tune", "--reset", "--json").document
    assert reset["tuned_to"]["text"] == {"recall": 0.985, "source": "settings"}
    assert wanted_recall(settings) == WantedRecall(None, None)
    assert text_share(settings) > low


def test_what_was_applied_changes_no_later_advice(settings: Settings, sightline: Sightline) -> None:
    fold_with(settings, BY_CODES)
    first = sightline("tune", "--json").document
    more = ("--text-recall", "1", "--picture-recall", "1")
    applied = sightline("tune", *more, "--apply").out
    assert "tuned to 1 for words and 1 for pictures, as was applied" in applied
    fold_with(settings, BY_CODES)
    second = sightline("tune", "--json").document
    assert second["tuned_to"]["text"] == {"recall": 1, "source": "gallery"}
    assert second["wanted"] == first["wanted"]
    assert second["recommended"] == first["recommended"]
    assert second["falls_short"] == []


def test_a_choice_is_kept_while_another_process_builds_and_the_error_says_so(
    settings: Settings, sightline: Sightline
) -> None:
    fold_with(settings, BY_CODES)
    catalogue = open_catalogue(settings)
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
    assert gallery.active_space_id is not None
    name = lease_name(gallery.id, gallery.active_space_id)
    lease = catalogue.acquire_lease(name, holder="another", lease_s=600)
    assert lease is not None
    refused = sightline("tune", "--text-recall", "0.8", "--apply", "--json")
    assert refused.code == 1
    assert "Another process is building" in refused.error["error"]
    assert "Later builds are tuned as asked all the same" in refused.error["error"]
    assert "sightline reindex" in refused.error["hint"]
    assert wanted_recall(settings) == WantedRecall(0.8, None)
    assert "as asked" not in sightline("reindex", "--json").error["error"]
    catalogue.close()


def wanted_recall(settings: Settings) -> WantedRecall:
    catalogue = open_catalogue(settings)
    with catalogue.reading() as snapshot:
        wanted = snapshot.gallery("default").wanted_recall
    catalogue.close()
    return wanted


def text_share(settings: Settings) -> float:
    """How much of the rows a build by codes comes to read for words now."""
    fold_with(settings, BY_CODES)
    catalogue, store = open_catalogue(settings), open_generation_store(settings)
    with catalogue.reading() as snapshot:
        gallery = snapshot.gallery("default")
        (space,) = snapshot.spaces(gallery.id)
        assert space.generation_id is not None
        folder = snapshot.generation(space.generation_id).folder
    catalogue.close()
    generation = store.open(gallery, folder)
    builder = FaissIndexBuilder(BY_CODES)
    index = builder.open(generation.index_path, generation.vectors, "ivf-pq4")
    assert isinstance(index, CodedIndex)
    return index.reach.texts.share


def test_without_a_gallery_an_index_or_enough_views_the_error_says_what_to_do(
    home: Path, sightline: Sightline
) -> None:
    assert "No gallery has been made yet" in sightline("tune", "--json").error["error"]
    settings = Settings(home=home)
    make_gallery(settings, 200)
    unbuilt = sightline("tune", "--json")
    assert unbuilt.code == 1
    assert "has no index" in unbuilt.error["error"]
    assert "sightline reindex" in unbuilt.error["hint"]
    fold_with(settings, KindPolicy())
    for options in ([], ["--text-recall", "0.9", "--apply"]):
        few = sightline("tune", *options, "--json")
        assert few.code == 1
        assert "holds 200 views" in few.error["error"]
    assert wanted_recall(settings) == WantedRecall(None, None)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--text-recall", "0"], "no share"),
        (["--picture-recall", "1.5"], "no share"),
        (["--text-recall", "nan"], "no share"),
        (["--apply"], "given with it"),
        (["--reset", "--text-recall", "0.9"], "stands alone"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    sightline: Sightline, options: list[str], problem: str
) -> None:
    refused = sightline("tune", *options, "--json")
    assert refused.code == 2
    assert problem in refused.error["error"]
