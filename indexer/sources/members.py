"""The pictures inside an archive, with what lies beside them in a WebDataset tar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from indexer.formats import MEMBER_MARK, is_picture_name
from indexer.sources.archives import Member, ZipArchive, list_tar
from indexer.sources.ignoring import is_passed_folder
from indexer.sources.webdataset import Sidecars
from search.domain.indexing import FileStamp
from search.ports.photo_source import Found, FoundContainer, FoundPicture, UnreadableEntry


def scan_archive(absolute: Path, path: str, stamp: FileStamp) -> Iterator[Found]:
    """The archive itself, then its pictures in its own order.

    An archive that is damaged part of the way gives what comes before, and is not remembered as
    opened, so that it is looked at again.

    Raises:
        PictureError: it cannot be read as an archive at all.
    """
    if absolute.name.lower().endswith(".zip"):
        archive = ZipArchive(absolute)
        try:
            members, damage, sidecars = list(archive.members()), "", Sidecars()
        finally:
            archive.close()
    else:
        members, damage, sidecars = list_tar(absolute)
    if damage:
        yield UnreadableEntry(path, damage)
    else:
        yield FoundContainer(path, stamp, opened=True)
    for member in members:
        if _is_wanted(member.name):
            yield _found(path, member, stamp, sidecars)


def _found(path: str, member: Member, stamp: FileStamp, sidecars: Sidecars) -> Found:
    inside = f"{path}{MEMBER_MARK}{member.name}"
    if member.problem:
        return UnreadableEntry(inside, member.problem)
    beside = sidecars.of(member.name)
    return FoundPicture(
        inside,
        inside,
        FileStamp(member.size_bytes, stamp.mtime_ns),
        title=beside.title,
        tags=beside.tags,
        attributes=beside.attributes,
    )


def _is_wanted(name: str) -> bool:
    *folders, file = name.split("/")
    return (
        is_picture_name(file)
        and not file.startswith(".")
        and not any(is_passed_folder(folder) for folder in folders)
    )
