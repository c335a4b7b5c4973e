"""One image file as an array: four formats, known by their content, and a cap on the pixels."""

import io
import os
import re
from types import ModuleType
from typing import BinaryIO

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn.data._errors import DataError

# 256 MiB in color, where Pillow itself begins to warn of decompression bombs.
MAX_PIXELS = 2**28 // 3

# How a file begins, and Pillow's class for it. `PIL.Image.open` is not asked: its own cap on the
# pixels is a global variable.
FORMATS = {
    rb"\xff\xd8\xff": ("PIL.JpegImagePlugin", "JpegImageFile"),
    rb"\x89PNG\r\n\x1a\n": ("PIL.PngImagePlugin", "PngImageFile"),
    rb"RIFF....WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    rb"BM": ("PIL.BmpImagePlugin", "BmpImageFile"),
}

# Segments of a JPEG that say more than how to get its pixels: EXIF, color profiles, Adobe's.
MORE_THAN_PIXELS = re.compile(rb"\xff[\xe1-\xef]")


ImageSource = str | os.PathLike[str] | BinaryIO
"""Where an encoded image is read from: the path of a file, or an open one."""


def decode(source: ImageSource, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Read a JPEG, PNG, WebP or BMP file, whatever its name, as people see it.

    It is turned as its EXIF data say; what is transparent lies on white; 16 bits become the upper
    8; CMYK and palettes become RGB; color profiles are not applied; of an animation, the first
    frame is read.

    Args:
        source: The file.
        max_pixels: More than these are refused before anything is decoded.

    Returns:
        `(H, W, C)` uint8, with one channel where the file has only gray, else three.

    Raises:
        DataError: If the file is none of these, damaged or too large; it is named.
        OSError: If it cannot be read.
        ImportError: If Pillow is not installed.
    """
    content = _read(source)
    try:
        image = _plain_jpeg(content, max_pixels)
        return _with_pillow(content, max_pixels) if image is None else image
    except (ImportError, MemoryError):
        raise
    except DataError as error:
        raise DataError(f"{source_name(source)}: {error}") from None
    except Exception as error:  # what damaged files raise in Pillow is of many types
        reason = str(error) or type(error).__name__
        raise DataError(
            f"{source_name(source)}: not an image, or a damaged one: {reason}"
        ) from error


def source_name(source: ImageSource) -> str:
    """Return what messages call a file: its path, or the name that an open one has.

    Args:
        source: The path of a file, or a file opened to read bytes.

    Example:
        >>> source_name("cats/1.jpg"), source_name(io.BytesIO())
        ('cats/1.jpg', 'an open file')
    """
    if isinstance(source, str | os.PathLike):
        return os.fspath(source)
    return str(getattr(source, "name", "an open file"))


def _read(source: ImageSource) -> bytes:
    try:
        if not isinstance(source, str | os.PathLike):
            return source.read()
        with open(source, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        error.filename = source_name(source)  # open names it, read does not
        raise
    except ValueError as error:  # no system takes a NUL in a name
        raise ValueError(f"path: expected the name of a file, got {source!r} ({error})") from None


def _plain_jpeg(content: bytes, max_pixels: int) -> np.ndarray | None:
    """Decode a JPEG in gray or YCbCr by simplejpeg, several times faster; None if it is another.

    The bits are Pillow's, for both use libjpeg-turbo. Whatever is wrong, Pillow may say.
    """
    simplejpeg = _simplejpeg()
    if simplejpeg is None or content[:3] != b"\xff\xd8\xff" or MORE_THAN_PIXELS.search(content):
        return None
    try:
        height, width, colors, _ = simplejpeg.decode_jpeg_header(content)
        colors = {"Gray": "GRAY", "YCbCr": "RGB"}.get(colors)
        if colors is None or height * width > max_pixels:
            return None
        return simplejpeg.decode_jpeg(content, colors)
    except ValueError:
        return None


def _simplejpeg() -> ModuleType | None:
    try:
        import simplejpeg
    except ImportError:
        return None
    return simplejpeg


def _with_pillow(content: bytes, max_pixels: int) -> np.ndarray:
    pillow = import_extra("PIL.Image")
    image = _open(content)
    width, height = image.size
    if width * height > max_pixels:
        raise DataError(f"{width}×{height} pixels, more than max_pixels={max_pixels}")
    if image.format == "PNG":
        _open(content).verify()  # the checksums of its pixels, which are not looked at otherwise
    image = _upright(image)
    if image.mode.startswith("I"):
        return (np.asarray(image) >> 8).astype(np.uint8)[..., None]
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = pillow.new("RGBA", image.size, "white")
        image = pillow.alpha_composite(white, image)
    elif image.mode in ("1", "L"):
        return np.array(image.convert("L"))[..., None]
    return np.array(image.convert("RGB"))


def _open(content: bytes):
    """Return Pillow's image, of which only the header has been read."""
    if not content:
        raise DataError("not an image: the file is empty")
    for start, (module, name) in FORMATS.items():
        if re.match(start, content, re.DOTALL):
            return getattr(import_extra(module), name)(io.BytesIO(content))
    raise DataError(
        f"expected a JPEG, PNG, WebP or BMP image, got a file that begins with {content[:8]!r}"
    )


def _upright(image):
    """Turn an image as its EXIF data say; where they are damaged, it stays as it is."""
    transpose = import_extra("PIL.Image").Transpose
    turns = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_270,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_90,
    }
    image.load()  # so that what is wrong with the pixels is not taken for damaged EXIF data
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # of many types, too
        return image
    return image.transpose(turns[orientation]) if orientation in turns else image
