"""Pictures for queries and contact sheets, read the way the indexer reads them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.sheet import OpenPicture
from search.domain.space import EmbeddingSpace, Preprocessing

if TYPE_CHECKING:
    from PIL.Image import Image

    from search.settings import Settings

_WHITE = 255


def read_query_picture(path: Path, space: EmbeddingSpace, settings: Settings) -> Image:
    """The picture upright, in sRGB and cut to the model's input, exactly as if it were indexed.

    Raises:
        PictureError: it cannot be read, and why.
    """
    return read_fitted_picture(path, space.preprocessing, settings)


def read_fitted_picture(path: Path, fitting: Preprocessing, settings: Settings) -> Image:
    """The picture upright, in sRGB and cut as a model wants it.

    Raises:
        PictureError: it cannot be read, and why.
    """
    content = _read(str(path.resolve()), settings)
    return _decode(content, path.name, fitting, settings)


def fetch_fitted_picture(url: str, fitting: Preprocessing, settings: Settings) -> Image:
    """The same for a picture on the web.

    Raises:
        PictureError: it cannot be had or read, and why.
        UsageError: nobody allowed to fetch from there.
    """
    from indexer.fetching import Fetcher

    content = Fetcher.from_settings(settings).fetch(url)
    return _decode(content, PurePosixPath(urlsplit(url).path).name, fitting, settings)


def thumbnail_opener(settings: Settings, size: int) -> OpenPicture:
    """Opens items' pictures by uri, scaled to lie within `size` pixels on a white square."""
    whole = Preprocessing(
        height=size,
        width=size,
        resize_mode="longest",
        interpolation="bicubic",
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        fill=_WHITE,
    )

    def open_picture(uri: str) -> Image:
        return _decode(_read(uri, settings), uri, whole, settings)

    return open_picture


def _decode(content: bytes, name: str, fitting: Preprocessing, settings: Settings) -> Image:
    from indexer.decoding.decode import decode_picture, prepare_codecs
    from indexer.decoding.limits import DecodeLimits

    limits = DecodeLimits.from_settings(settings)
    prepare_codecs(limits)
    image = decode_picture(content, name, "", preprocessing=fitting, limits=limits).image
    if image is None:
        raise ValueError("a decoded picture without pixels")
    return image


def _read(uri: str, settings: Settings) -> bytes:
    """The bytes behind an absolute path, a member of an archive (`archive.zip!/name`) included."""
    from indexer.sources.readers import ReaderCache
    from search.domain.indexing import RootKind

    readers = ReaderCache()
    try:
        root = Path(uri).anchor
        return readers.read(root, RootKind.FOLDER, uri.removeprefix(root), settings.limit_bytes)
    finally:
        readers.close()
