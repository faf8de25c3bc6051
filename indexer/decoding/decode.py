"""Bytes to an upright sRGB picture, cut to a model's input, with what the file says of itself."""

from __future__ import annotations

import functools
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageFile, UnidentifiedImageError

from indexer.decoding.colour import to_eight_bits, to_srgb
from indexer.decoding.facts import FileFacts, facts_of
from indexer.decoding.limits import DecodeLimits
from indexer.decoding.metadata import read_metadata
from indexer.decoding.raw import raw_previews
from indexer.formats import RAW_ENDINGS, ending_of
from search.cutting import cut, draft_size
from search.domain.indexing import DecodedPicture
from search.domain.space import Preprocessing
from search.errors import PictureError, PictureTooLargeError

_OTHER_PROGRAMS = frozenset({"EPS", "WMF", "PDF", "BUFR", "GRIB", "HDF5", "MPEG", "FITS"})
"""Formats that Pillow hands to another program, or only recognises."""

_COMMON = ("JPEG", "PNG", "GIF", "BMP", "PPM")
"""Formats that Pillow knows from the start."""

_UPRIGHT_ALREADY = frozenset({"HEIF", "TIFF"})
"""Formats whose Pillow plugins turn the picture themselves."""

_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation to what turns the picture upright."""

_BAND_PIXELS = 4_000_000
_ONE_BYTE_MODES = frozenset({"1", "L", "P"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture's facts, and itself in sRGB at the model's input size where it was wanted."""

    picture: DecodedPicture
    image: Image.Image | None


def prepare_codecs(limits: DecodeLimits) -> None:
    """Set Pillow up once per process. Codecs that few pictures need are loaded with the first."""
    Image.preinit()
    # Formats that hold pictures inside pictures check those against Pillow's own limit, which
    # warns beyond it and refuses beyond its double.
    Image.MAX_IMAGE_PIXELS = (limits.n_pixels + 1) // 2
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    ImageFile.LOAD_TRUNCATED_IMAGES = False


def decode_picture(
    content: bytes,
    name: str,
    content_hash: str,
    *,
    preprocessing: Preprocessing,
    limits: DecodeLimits,
    pixels_wanted: bool = True,
) -> Decoded:
    """Decode the first frame of a picture file. Call `prepare_codecs` once before.

    Args:
        name: the file's path, whose ending tells RAW files from the formats they are built on.
    Raises:
        PictureTooLargeError: its header promises more pixels than allowed.
        PictureError: not a picture, or a broken one; a file cut short counts as broken.
    """
    if not content:
        raise PictureError("The file is empty.")
    decoder = _Decoder(content_hash, name, preprocessing, limits, pixels_wanted)
    if ending_of(name) in RAW_ENDINGS:
        for preview in raw_previews(content):
            try:
                return decoder.decode(preview.content, preview.container)
            except PictureError:
                continue
    return decoder.decode(content)


@dataclass(frozen=True, slots=True)
class _Decoder:
    content_hash: str
    name: str
    preprocessing: Preprocessing
    limits: DecodeLimits
    pixels_wanted: bool

    def decode(self, content: bytes, container: FileFacts | None = None) -> Decoded:
        """One picture file's bytes; `container` is what a RAW file around it says."""
        image = _identify(content, self.limits)
        width, height = image.size
        if self.pixels_wanted:
            _load(image, self.preprocessing, self.limits)
        facts = facts_of(image)
        if container is not None:
            facts = facts.completed_by(container)
        orientation = 1 if image.format in _UPRIGHT_ALREADY else facts.orientation
        if orientation >= 5:
            width, height = height, width
        made: Image.Image | None = None
        if self.pixels_wanted:
            made = cut(_upright(image, orientation, self.preprocessing), self.preprocessing)
        about = read_metadata(facts, self.name)
        picture = DecodedPicture(
            self.content_hash, width, height, about.attributes, about.keywords, about.title
        )
        return Decoded(picture, made)


def _identify(content: bytes, limits: DecodeLimits) -> Image.Image:
    try:
        image = _opened(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLargeError(_too_many_pixels(limits)) from None
    except UnidentifiedImageError:
        raise PictureError(
            "The file is not a picture of a kind that can be read, or its start is damaged."
        ) from None
    except MemoryError:
        raise
    except Exception as exc:  # Readers of broken headers raise anything.
        raise PictureError(f"The picture's header is damaged: {_one_line(exc)}.") from exc
    width, height = image.size
    if width * height > limits.n_pixels:
        raise PictureTooLargeError(_too_many_pixels(limits))
    if width < 1 or height < 1:
        raise PictureError("The picture has no pixels.")
    return image


def _opened(content: bytes) -> Image.Image:
    """The picture by one of the common codecs, else by any; all are loaded only then."""
    try:
        return Image.open(io.BytesIO(content), formats=_COMMON)
    except UnidentifiedImageError:
        _load_all_codecs()
        formats = [name for name in Image.ID if name not in _OTHER_PROGRAMS]
        return Image.open(io.BytesIO(content), formats=formats)


@functools.cache
def _load_all_codecs() -> None:
    import pillow_heif

    Image.init()
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1


def _load(image: Image.Image, preprocessing: Preprocessing, limits: DecodeLimits) -> None:
    """Decode, JPEGs at a fraction of their size where that suffices for the model's input."""
    if image.format in ("JPEG", "MPO"):
        image.draft(None, draft_size(image.size, preprocessing))
    width, height = image.size
    n_bytes = width * height * (1 if image.mode in _ONE_BYTE_MODES else 4)
    if n_bytes > limits.memory_bytes:
        raise PictureTooLargeError(
            f"The picture needs {n_bytes // 2**20} MiB to decode, "
            f"more than the {limits.memory_bytes // 2**20} MiB allowed."
        )
    try:
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureTooLargeError(_too_many_pixels(limits)) from None
    except MemoryError:
        raise
    except Exception as exc:  # Decoders of broken files raise anything.
        raise PictureError(f"The picture is cut short or damaged: {_one_line(exc)}.") from exc


def _upright(image: Image.Image, orientation: int, preprocessing: Preprocessing) -> Image.Image:
    """The decoded picture in sRGB and upright; big ones are averaged down first to save memory."""
    width, height = image.size
    least_width, least_height = draft_size((width, height), preprocessing)
    factor = min(width // least_width, height // least_height) // 2
    if factor > 1:
        profile = image.info.get("icc_profile")
        image = _averaged(image, factor)
        image.info = {"icc_profile": profile} if profile else {}
    upright = to_srgb(image)
    transposition = _TRANSPOSITIONS.get(orientation)
    return upright if transposition is None else upright.transpose(transposition)


def _averaged(image: Image.Image, factor: int) -> Image.Image:
    """The picture at 1/factor of its size, band by band, so that no mode needs a second copy."""
    width, height = image.size
    rows = max(1, _BAND_PIXELS // width // factor) * factor
    if height <= rows or image.mode in ("I", "F"):  # Whose range is the whole picture's.
        return _reducible(image).reduce(factor)
    bands = [
        _reducible(image.crop((0, top, width, min(top + rows, height)))).reduce(factor)
        for top in range(0, height, rows)
    ]
    whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        whole.paste(band, (0, top))
        top += band.height
    return whole


def _reducible(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be averaged, single transparent colours as alpha."""
    image = to_eight_bits(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _too_many_pixels(limits: DecodeLimits) -> str:
    return f"The picture has more than the {limits.n_pixels:,} pixels allowed."


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split()).rstrip(".")[:160] or type(exc).__name__
