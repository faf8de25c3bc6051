"""What a camera and a tidy person write into a file: EXIF and XMP."""

import random
from fractions import Fraction
from xml.sax.saxutils import escape

from PIL import Image, TiffImagePlugin
from PIL.ExifTags import GPS, IFD, Base

from training.sample_gallery.photos import Photo

_SHUTTER_SPEEDS = (30, 60, 125, 250, 500, 1000, 2000)
_SIDEWAYS = 6
"""EXIF orientation: turn the stored picture a quarter clockwise to see it upright."""


def exif_of(photo: Photo) -> Image.Exif:
    """The camera's data, the title and the rating of a photo."""
    rng = random.Random(f"exif {photo.path}")
    exif = Image.Exif()
    camera, taken_at = photo.camera, photo.taken_at
    if photo.title is not None:
        exif[Base.ImageDescription] = photo.title
    if photo.keywords and rng.random() < 0.4:
        exif[Base.XPKeywords] = (";".join(photo.keywords) + "\0").encode("utf-16-le")
    if photo.rating is not None:
        exif[Base.Rating] = photo.rating
    if camera is None or taken_at is None:
        return exif
    exif[Base.Make], exif[Base.Model] = camera.make, camera.model
    exif[Base.Orientation] = _SIDEWAYS if is_stored_sideways(photo) else 1
    exif[Base.DateTime] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    dark = photo.scene.place == "night"
    speed = 4 if dark else rng.choice(_SHUTTER_SPEEDS)
    exif.get_ifd(IFD.Exif).update(
        {
            Base.DateTimeOriginal: f"{taken_at:%Y:%m:%d %H:%M:%S}",
            Base.OffsetTimeOriginal: photo.utc_offset,
            Base.ExposureTime: _rational(Fraction(1, speed)),
            Base.FNumber: _rational(Fraction(str(camera.f_number))),
            Base.ISOSpeedRatings: 3200 if dark else rng.choice((100, 100, 200, 400)),
            Base.FocalLength: _rational(Fraction(str(camera.focal_length_mm))),
            Base.LensModel: camera.lens,
        }
    )
    if photo.position is not None:
        exif.get_ifd(IFD.GPSInfo).update(_gps(photo.position))
    return exif


def is_stored_sideways(photo: Photo) -> bool:
    """Whether the file holds the picture lying on its side."""
    upright = photo.size[0] < photo.size[1]
    return photo.camera is not None and photo.camera.turns_portraits and upright


def xmp_of(photo: Photo) -> bytes | None:
    """An XMP packet with keywords (dc:subject), title and rating; None when there is nothing."""
    if not (photo.keywords or photo.rating is not None):
        return None
    subjects = "".join(f"<rdf:li>{escape(word)}</rdf:li>" for word in photo.keywords)
    parts = [f"<dc:subject><rdf:Bag>{subjects}</rdf:Bag></dc:subject>"] if subjects else []
    if photo.title is not None:
        title = f'<rdf:li xml:lang="x-default">{escape(photo.title)}</rdf:li>'
        parts.append(f"<dc:title><rdf:Alt>{title}</rdf:Alt></dc:title>")
    rating = f' xmp:Rating="{photo.rating}"' if photo.rating is not None else ""
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:xmp="http://ns.adobe.com/xap/1.0/"{rating}>{"".join(parts)}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    return packet.encode()


def _gps(position: tuple[float, float]) -> dict[int, object]:
    latitude, longitude = position
    return {
        GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        GPS.GPSLatitude: _degrees(latitude),
        GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        GPS.GPSLongitude: _degrees(longitude),
    }


def _degrees(angle: float) -> tuple[TiffImagePlugin.IFDRational, ...]:
    """Degrees, minutes and seconds to a hundredth."""
    hundredths = round(abs(angle) * 360_000)
    return (
        _rational(Fraction(hundredths // 360_000)),
        _rational(Fraction(hundredths // 6000 % 60)),
        _rational(Fraction(hundredths % 6000, 100)),
    )


def _rational(value: Fraction) -> TiffImagePlugin.IFDRational:
    return TiffImagePlugin.IFDRational(value.numerator, value.denominator)
