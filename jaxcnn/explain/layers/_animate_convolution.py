"""A filter that slides over an image, as a moving picture."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn.explain.drawing._drawable import as_finite
from jaxcnn.explain.drawing._signed_colors import as_number
from jaxcnn.explain.layers._sliding_window import Slide, animate, check_sizes, windows_of
from jaxcnn.functional import PaddingLike, resolve_padding


def animate_convolution(
    image: ArrayLike,
    kernel: ArrayLike,
    path: str | os.PathLike[str],
    *,
    strides: int | Sequence[int] = 1,
    padding: PaddingLike = "VALID",
    title: str = "A filter slides over an image",
    milliseconds: int = 1000,
) -> Path:
    """Write a GIF of a filter that slides over an image's numbers and fills its output.

    At each step the filter's numbers are multiplied by those below it and summed, as
    `jaxcnn.functional.conv` does (it does not flip the filter).

    Args:
        image: `(H, W)` numbers, at most 12×12 with padding.
        kernel: `(h, w)` weights.
        path: Where to; its name ends in ``.gif``.
        strides: How far the filter moves: down, and to the right.
        padding: What is put around the image, as in `jaxcnn.functional.conv`; it is drawn gray.
        title: What is shown.
        milliseconds: How long each step is seen.

    Returns:
        The path. There is a frame for each number of the output, at most 100.

    Raises:
        ValueError: For arrays of another rank, NaN, a filter that does not fit, an image too
            large to read, or a path of another ending.
        ImportError: Where matplotlib or Pillow is missing.

    Example:
        >>> from jaxcnn import explain
        >>> image = np.eye(5)
        >>> explain.animate_convolution(image, np.ones((3, 3)), "sliding.gif")  # doctest: +SKIP
        PosixPath('sliding.gif')
    """
    slide = slide_of(image, kernel, strides, padding)
    down, right = slide.strides
    caption = (
        "The numbers in the frame are multiplied by the filter's, one by one, and summed: a number "
        f"of the output. Then the frame moves: {right} to the right, at the end of a row {down} "
        "down."
    )
    return animate(slide, path, title=title, caption=caption, milliseconds=milliseconds)


def slide_of(
    image: ArrayLike, kernel: ArrayLike, strides: int | Sequence[int], padding: PaddingLike
) -> Slide:
    """What slides over what, checked."""
    numbers = as_finite("image", image, "(H, W)", (2,))
    weights = as_finite("kernel", kernel, "(h, w)", (2,))
    down, right = per_axis("strides", strides, 2)
    pads = resolve_padding(padding, numbers.shape, weights.shape, (down, right))
    padded = np.pad(
        numbers,
        pads,
        "wrap" if isinstance(padding, str) and padding == "CIRCULAR" else "constant",
    )
    window = (weights.shape[0], weights.shape[1])
    check_sizes(padded, window, (down, right))
    places = windows_of(padded, window, (down, right))
    return Slide(
        numbers=padded,
        is_padding=~np.pad(np.ones(numbers.shape, bool), pads),
        window=window,
        strides=(down, right),
        outputs=(places * weights).sum(axis=(2, 3)),
        formulas=[_formula(place, weights) for row in places for place in row],
        kernel=weights,
        names=("image with padding" if any(map(any, pads)) else "image", "filter", "output"),
    )


def _formula(numbers: np.ndarray, weights: np.ndarray) -> str:
    terms = [
        f"{_factor(number)}·{_factor(weight)}"
        for number, weight in zip(numbers.flat, weights.flat, strict=True)
    ]
    return f"{' + '.join(terms)} = {as_number(float((numbers * weights).sum()))}"


def _factor(value: float) -> str:
    text = as_number(float(value))
    return f"({text})" if value < 0 else text
