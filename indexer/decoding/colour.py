"""Any picture mode to sRGB: profiles converted, deep samples scaled, alpha laid on white."""

from __future__ import annotations

import io

from PIL import Image, ImageCms

_ALPHA_MODES = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})
_WHITE = (255, 255, 255, 255)

_PROFILE_SPACES = {
    "RGB ": "RGB",
    "GRAY": "L",
    "CMYK": "CMYK",
    "Lab ": "LAB",
}
"""Colour space in an ICC header to the Pillow mode that its samples have."""


def to_srgb(image: Image.Image) -> Image.Image:
    """The picture as mode RGB in sRGB, transparent parts on white.

    A profile that is broken or does not fit the samples is passed over. CMYK without a profile is
    converted by plain ink subtraction, as browsers show it.
    """
    profile = image.info.get("icc_profile")
    image = to_eight_bits(image)
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if _has_transparency(image) else "RGB")
    elif image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        image = image.convert("RGBA")
    elif image.mode == "La":
        image = image.convert("LA")
    elif image.mode == "RGBa":
        image = image.convert("RGBA")
    alpha = image.getchannel("A") if image.mode in _ALPHA_MODES else None
    colours = _without_alpha(image)
    converted = _by_profile(colours, profile) if profile else None
    rgb = converted if converted is not None else _plainly(colours)
    return rgb if alpha is None else _on_white(rgb, alpha)


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Deep grey as mode L, scaled over its nominal range; other modes as they are."""
    if image.mode not in ("I", "F") and not image.mode.startswith("I;16"):
        return image
    from indexer.decoding.deep import grey_of

    return grey_of(image)


def _has_transparency(image: Image.Image) -> bool:
    palette = image.palette
    return (
        image.mode == "PA"
        or "transparency" in image.info
        or (palette is not None and palette.mode == "RGBA")
    )


def _without_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA":
        return image.convert("RGB")
    if image.mode == "LA":
        return image.convert("L")
    return image


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture through its own profile, None where that cannot be done."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "RGB" and _is_srgb(source):
            return image
        expected = _PROFILE_SPACES.get(source.profile.xcolor_space)
        if expected == "RGB" and image.mode in ("L", "1"):
            image = image.convert("RGB")
        elif expected == "L" and image.mode in ("1", "RGB"):
            image = image.convert("L")
        if expected != image.mode:
            return None
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    """Whether the profile calls itself sRGB: then its pixels stay, to the last bit."""
    description = profile.profile.profile_description or ""
    return description.startswith("sRGB")


def _plainly(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        transform = ImageCms.buildTransform(
            ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"
        )
        converted = ImageCms.applyTransform(image, transform)
        if converted is not None:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(rgb: Image.Image, alpha: Image.Image) -> Image.Image:
    if alpha.getextrema() == (255, 255):
        return rgb
    white = Image.new("RGB", rgb.size, _WHITE[:3])
    white.paste(rgb, mask=alpha)
    return white
