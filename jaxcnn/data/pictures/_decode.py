"""Decode one image file into an array: some formats, recognized by content, up to a pixel limit."""

import importlib
import io
import os
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any, BinaryIO

import numpy as np

from jaxcnn._support.extras import import_extra
from jaxcnn._support.json_texts import read_limited
from jaxcnn._support.texts import readable
from jaxcnn.data._errors import DataError, TooManyPixelsError
from jaxcnn.data.pictures._pillow_image import pixels_of, size_of

# 256 MiB in color; above this size, Pillow itself warns of decompression bombs.
MAX_PIXELS = 2**28 // 3

MAX_BYTES = 2**29
"""In one file, 512 MiB: more than `MAX_PIXELS` of 32 bits take in a file without compression."""

# The first bytes of each format, and the class for it. `PIL.Image.open` is not used, because its
# pixel limit is a global variable, and it opens files of some fifty formats.
FORMATS = {
    rb"\xff\xd8\xff": ("PIL.JpegImagePlugin", "JpegImageFile"),
    rb"\x89PNG\r\n\x1a\n": ("PIL.PngImagePlugin", "PngImageFile"),
    rb"RIFF....WEBP": ("PIL.WebPImagePlugin", "WebPImageFile"),
    rb"BM": ("PIL.BmpImagePlugin", "BmpImageFile"),
    rb"GIF8[79]a": ("PIL.GifImagePlugin", "GifImageFile"),
    rb"II\*\0|MM\0\*": ("PIL.TiffImagePlugin", "TiffImageFile"),
    rb"....ftyp(hei[cxms]|hev[cx]|mif1|msf1)": ("pillow_heif.as_plugin", "HeifImageFile"),
}
NAMED_FORMATS = "JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC"

OTHER_FORMATS = {
    rb"....ftypavi[fs]": "AVIF",
    rb"\xff\x0a|\0\0\0\x0cJXL ": "JPEG XL",
    rb"\0\0\0\x0cjP  ": "JPEG 2000",
    rb"....ftyp": "MP4",
    rb"%PDF": "PDF",
    rb"8BPS": "Photoshop",
    rb"PK\x03\x04": "ZIP",
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg": "SVG",
    rb"\s*<(!DOCTYPE html|html)": "HTML",
}
"""The first bytes of formats that are not read, for the error that names them."""

MAX_START = 1024
"""Number of bytes by which the format is recognized."""

PNG_START = b"\x89PNG\r\n\x1a\n"

# JPEG segments that may change how pixels are shown: EXIF, color profiles, Adobe's.
METADATA_SEGMENTS = re.compile(rb"\xff[\xe1-\xef]")


ImageSource = str | os.PathLike[str] | BinaryIO
"""The path of an image file, or a file opened to read bytes."""


