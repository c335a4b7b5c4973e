"""Picture files in requests: decode them within limits, name their classes, explain them."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np

from jaxcnn._support.web import png_url
from jaxcnn.data import DataError, TooManyPixelsError, load_image
from jaxcnn.explain import NoSpatialLayerError, grad_cam
from jaxcnn.inference import Network
from jaxcnn.serving._errors import RequestError
from jaxcnn.serving._heat import heat_picture, place_in_words

MAX_SCANS = 64
"""In a JPEG file. Each scan of a progressive file passes over all pixels; ten are usual."""

SIGNATURES = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"GIF8", b"BM")
"""Beginnings of picture files."""

STRIPPED = (b"\r", b"\n", b"\0")
"""Characters that ``curl -d`` leaves out of a file."""

MAX_FORM_HEAD = 1000
"""Bytes at the beginning of a form in which it says that it is one."""

START_OF_SCAN = b"\xff\xda"


def decode_picture(content: bytes, network: Network, max_pixels: int) -> np.ndarray:
    """Decode a picture file, and resize and crop it as the network needs it.

    Args:
        content: The file.
        network: The network.
        max_pixels: Most pixels of the file.

    Returns:
        ``input_shape`` uint8.

    Raises:
        RequestError: If the file is no picture, damaged, or too large.
    """
    if content.count(START_OF_SCAN) > MAX_SCANS and content.startswith(b"\xff\xd8"):
        raise RequestError(413, f"picture: expected at most {MAX_SCANS} scans, got more")
    try:
        return load_image(
            io.BytesIO(content),
            network.input_shape,
            preprocessing=network.preprocessing,
            max_pixels=max_pixels,
        )
    except DataError as error:
        status = 413 if isinstance(error, TooManyPixelsError) else 400
        message = str(error).removeprefix("an open file: ")
        raise RequestError(status, f"picture: {message}{_hint(content)}") from None
    except MemoryError:
        raise RequestError(413, "picture: expected one that fits in memory, got another") from None


def _hint(content: bytes) -> str:
    """Say how a picture is sent, if a client has sent it in another way; else nothing."""
    if content.startswith(b"--") and b"form-data" in content[:MAX_FORM_HEAD]:
        return " (the body must be the picture itself, not a form)"
    is_stripped = not any(character in content for character in STRIPPED)
    if content.startswith(SIGNATURES) and is_stripped:
        return " (some of its bytes were left out: with curl, use --data-binary in place of -d)"
    return ""


def named_outputs(network: Network, outputs: np.ndarray, top: int | None) -> dict[str, Any]:
    """Return the most probable classes of one picture by name, or the numbers of a regression.

    Args:
        network: The network.
        outputs: ``(classes,)``, probabilities or numbers.
        top: Number of classes; None means 3, or all probable ones of a multilabel network.

    Raises:
        RequestError: If `top` does not fit the network.
    """
    try:
        named = network.top_classes(outputs, top=top)
    except ValueError as error:
        raise RequestError(400, str(error)) from None
    field, value = ("classes", "probability") if network.task.has_classes else ("numbers", "number")
    return {field: [{"name": name, value: float(number)} for name, number in named]}


HeatMap = Callable[[np.ndarray, int], np.ndarray]
"""A compiled function from a picture and a class to a heat map ``(H, W)``."""


def compile_heat_map(network: Network) -> HeatMap | None:
    """Compile Grad-CAM for one picture; return None if the network has no maps for it."""
    if not network.takes_pictures:
        return None
    function = jax.jit(partial(grad_cam, network))

    def heat_map(picture: np.ndarray, target: int) -> np.ndarray:
        return np.asarray(function(picture[None], np.array([target])))[0]

    try:
        heat_map(np.zeros(network.input_shape, np.uint8), 0)
    except NoSpatialLayerError:
        return None
    return heat_map


def explanation(picture: np.ndarray, heat: np.ndarray, name: str) -> dict[str, Any]:
    """Return the pictures that explain an answer, with a text for those who do not see them.

    Args:
        picture: What the network saw, ``(H, W, C)`` uint8.
        heat: The heat map, ``(H, W)``.
        name: The name of the output that is explained.
    """
    place = place_in_words(heat)
    words = f"is strongest at the {place}" if place else "is 0 everywhere"
    return {
        "output": name,
        "text": f"The Grad-CAM heat map for {name} {words} of the picture.",
        "picture": png_url(picture),
        "heat": png_url(heat_picture(heat)),
    }
