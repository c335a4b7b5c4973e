"""Animate a filter, or a pooling window, that slides over an image."""

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
    """Write a GIF of a convolution: a filter slides over an image and fills the output.

    At each step, each weight of the filter is multiplied by the image value below it, and the
    products are summed. The filter is not flipped; `jaxcnn.functional.conv` does not flip filters
    either.

    Args:
        image: `(H, W)` values, at most 12×12 including the padding.
        kernel: `(h, w)` weights.
        path: The GIF file to write, with a name that ends in ``.gif``.
        strides: How far the filter moves, in pixels: one number, or (down, right).
        padding: ``"VALID"``, ``"SAME"`` or another padding that `jaxcnn.functional.conv` takes. The
            values in the padding are gray.
        title: The figure's title.
        milliseconds: Duration of each step, at least 20.

    Returns:
        The path. The GIF has one frame per output value.

    Raises:
        ValueError: If an array has the wrong rank or contains NaN. Also if the filter does not fit
            the image, the image with its padding is larger than 12×12, or there are more than 100
            positions. Also if the path does not end in ``.gif``.
        ImportError: If matplotlib or Pillow is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> image = np.eye(5)
        >>> explain.animate_convolution(image, np.ones((3, 3)), "sliding.gif")  # doctest: +SKIP
        PosixPath('sliding.gif')
    """
    slide = filter_slide(image, kernel, strides, padding)
    caption = (
        "Each number in the frame is multiplied by the filter's weight at the same position. "
        f"The sum of the products is one number of the output. {_moves(slide)}"
    )
    return animate(slide, path, title=title, caption=caption, milliseconds=milliseconds)


def filter_slide(
    image: ArrayLike, kernel: ArrayLike, strides: int | Sequence[int], padding: PaddingLike
) -> Slide:
    """Check the arguments of a convolution, and compute all its steps."""
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


def _moves(slide: Slide) -> str:
    down, right = slide.strides
    return f"Then the frame moves {right} to the right or, at the end of a row, {down} down."


def _factor(value: float) -> str:
    text = as_number(float(value))
    return f"({text})" if value < 0 else text


TEXTS = {
    "max": "The largest number in the frame goes to the output.",
    "average": "The mean of the numbers in the frame goes to the output.",
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
    """Write a GIF of a pooling window that slides over an image.

    Args:
        image: `(H, W)` values, at most 12×12.
        window_shape: Number of rows and columns that are pooled into one value.
        path: The GIF file to write, with a name that ends in ``.gif``.
        kind: ``"max"`` or ``"average"``.
        strides: How far the window moves, in pixels: one number, or (down, right). None means the
            window's own size.
        title: The figure's title; None means the kind of pooling.
        milliseconds: Duration of each step, at least 20.

    Returns:
        The path. The GIF has one frame per output value.

    Raises:
        ValueError: If the array has the wrong rank or contains NaN. Also if the window does not fit
            the image, the image is larger than 12×12, or there are more than 100 positions. Also if
            the kind is unknown, or the path does not end in ``.gif``.
        ImportError: If matplotlib or Pillow is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> image = np.arange(16).reshape(4, 4)
        >>> explain.animate_pooling(image, 2, "pooling.gif")  # doctest: +SKIP
        PosixPath('pooling.gif')
    """
    slide = pooling_slide(image, window_shape, kind, strides)
    caption = f"{TEXTS[kind]} {_moves(slide)}"
    height, width = slide.window
    title = title or f"{kind.capitalize()} pooling, window {height}×{width}"
    return animate(slide, path, title=title, caption=caption, milliseconds=milliseconds)


def pooling_slide(
    image: ArrayLike,
    window_shape: int | Sequence[int],
    kind: str,
    strides: int | Sequence[int] | None,
) -> Slide:
    """Check the arguments of a pooling, and compute all its steps."""
    numbers = as_finite("image", image, "(H, W)", (2,))
    if kind not in TEXTS:
        raise ValueError(f"kind: expected 'max' or 'average', got {kind!r}")
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