def decode(source: ImageSource, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Decode a JPEG, PNG, WebP, BMP, GIF, TIFF or HEIC file, whatever its name, into an array.

    HEIC files need the package pillow-heif. The image is rotated as its EXIF data say, and
    transparent parts become white. 16-bit values are reduced to their upper 8 bits. CMYK and
    palettes become RGB. Color profiles are not applied. If the file is an animation, only the first
    frame is read.

    Args:
        source: The file.
        max_pixels: An image with more pixels raises an error before it is decoded.

    Returns:
        ``(H, W, C)`` uint8, with one channel if the file is gray, else three.

    Raises:
        DataError: If the file has another format or is damaged; the message names the file.
        TooManyPixelsError: If it has more pixels; this is a DataError, too.
        OSError: If the file cannot be read.
        ImportError: If Pillow is not installed.
    """
    content = _read(source)
    try:
        image = _decode_simple_jpeg(content, max_pixels)
        return _decode_by_pillow(content, max_pixels) if image is None else image
    except (ImportError, MemoryError):
        raise
    except DataError as error:
        raise type(error)(f"{readable(source_name(source))}: {error}") from None
    except Exception as error:  # for damaged files, Pillow raises errors of many types
        reason = str(error) or type(error).__name__
        raise DataError(
            f"{readable(source_name(source))}: expected an image, got another or a damaged file "
            f"({reason})"
        ) from error


def read_size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return the height and width of an image file, from its header alone.

    Raises:
        DataError: If the file has another format, or its header is damaged.
        OSError: If the file cannot be read.
    """
    with open(path, "rb") as file:
        start = file.read(MAX_START)
        try:
            file.seek(0)
            return size_of(_format_of(start)(file))
        except (ImportError, OSError, DataError):
            raise
        except Exception as error:  # for damaged files, Pillow raises errors of many types
            raise DataError(f"{readable(os.fspath(path))}: {error}") from error


def source_name(source: ImageSource) -> str:
    """Return the name of a file for messages: its path, or the name of an open file.

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
        if isinstance(source, str | os.PathLike):
            if "\0" in os.fspath(source):  # no system allows it
                raise ValueError(f"path: expected the name of a file, got {source!r}")
            return _read_file(source)
        content = source.read(MAX_BYTES + 1)
    except OSError as error:
        error.filename = source_name(source)  # `open` sets it, `read` does not
        raise
    if len(content) > MAX_BYTES:
        raise DataError(f"{source_name(source)}: expected at most {MAX_BYTES:,} bytes, got more")
    return content


def _read_file(path: str | os.PathLike[str]) -> bytes:
    try:
        return read_limited(path, MAX_BYTES)
    except ValueError as error:
        raise DataError(str(error)) from None


def _decode_simple_jpeg(content: bytes, max_pixels: int) -> np.ndarray | None:
    """Decode a gray or YCbCr JPEG by simplejpeg, several times faster; None if it is another file.

    The result equals Pillow's, because both use libjpeg-turbo. Errors are left to Pillow.
    """
    simplejpeg = _simplejpeg()
    if simplejpeg is None or content[:3] != b"\xff\xd8\xff" or METADATA_SEGMENTS.search(content):
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


def _decode_by_pillow(content: bytes, max_pixels: int) -> np.ndarray:
    try:
        return _pillows_array(content, max_pixels)
    except (ImportError, MemoryError, DataError):
        raise
    except Exception:
        # Pillow refuses pictures with large texts and color profiles, which are not read here.
        without = _without_texts(content)
        if len(without) == len(content):
            raise
        return _pillows_array(without, max_pixels)


def _without_texts(content: bytes) -> bytes:
    """Return a PNG file without its texts and its color profile; other files unchanged."""
    if not content.startswith(PNG_START):
        return content
    kept, start = [PNG_START], len(PNG_START)
    while start < len(content):
        end = start + 12 + int.from_bytes(content[start : start + 4], "big")
        if content[start + 4 : start + 8] not in (b"tEXt", b"zTXt", b"iTXt", b"iCCP"):
            kept.append(content[start:end])
        start = end
    return b"".join(kept)


def _pillows_array(content: bytes, max_pixels: int) -> np.ndarray:
    image = _open(content)
    width, height = image.size
    if width * height > max_pixels:
        raise TooManyPixelsError(
            f"expected at most max_pixels={max_pixels}, got {width}×{height} pixels"
        )
    if image.format == "PNG":
        _open(content).verify()  # the pixels' checksums, which decoding does not check
    return pixels_of(image)


def _open(content: bytes):
    """Return Pillow's image, with only its header read."""
    return _format_of(content[:MAX_START])(io.BytesIO(content))


def _format_of(start: bytes) -> Callable[[BinaryIO], Any]:
    """Return the class of Pillow, or of a plugin, that opens files that begin with these bytes."""
    if not start:
        raise DataError("expected an image, got an empty file")
    for pattern, (module, name) in FORMATS.items():
        if re.match(pattern, start, re.DOTALL):
            return getattr(_plugin(module), name)
    named = (name for each, name in OTHER_FORMATS.items() if re.match(each, start, re.DOTALL))
    if kind := next(named, None):
        raise DataError(f"expected a {NAMED_FORMATS} image, got a file of the format {kind}")
    raise DataError(f"expected a {NAMED_FORMATS} image, got a file that begins with {start[:8]!r}")


def _plugin(module: str) -> ModuleType:
    if not module.startswith("pillow_heif"):
        return import_extra(module)
    try:
        return importlib.import_module(module)
    except ImportError:  # one such file must not end the reading of others
        raise DataError(
            "expected a picture that the installed packages can read, got a HEIC file (pip "
            "install pillow-heif)"
        ) from None
