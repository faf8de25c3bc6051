"""Which file endings mean what to the indexer; plain constants that load at once."""

from __future__ import annotations

PICTURE_ENDINGS = frozenset(
    [
        ".apng",
        ".avif",
        ".avifs",
        ".blp",
        ".bmp",
        ".bw",
        ".cur",
        ".dcx",
        ".dds",
        ".dib",
        ".flc",
        ".fli",
        ".ftc",
        ".ftu",
        ".gbr",
        ".gif",
        ".heic",
        ".heics",
        ".heif",
        ".heifs",
        ".hif",
        ".icb",
        ".icns",
        ".ico",
        ".im",
        ".j2c",
        ".j2k",
        ".jfif",
        ".jp2",
        ".jpc",
        ".jpe",
        ".jpeg",
        ".jpf",
        ".jpg",
        ".jpx",
        ".mpo",
        ".msp",
        ".pbm",
        ".pcx",
        ".pfm",
        ".pgm",
        ".png",
        ".pnm",
        ".ppm",
        ".psd",
        ".pxr",
        ".qoi",
        ".ras",
        ".rgb",
        ".rgba",
        ".sgi",
        ".tga",
        ".tif",
        ".tiff",
        ".vda",
        ".vst",
        ".webp",
        ".xbm",
        ".xpm",
    ]
)
"""Endings that Pillow and pillow-heif decode to pixels without help from another program."""

RAW_ENDINGS = frozenset(
    [
        ".3fr",
        ".arw",
        ".cr2",
        ".cr3",
        ".crw",
        ".dcr",
        ".dng",
        ".erf",
        ".fff",
        ".iiq",
        ".k25",
        ".kdc",
        ".mef",
        ".mos",
        ".mrw",
        ".nef",
        ".nrw",
        ".orf",
        ".pef",
        ".raf",
        ".raw",
        ".rw2",
        ".rwl",
        ".sr2",
        ".srf",
        ".srw",
        ".x3f",
    ]
)
"""Camera RAW files, read by the preview that the camera put into them."""

VIDEO_ENDINGS = frozenset(
    [
        ".3g2",
        ".3gp",
        ".asf",
        ".avi",
        ".flv",
        ".m2ts",
        ".m4v",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpeg",
        ".mpg",
        ".mts",
        ".ogv",
        ".ts",
        ".vob",
        ".webm",
        ".wmv",
    ]
)

ARCHIVE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")
CATALOGUE_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson")
LIST_ENDINGS = (".txt", ".lst")

MEMBER_MARK = "!/"
"""What stands between an archive's path and the path of its member."""


def is_picture_name(name: str) -> bool:
    """Whether the file's ending is one of a picture or a camera RAW file."""
    ending = ending_of(name)
    return ending in PICTURE_ENDINGS or ending in RAW_ENDINGS


def ending_of(name: str) -> str:
    """The last ending in lower case with its dot, empty where there is none."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot >= 0 and "/" not in name[dot:] else ""


def is_archive_name(name: str) -> bool:
    return name.lower().endswith(ARCHIVE_ENDINGS)
