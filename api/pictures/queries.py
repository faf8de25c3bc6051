"""Pictures to search with: decoded, cut to the part that matters, remembered for a while."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from PIL import Image

from api.pictures.decoder import PictureDecoder
from api.pictures.previews import read_whole
from search.domain.space import Preprocessing
from search.errors import PictureError, UsageError
from search.preprocess import fit

_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class Box:
    """Part of a picture, in shares of its width and height, from the left and the top."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def parse(cls, text: str) -> Box | None:
        """Read `x,y,w,h`; None where it is blank.

        Raises:
            UsageError: not four numbers, or not a part of the picture.
        """
        if not text.strip():
            return None
        try:
            numbers = [float(part) for part in text.split(",")]
        except ValueError:
            numbers = []
        return cls.checked(numbers)

    @classmethod
    def checked(cls, numbers: list[float]) -> Box:
        """The box of four numbers; raises UsageError where they are no part of a picture."""
        if len(numbers) == 4 and all(math.isfinite(number) for number in numbers):
            x, y, width, height = numbers
            inside = 0 <= x < 1 and 0 <= y < 1 and x + width <= 1.001 and y + height <= 1.001
            if inside and width > 0 and height > 0:
                return cls(x, y, width, height)
        raise UsageError(
            "The box is not a part of the picture.",
            hint="Give x,y,width,height between 0 and 1, such as 0.25,0.25,0.5,0.5.",
        )

    def of(self, size: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels, at least one pixel each way."""
        width, height = size
        left, top = min(int(self.x * width), width - 1), min(int(self.y * height), height - 1)
        right = min(width, max(left + 1, round((self.x + self.width) * width)))
        bottom = min(height, max(top + 1, round((self.y + self.height) * height)))
        return left, top, right, bottom


class QueryPictures:
    """Reads clients' pictures as the indexer would; safe to use from several threads."""

    def __init__(self, decoder: PictureDecoder) -> None:
        self._decoder = decoder
        self._known: OrderedDict[str, Image.Image] = OrderedDict()
        self._knowing = Lock()

    def read(
        self, content: bytes, fitting: Preprocessing, box: Box | None = None, name: str = ""
    ) -> Image.Image:
        """The picture, or the part in the box, cut to the model's input.

        Raises:
            PictureError: it cannot be decoded, and why.
        """
        if not content:
            raise PictureError("The picture is empty.", hint="Send the bytes of a picture file.")
        identity = f"{fitting.to_json()}:{box}:".encode() + content
        key = hashlib.blake2b(identity, digest_size=16).hexdigest()
        with self._knowing:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        image = self._cut(content, fitting, box, name)
        with self._knowing:
            self._known[key] = image
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return image

    def _cut(
        self, content: bytes, fitting: Preprocessing, box: Box | None, name: str
    ) -> Image.Image:
        if box is None:
            return self._decoder.decode_bytes(content, fitting, name).to_image()
        image = read_whole(self._decoder, content, name)
        return Image.fromarray(fit(image.crop(box.of(image.size)), fitting))


def from_base64(text: str) -> bytes:
    """The bytes of a picture sent as base64, with or without a `data:` prefix.

    Raises:
        PictureError: it is not base64.
    """
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError(
            "The picture is not valid base64.", hint="Encode the file's bytes with base64."
        ) from error
