"""ImageNet as a taxonomy, against the lists that open_clip carries."""

from __future__ import annotations

from open_clip import IMAGENET_CLASSNAMES, OPENAI_IMAGENET_TEMPLATES

from search.adapters.openclip.imagenet import imagenet
from search.bootstrap import open_ready_made, ready_made_names
from search.categories.taxonomy import Mode
from search.categories.taxonomy_file import read_taxonomy, write_taxonomy
from search.classification import prompts


def test_category_n_is_class_n_in_its_own_words() -> None:
    taxonomy = imagenet()
    assert taxonomy.mode is Mode.SINGLE
    assert [one.words for one in taxonomy.categories] == [(name,) for name in IMAGENET_CLASSNAMES]
    assert len(taxonomy.categories) == 1000


def test_every_class_has_a_name_of_its_own() -> None:
    taxonomy = imagenet()
    assert len({path.casefold() for path in taxonomy.paths()}) == 1000
    assert not any("/" in path for path in taxonomy.paths())


def test_prompts_are_those_that_open_clip_evaluates_with() -> None:
    taxonomy = imagenet()
    assert len(taxonomy.templates) == 80
    words = taxonomy.categories[207].words
    expected = [template(words[0]) for template in OPENAI_IMAGENET_TEMPLATES]
    assert prompts(words, taxonomy.templates) == [expected]


def test_it_can_be_written_to_a_file_and_read_again() -> None:
    assert read_taxonomy(write_taxonomy(imagenet())) == imagenet()


def test_it_is_ready_made_like_the_files() -> None:
    assert open_ready_made("imagenet") == imagenet()
    assert "imagenet" in ready_made_names()
