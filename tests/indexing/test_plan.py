"""The laws of planning, on made-up scans; nothing is read or written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.missing import ScanFacts, why_confirm
from indexer.moves import Arrival, resolve_moves
from indexer.paths import is_below
from indexer.pipeline import BatchSize
from indexer.plan import Reading, Reason, ScanPlan, plan_scan
from indexer.targets import resolve_targets
from search.domain.indexing import (
    FileSlot,
    FileStamp,
    FileStatus,
    KnownFile,
    Root,
    RootKind,
)
from search.errors import NotFoundError
from search.ports.photo_source import Found, FoundContainer, FoundPicture, UnreadableEntry

ROOT = 1
NOW = 2_000_000_000.0

names = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
stamps = st.builds(
    FileStamp, st.integers(1, 3), st.integers(1, 3).map(lambda day: day * 86_400 * 10**9),
    st.just(NOW),
)  # fmt: skip
photos = st.dictionaries(names, stamps, max_size=8).map(
    lambda found: [FoundPicture(path, path, stamp) for path, stamp in sorted(found.items())]
)
statuses = st.sampled_from([FileStatus.OK, FileStatus.FAILED, FileStatus.MISSING])


def known_file(path: str, stamp: FileStamp, status: FileStatus, number: int) -> KnownFile:
    content = None if status is FileStatus.FAILED else f"content of {path}"
    item = None if status is FileStatus.FAILED else number
    return KnownFile(number, FileSlot(ROOT, path, path), stamp, NOW, content, status, item)


known_files = st.dictionaries(names, st.tuples(stamps, statuses), max_size=8).map(
    lambda known: [
        known_file(path, stamp, status, number)
        for number, (path, (stamp, status)) in enumerate(sorted(known.items()), 1)
    ]
)


def applied(plan: ScanPlan, known: list[KnownFile]) -> list[KnownFile]:
    """What the store knows once the plan has been carried out without a failure."""
    gone = {file.id for file in plan.vanished}
    after = {}
    for file in known:
        status = FileStatus.MISSING if file.id in gone else file.status
        if file.id in gone and file.item_id is None:
            continue
        if file.id in plan.returned:
            status = FileStatus.OK
        after[file.slot.path] = known_file(file.slot.path, file.stamp, status, file.id)
    for number, reading in enumerate(plan.readings, 1000):
        path = reading.slot.path
        after[path] = known_file(path, reading.found.stamp, FileStatus.OK, number)
    return list(after.values())


@given(photos, known_files, st.booleans())
def test_plan_that_was_carried_out_leaves_an_empty_one(
    found: list[FoundPicture], known: list[KnownFile], rehash: bool
) -> None:
    plan = plan_scan(ROOT, found, known, rehash=rehash)
    following = plan_scan(ROOT, found, applied(plan, known))

    assert (following.readings, following.returned, following.vanished) == ((), {}, ())


@given(photos, known_files)
def test_every_picture_and_every_known_file_is_accounted_for_once(
    found: list[FoundPicture], known: list[KnownFile]
) -> None:
    plan = plan_scan(ROOT, found, known)

    n_seen = len(plan.readings) + len(plan.returned) + plan.n_unchanged + plan.n_failed_before
    assert n_seen == len(found)
    seen = {picture.path for picture in found}
    expected = {
        f.slot.path for f in known if f.slot.path not in seen and f.status is not FileStatus.MISSING
    }
    assert {file.slot.path for file in plan.vanished} == expected


@given(photos, known_files)
def test_nothing_vanishes_below_what_cannot_be_looked_at(
    found: list[FoundPicture], known: list[KnownFile]
) -> None:
    outside = [picture for picture in found if not picture.path.startswith("a/")]
    plan = plan_scan(ROOT, [*outside, UnreadableEntry("a", "No.")], known)

    assert not any(file.slot.path.startswith("a/") for file in plan.vanished)


def test_reasons_for_reading_a_file() -> None:
    old, new = FileStamp(1, 10**18), FileStamp(1, 2 * 10**18)
    fresh = FileStamp(1, int((NOW - 1) * 1e9))
    cases: list[tuple[KnownFile | None, FileStamp, bool, Reason | None]] = [
        (None, old, False, Reason.NEW),
        (known_file("p", old, FileStatus.OK, 1), old, False, None),
        (known_file("p", old, FileStatus.OK, 1), new, False, Reason.CHANGED),
        (known_file("p", old, FileStatus.OK, 1), old, True, Reason.RECHECK),
        (known_file("p", fresh, FileStatus.OK, 1), fresh, False, Reason.RECHECK),
        (known_file("p", old, FileStatus.FAILED, 1), old, False, None),
        (known_file("p", old, FileStatus.FAILED, 1), new, False, Reason.RETRY),
        (known_file("p", old, FileStatus.MISSING, 1), old, False, None),
        (known_file("p", old, FileStatus.MISSING, 1), new, False, Reason.CHANGED),
    ]
    for known, stamp, rehash, reason in cases:
        files = [] if known is None else [known]
        plan = plan_scan(ROOT, [FoundPicture("p", "p", stamp)], files, rehash=rehash)
        assert [reading.reason for reading in plan.readings] == ([reason] if reason else [])


def test_members_of_an_archive_that_was_not_opened_are_as_they_were() -> None:
    stamp = FileStamp(1, 10**18)
    known = [
        known_file("a.zip!/1.png", stamp, FileStatus.OK, 1),
        known_file("a.zip!/2.png", stamp, FileStatus.FAILED, 2),
    ]
    found: list[Found] = [FoundContainer("a.zip", stamp, opened=False)]

    plan = plan_scan(ROOT, found, known)

    assert (plan.vanished, plan.n_unchanged, plan.n_failed_before) == ((), 1, 1)


contents = st.sampled_from(["x", "y", "z"])


@given(st.lists(contents, max_size=6), st.lists(contents, max_size=6))
def test_moves_are_one_to_one_and_lose_no_arrival(new: list[str], gone: list[str]) -> None:
    stamp = FileStamp(1, 1)
    arrivals = [
        Arrival(Reading(ROOT, FoundPicture(f"new/{n}", f"new/{n}", stamp), Reason.NEW), content)
        for n, content in enumerate(new)
    ]
    departed = [
        KnownFile(n, FileSlot(ROOT, f"old/{n}", f"old/{n}"), stamp, NOW, content,
                  FileStatus.MISSING, n)
        for n, content in enumerate(gone)
    ]  # fmt: skip

    moves = resolve_moves(arrivals, departed)

    assert len(moves.moved) + len(moves.copies) == len(arrivals)
    expected = {c for c in set(new) if new.count(c) == 1 and gone.count(c) == 1}
    assert {gone[move.file_id] for move in moves.moved} == expected


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (ScanFacts("/p", n_seen=10, n_known=10, n_vanished=0), None),
        (ScanFacts("/p", n_seen=6, n_known=10, n_vanished=4), None),
        (ScanFacts("/p", n_seen=5, n_known=10, n_vanished=5), None),
        (ScanFacts("/p", n_seen=4, n_known=10, n_vanished=6), "over half"),
        (ScanFacts("/p", n_seen=0, n_known=1, n_vanished=1), "not mounted"),
        (ScanFacts("/p", n_seen=9, n_known=10, n_vanished=1, other_device=True), "another disk"),
        (ScanFacts("/p", n_seen=9, n_known=10, n_vanished=1, n_hidden=1), "in part"),
    ],
)
def test_what_looks_like_an_accident_needs_confirmation(facts: ScanFacts, said: str | None) -> None:
    reason = why_confirm(facts)

    assert (reason is None) == (said is None)
    assert said is None or said in str(reason)


def test_a_place_is_not_below_itself_and_archives_count_as_folders() -> None:
    assert is_below("a/b.jpg", {"a"})
    assert is_below("a/b.zip!/c.jpg", {"a/b.zip"})
    assert is_below("a", {""})
    assert not is_below("a", {"a"})
    assert not is_below("ab/c", {"a"})
    assert not is_below("", {""})


def test_targets_become_parts_of_the_roots_that_hold_them(tmp_path: Path) -> None:
    inner = tmp_path / "photos" / "inner"
    (inner / "deep").mkdir(parents=True)
    (inner / "x.jpg").touch()
    roots = [Root(1, str(inner), RootKind.FOLDER, None)]

    def resolved(*targets: Path) -> list[tuple[str, str, bool, tuple[str, ...]]]:
        return [
            (s.root_path, s.below, s.single, s.exclude_roots)
            for s in resolve_targets(targets, roots).scopes
        ]

    assert resolved(inner / "deep") == [(str(inner), "deep", False, ())]
    assert resolved(inner / "x.jpg") == [(str(inner), "x.jpg", True, ())]
    assert resolved(inner / "x.jpg", inner) == [(str(inner), "", False, ())]
    outer = str(tmp_path / "photos")
    assert resolved(tmp_path / "photos") == [
        (outer, "", False, (str(inner),)),
        (str(inner), "", False, ()),
    ]


def test_files_of_a_list_are_where_their_folders_really_lie(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jpg").touch()
    (tmp_path / "link").symlink_to(tmp_path / "one")
    (tmp_path / "two" / "b.jpg").symlink_to(tmp_path / "one" / "a.jpg")
    (tmp_path / "list.txt").write_text("link/a.jpg\none/a.jpg\none/../two/a.jpg\ntwo/b.jpg\n")

    scopes = resolve_targets([tmp_path / "list.txt"], []).scopes

    assert [(Path(s.root_path).name, s.below) for s in scopes] == [
        ("one", "a.jpg"),
        ("two", "a.jpg"),
        ("two", "b.jpg"),
    ]


def test_known_place_that_is_gone_is_a_scope_and_an_unknown_one_an_error(tmp_path: Path) -> None:
    roots = [Root(1, str(tmp_path / "disk"), RootKind.FOLDER, None)]

    (scope,) = resolve_targets([tmp_path / "disk" / "trip"], roots).scopes

    assert (scope.root_path, scope.below, scope.gone) == (roots[0].path, "trip", True)
    with pytest.raises(NotFoundError):
        resolve_targets([tmp_path / "other"], roots)


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0, 100)), max_size=40))
def test_batches_stay_within_their_bounds(batches: list[tuple[int, float]]) -> None:
    size, fixed = BatchSize(), BatchSize(5, fixed=True)
    for n_computed, seconds in batches:
        size.took(n_computed, seconds)
        fixed.took(n_computed, seconds)
        assert size.least <= size.size <= size.most
    assert fixed.size == 5
