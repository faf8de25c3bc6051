"""Drawing the plan and writing it to files."""

import io
from dataclasses import replace
from pathlib import Path

from PIL import Image, PngImagePlugin

from training.sample_gallery import golden, shop, taxonomy
from training.sample_gallery.metadata import exif_of, is_stored_sideways, xmp_of
from training.sample_gallery.photos import Photo, plan_photos
from training.sample_gallery.snaps import snap
from training.scenes import draw_frame

_SUPERSAMPLING = 3
_PHOTO_QUALITY = 76
_COPY_QUALITY = 60
_SNAP_QUALITY = 72


def write_demo(folder: Path) -> int:
    """Write gallery, shop, taxonomy and golden queries below `folder`; returns their bytes.

    Files of an earlier plan are removed from the folders that this fills.
    """
    photos, products = plan_photos(), shop.plan_products()
    files: dict[str, bytes] = {}
    for photo in photos:
        files[f"gallery/{photo.path}"] = encode_photo(photo)
    for product in products:
        for path in product.images:
            view = shop.draw_view(product, path)
            files[f"shop/{path}"] = encode_jpeg(view, _PHOTO_QUALITY)
    files.update(_snaps(photos, products))
    files["shop/catalogue.csv"] = shop.catalogue_csv(products).encode()
    files["shop/catalogue.jsonl"] = shop.catalogue_jsonl(products[::5]).encode()
    files["taxonomy.yaml"] = taxonomy.taxonomy_yaml().encode()
    skus = {words_of(product): product.sku for product in products}
    files["golden.yaml"] = golden.golden_yaml(photos).encode()
    files["golden-shop.yaml"] = golden.shop_golden_yaml(skus).encode()
    _replace_files(folder, files)
    return sum(len(content) for content in files.values())


def encode_photo(photo: Photo) -> bytes:
    """The file of a photo, pixels and metadata, in the format that its path names."""
    picture = draw_frame(photo.scene, photo.size, supersampling=_SUPERSAMPLING)
    buffer = io.BytesIO()
    if photo.path.endswith(".png"):
        # A scan of flat colours: a palette loses nothing that the eye would miss.
        described = PngImagePlugin.PngInfo()
        described.add_itxt("Title", photo.title or "scan")
        flat = picture.quantize(128, dither=Image.Dither.NONE)
        flat.save(buffer, "PNG", optimize=True, pnginfo=described)
    elif photo.path.endswith(".webp"):
        picture.save(buffer, "WEBP", quality=_PHOTO_QUALITY, xmp=xmp_of(photo) or b"")
    elif photo.copy_of is not None:
        small = picture.resize((photo.size[0] * 2 // 3, photo.size[1] * 2 // 3))
        return encode_jpeg(small, _COPY_QUALITY)
    else:
        if is_stored_sideways(photo):
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        packet = xmp_of(photo)
        extra = {"xmp": packet} if packet is not None else {}
        picture.save(
            buffer, "JPEG", quality=_PHOTO_QUALITY, optimize=True, exif=exif_of(photo), **extra
        )
    return buffer.getvalue()


def encode_jpeg(picture: Image.Image, quality: int) -> bytes:
    """A JPEG file without metadata."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def words_of(product: shop.Product) -> str:
    """A product in the words of the plan, `red plain shoe`."""
    return f"{product.colour} {product.pattern} {product.thing}"


def _snaps(photos: list[Photo], products: list[shop.Product]) -> dict[str, bytes]:
    by_name = {photo.name: photo for photo in photos}
    by_words = {words_of(product): product for product in products}
    files = {}
    for name in golden.photo_snaps():
        scene = by_name[name].scene
        other = replace(scene, seed=scene.seed ^ 1)
        picture = snap(draw_frame(other, (360, 360)), name)
        files[golden.snap_path(name)] = encode_jpeg(picture, _SNAP_QUALITY)
    for words in golden.shop_snaps():
        picture = snap(shop.draw_view(by_words[words], "snap", (360, 360)), words)
        files[golden.snap_path(words)] = encode_jpeg(picture, _SNAP_QUALITY)
    return files


def _replace_files(folder: Path, files: dict[str, bytes]) -> None:
    for top in ("gallery", "shop", "queries"):
        for old in sorted((folder / top).rglob("*")):
            if old.is_file() and old.relative_to(folder).as_posix() not in files:
                old.unlink()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
