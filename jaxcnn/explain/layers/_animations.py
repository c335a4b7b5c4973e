"""A filter, or a pooling window, that slides over an image, as a moving picture."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn.explain.drawing._drawable import as_finite
from jaxcnn.explain.drawing._signed_numbers import as_number
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
    slide = filter_slide(image, kernel, strides, padding)
    down, right = slide.strides
    caption = (
        "The numbers in the frame are multiplied by the filter's, one by one, and summed: a number "
        f"of the output. Then the frame moves: {right} to the right, at the end of a row {down} "
        "down."
    )
    return animate(slide, path, title=title, caption=caption, milliseconds=milliseconds)


def filter_slide(
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
        formulas=[_formula_of_filter(place, weights) for row in places for place in row],
        kernel=weights,
        names=("image with padding" if any(map(any, pads)) else "image", "filter", "output"),
    )


def _formula_of_filter(numbers: np.ndarray, weights: np.ndarray) -> str:
    terms = [
        f"{_factor(number)}·{_factor(weight)}"
        for number, weight in zip(numbers.flat, weights.flat, strict=True)
    ]
    return f"{' + '.join(terms)} = {as_number(float((numbers * weights).sum()))}"


def _factor(value: float) -> str:
    text = as_number(float(value))
    return f"({text})" if value < 0 else text


TEXTS = {
    "max": "The largest number in the frame goes to the output",
    "average": "The mean of the numbers in the frame goes to the output",
}


def animate_pooling(
    image: ArrayLike,
    window_shape: int | Sequence[int],
    path: str | os.PathLike[str],
    *,
    kind: Literal["max", "average"] = "max",
    strides: int | Sequence[int] | None = None,
    title: str | None = None,
    milliseconds: int = 1000,
) -> Path:
    """Write a GIF of a pooling window that slides over an image's numbers.

    Args:
        image: `(H, W)` numbers, at most 12×12.
        window_shape: How many rows and columns are pooled into one number.
        path: Where to; its name ends in ``.gif``.
        kind: ``"max"`` or ``"average"``.
        strides: How far the window moves; None: as far as it is large.
        title: What is shown; None: the kind of pooling.
        milliseconds: How long each step is seen.

    Returns:
        The path. There is a frame for each number of the output, at most 100.

    Raises:
        ValueError: For an array of another rank, NaN, a window that does not fit, an image too
            large to read, an unknown kind, or a path of another ending.
        ImportError: Where matplotlib or Pillow is missing.

    Example:
        >>> from jaxcnn import explain
        >>> image = np.arange(16).reshape(4, 4)
        >>> explain.animate_pooling(image, 2, "pooling.gif")  # doctest: +SKIP
        PosixPath('pooling.gif')
    """
    slide = pooling_slide(image, window_shape, kind, strides)
    down, right = slide.strides
    caption = (
        f"{TEXTS[kind]}. Then the frame moves: {right} to the right, at the end of a row {down} "
        "down."
    )
    height, width = slide.window
    title = title or f"{kind.capitalize()} pooling, window {height}×{width}"
    return animate(slide, path, title=title, caption=caption, milliseconds=milliseconds)


def pooling_slide(
    image: ArrayLike,
    window_shape: int | Sequence[int],
    kind: str,
    strides: int | Sequence[int] | None,
) -> Slide:
    """What slides over what, checked."""
    numbers = as_finite("image", image, "(H, W)", (2,))
    if kind not in TEXTS:
        raise ValueError(f"kind must be 'max' or 'average'; got {kind!r}")
    height, width = per_axis("window_shape", window_shape, 2)
    down, right = per_axis("strides", (height, width) if strides is None else strides, 2)
    check_sizes(numbers, (height, width), (down, right))
    places = windows_of(numbers, (height, width), (down, right))
    return Slide(
        numbers=numbers,
        is_padding=np.zeros(numbers.shape, bool),
        window=(height, width),
        strides=(down, right),
        outputs=places.max(axis=(2, 3)) if kind == "max" else places.mean(axis=(2, 3)),
        formulas=[_formula_of_pooling(place, kind) for row in places for place in row],
        kernel=None,
        names=("image", "output"),
    )


def _formula_of_pooling(numbers: np.ndarray, kind: str) -> str:
    texts = [as_number(float(number)) for number in numbers.flat]
    if kind == "max":
        return f"max({', '.join(texts)}) = {as_number(float(numbers.max()))}"
    return f"({' + '.join(texts)}) / {len(texts)} = {as_number(float(numbers.mean()))}"
