"""A pooling window that slides over an image, as a moving picture."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import per_axis
from jaxcnn.explain.drawing._drawable import as_finite
from jaxcnn.explain.drawing._signed_colors import as_number
from jaxcnn.explain.layers._sliding_window import Slide, animate, check_sizes, windows_of

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
    slide = slide_of(image, window_shape, kind, strides)
    down, right = slide.strides
    caption = (
        f"{TEXTS[kind]}. Then the frame moves: {right} to the right, at the end of a row {down} "
        "down."
    )
    height, width = slide.window
    title = title or f"{kind.capitalize()} pooling, window {height}×{width}"
    return animate(slide, path, title=title, caption=caption, milliseconds=milliseconds)


def slide_of(
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
        formulas=[_formula(place, kind) for row in places for place in row],
        kernel=None,
        names=("image", "output"),
    )


def _formula(numbers: np.ndarray, kind: str) -> str:
    texts = [as_number(float(number)) for number in numbers.flat]
    if kind == "max":
        return f"max({', '.join(texts)}) = {as_number(float(numbers.max()))}"
    return f"({' + '.join(texts)}) / {len(texts)} = {as_number(float(numbers.mean()))}"
