"""The cameras that the invented family owns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Camera:
    """A camera as its files name it."""

    make: str
    model: str
    lens: str
    f_number: float
    focal_length_mm: float
    stem: str
    """How it names its files: a `strftime` pattern, with `{n}` for a running number."""
    turns_portraits: bool = False
    """Stores upright pictures lying on their side, with an orientation that says so."""


PIXEL_8 = Camera(
    "Google", "Pixel 8", "Pixel 8 back camera 6.9mm f/1.68", 1.68, 6.9, "PXL_%Y%m%d_%H%M%S"
)
IPHONE_13 = Camera(
    "Apple",
    "iPhone 13",
    "iPhone 13 back dual wide camera 5.1mm f/1.6",
    1.6,
    5.1,
    "IMG_{n}",
    turns_portraits=True,
)
EOS_R6 = Camera("Canon", "Canon EOS R6", "RF24-105mm F4-7.1 IS STM", 5.6, 50.0, "_MG_{n}")
X100V = Camera("FUJIFILM", "X100V", "Fujinon 23mm f/2", 4.0, 23.0, "DSCF{n}")
