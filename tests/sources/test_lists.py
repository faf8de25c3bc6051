"""What a person names: file lists taken apart, typing errors answered with the nearest folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.sources.lists import expand_lists
from search.errors import NotFoundError, UsageError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("a.jpg", "sub/b.jpg", "sub/c d.jpg"):
        (tmp_path / name).touch()
    return tmp_path


def test_files_folders_and_archives_are_named_as_they_are(folder: Path) -> None:
    named = expand_lists([folder / "a.jpg", str(folder / "sub"), folder / "a.jpg"])
    assert named.paths == (folder / "a.jpg", folder / "sub")
    assert named.missing == ()


@pytest.mark.parametrize("ending", ["txt", "lst"])
def test_list_has_one_path_a_line_relative_to_itself(folder: Path, ending: str) -> None:
    lines = ["a.jpg", "", "  sub/c d.jpg\r", str(folder / "sub/b.jpg"), "a.jpg"]
    (folder / f"list.{ending}").write_text("\ufeff" + "\n".join(lines))
    named = expand_lists([folder / f"list.{ending}"])
    assert named.paths == (folder / "a.jpg", folder / "sub/c d.jpg", folder / "sub/b.jpg")


def test_list_may_be_separated_by_nul(folder: Path) -> None:
    (folder / "list.txt").write_text("a.jpg\0sub/b.jpg\0")
    assert len(expand_lists([folder / "list.txt"]).paths) == 2


def test_a_name_that_begins_with_a_tilde_is_a_name_unless_it_is_a_home(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folder / "sub"))
    monkeypatch.chdir(folder)
    (folder / "~$a.jpg").touch()
    (folder / "list.txt").write_text("~$a.jpg\n~/b.jpg\n")
    assert expand_lists(["list.txt"]).paths == (folder / "~$a.jpg", folder / "sub/b.jpg")
    assert expand_lists(["~$a.jpg", "~/b.jpg"]).paths == (folder / "~$a.jpg", folder / "sub/b.jpg")


def test_standard_input_is_relative_to_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "sub")
    named = expand_lists(["-"], stdin=["b.jpg\n", "../a.jpg\n"])
    assert [path.resolve() for path in named.paths] == [folder / "sub/b.jpg", folder / "a.jpg"]


def test_stale_lines_do_not_stop_the_others(folder: Path) -> None:
    (folder / "list.txt").write_text("gone.jpg\na.jpg\nhttps://example.com/x.jpg\n")
    named = expand_lists([folder / "list.txt"])
    assert named.paths == (folder / "a.jpg",)
    assert [entry.path for entry in named.missing] == [
        str(folder / "gone.jpg"),
        "https://example.com/x.jpg",
    ]
    assert all("is not there" in entry.reason for entry in named.missing)


def test_missing_target_names_the_nearest_folder(folder: Path) -> None:
    with pytest.raises(NotFoundError) as raised:
        expand_lists([folder / "sub/typo/deep/a.jpg"])
    assert str(folder / "sub") in raised.value.hint
    assert "typo" in raised.value.message


def test_empty_list_is_a_usage_error(folder: Path) -> None:
    (folder / "list.txt").write_text("\n \n")
    with pytest.raises(UsageError, match="names no files"):
        expand_lists([folder / "list.txt"])
    with pytest.raises(UsageError):
        expand_lists(["-"], stdin=[])


def test_text_that_is_no_list_is_refused_with_its_first_line(folder: Path) -> None:
    (folder / "note.txt").write_text(
        "Dear friend,\n\nthese were holidays and/or work.\n"
        "See https://example.com/x or my-list.txt.\ngone.jpg\n"
    )
    with pytest.raises(UsageError, match="is no list of files: its first line is “Dear friend,”"):
        expand_lists([folder / "a.jpg", folder / "note.txt"])


@pytest.mark.parametrize(
    "line",
    [
        "gone.jpg",
        "my holidays.jpg",
        "/mnt/gone",
        "./gone",
        "~/gone",
        "https://example.com/x",
        "sub",
    ],
)
def test_list_of_what_is_gone_is_a_list(folder: Path, line: str) -> None:
    (folder / "list.txt").write_text(f"{line}\n# mine\n")
    named = expand_lists([folder / "list.txt"])
    assert len(named.paths) + len(named.missing) == 2
