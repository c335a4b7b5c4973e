"""Pictures as ``data:`` URLs and hashes for content security policies, for HTML pages."""

import base64
import hashlib
import io

import numpy as np

from jaxcnn._support.extras import import_extra


def png_url(pixels: np.ndarray, *, colors: int | None = None, optimize: bool = False) -> str:
    """Encode a picture as a PNG file in a ``data:`` URL.

    Args:
        pixels: ``(H, W, C)`` uint8 with 1, 3 or 4 channels.
        colors: The number of colors to reduce the picture to, by a palette; None keeps all colors.
        optimize: Whether to search for the smallest file, which takes longer.

    Raises:
        ImportError: If Pillow is not installed.
    """
    image = import_extra("PIL.Image")
    made = image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    if colors is not None:
        made = made.quantize(colors, dither=image.Dither.NONE)
    content = io.BytesIO()
    made.save(content, "png", optimize=optimize)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def source_hash(text: str) -> str:
    """Return the hash by which a content security policy allows a script or a style sheet.

    Args:
        text: The content of the element, unchanged.

    Example:
        >>> source_hash("alert('Hello, world.');")
        'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='

    Source: W3C, *Content Security Policy Level 3*, which has this example.
    """
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
