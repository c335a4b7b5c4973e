"""Show what a computer sees: images, and the numbers that they consist of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arrays import as_array
from jaxcnn.explain.drawing._drawable import as_rgb_images, check_names
from jaxcnn.explain.drawing._figure import GRAY, as_written, new_figure, remove_frame
from jaxcnn.explain.drawing._signed_numbers import write_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


CHANNELS = ("red", "green", "blue")


def as_numbers(image: ArrayLike) -> str:
    """Write an image as the numbers that a computer sees, one line per row of pixels.

    Args:
        image: A gray image `(H, W)` or `(H, W, 1)`, or a color image `(H, W, 3)`. Integers are
            written unchanged. Floats from 0 to 1 are scaled to 0 to 255.

    Returns:
        The lines as one text. A color image has three blocks of lines, named red, green and blue.

    Raises:
        TypeError: If the image is neither integer nor floating point.
        ValueError: If the image has the wrong shape, or floats lie outside 0 to 1.

    Example:
        >>> print(as_numbers([[0, 255, 0], [255, 255, 255]]))
          0 255   0
        255 255 255
    """
    planes = np.moveaxis(as_integers(image), -1, 0)
    digits = max(len(str(planes.max())), len(str(planes.min())))
    texts = ["\n".join(" ".join(f"{x:{digits}}" for x in row) for row in plane) for plane in planes]
    if len(planes) == 1:
        return texts[0]
    return "\n\n".join(f"{name}\n{text}" for name, text in zip(CHANNELS, texts, strict=True))


def as_integers(image: ArrayLike) -> np.ndarray:
    """Return the numbers of an image `(H, W)` or `(H, W, C)` as integers `(H, W, C)`, C 1 or 3.

    Raises:
        TypeError: If the image is neither integer nor floating point.
        ValueError: If the image has the wrong shape, or floats lie outside 0 to 1.
    """
    numbers = as_array("image", image)
    if numbers.ndim == 2:
        numbers = numbers[..., None]
    if numbers.ndim != 3 or numbers.shape[-1] not in (1, 3) or numbers.size == 0:
        raise ValueError(
            f"image: expected shape (H, W), (H, W, 1) or (H, W, 3), none 0, got {np.shape(image)}"
        )
    if np.issubdtype(numbers.dtype, np.integer):
        return numbers
    if not np.issubdtype(numbers.dtype, np.floating):
        raise TypeError(f"image: expected integers or floating point, got {numbers.dtype}")
    if not (numbers.min() >= 0 and numbers.max() <= 1):
        raise ValueError(
            "image: expected floats from 0 to 1, "
            f"got {numbers.min():.3g} to {numbers.max():.3g} (divide pixels by 255)"
        )
    return np.rint(numbers * 255).astype(np.int64)


MAX_CELLS = 32
"""The most cells across and down; with more, the numbers would be too small to read."""

WIDTH, MIN_CELL, MAX_CELL = 8.0, 0.24, 0.5  # in inches: of the figure; limits of a cell
LIGHTNESS = (0.3, 0.59, 0.11)  # of pure red, green and blue; white is 1


def plot_numbers(image: ArrayLike, *, title: str = "What a computer sees") -> "Figure":
    """Draw an image as a grid of pixel values, each in a cell with the shade of the pixel.

    A color image becomes three grids, one per color.

    Args:
        image: A gray image `(H, W)` or `(H, W, 1)` of at most 32×32 pixels, or a color image
            `(H, W, 3)` of at most 32×10 pixels. Pixel values are integers from 0 to 255, or floats
            from 0 to 1. Floats are scaled to 0 to 255.
        title: The figure's title.

    Returns:
        The figure: ``figure.savefig("numbers.png")`` writes it.

    Raises:
        TypeError: If the image is neither integer nor floating point.
        ValueError: If the image has the wrong shape or is too large, or pixel values are out of
            range.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_numbers([[0, 255, 0], [255, 255, 255]])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['0', '255', '0', '255', '255', '255']
    """
    numbers = as_integers(image)
    _check(numbers)
    height, width, channels = numbers.shape
    cell = min(MAX_CELL, max(MIN_CELL, (WIDTH - 0.4) / (width * channels)))
    figure = new_figure(
        max(cell * width * channels + 0.4, 5.0),
        cell * height + (1.4 if channels == 3 else 1.1),
        title=title,
        caption=_caption(numbers),
    )
    for channel, axes in enumerate(np.atleast_1d(figure.subplots(1, channels))):
        _draw(axes, numbers[..., channel], cell, channel if channels == 3 else None)
    return figure


def _check(numbers: np.ndarray) -> None:
    height, width, channels = numbers.shape
    most = MAX_CELLS // channels
    if height > MAX_CELLS or width > most:
        raise ValueError(
            f"image: expected at most {MAX_CELLS} rows × {most} columns, for its numbers to be "
            f"readable, got {height}×{width} (cut a piece out of it: image[:{most}, :{most}])"
        )
    if numbers.min() < 0 or numbers.max() > 255:
        raise ValueError(
            f"image: expected numbers from 0 to 255, got {numbers.min()} to {numbers.max()}"
        )


def _draw(axes: "Axes", plane: np.ndarray, cell: float, channel: int | None) -> None:
    """Draw one channel in gray, or in red, green or blue."""
    shades = plane / 255
    colors = shades[..., None] * (np.ones(3) if channel is None else np.eye(3)[channel])
    axes.imshow(colors, interpolation="nearest")
    remove_frame(axes)
    lightness = shades * (1 if channel is None else LIGHTNESS[channel])
    write_numbers(axes, plane, cell, colors=np.where(lightness < 0.45, "white", "black"))
    if channel is not None:
        axes.set_title(CHANNELS[channel], fontsize=10)


def _caption(numbers: np.ndarray) -> str:
    height, width, channels = numbers.shape
    if channels == 1:
        return (
            f"{height}×{width} = {height * width:,} numbers from 0 (black) to 255 (white), one "
            "per pixel."
        )
    return (
        f"{height}×{width}×3 = {height * width * 3:,} numbers, three per pixel: how much red, "
        "green and blue, from 0 (none, black) to 255 (most)."
    )


# In inches: the width of all images together, the largest height, the gap between two images.
ROW_WIDTH, ROW_HEIGHT, ROW_GAP = 8.0, 2.2, 0.15


def plot_images(
    images: Sequence[ArrayLike], names: Sequence[str], *, title: str, caption: str = ""
) -> "Figure":
    """Draw images side by side at one height, each under its name, with visible pixels.

    Args:
        images: One or more images `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0 to 1. The
            images may differ in size.
        names: One name per image.
        title: The figure's title.
        caption: The text below the images.

    Returns:
        The figure: ``figure.savefig("images.png")`` writes it.

    Raises:
        TypeError: If the images are neither uint8 nor floating point.
        ValueError: If an image has the wrong shape or range, or there is not one name per image.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> black, white = np.zeros((2, 2, 1)), np.ones((2, 4, 1))
        >>> figure = explain.plot_images([black, white], ["black", "white"], title="Extremes")
        >>> [axes.get_title() for axes in figure.axes]
        ['black', 'white']
    """
    if len(images) == 0:
        raise ValueError("images: expected at least one, got none")
    check_names("names", names, len(images), "images")
    pictures = [as_rgb_images(as_array("images", image)[None])[0] for image in images]
    aspects = [width / height for height, width, _ in (p.shape for p in pictures)]
    gaps = ROW_GAP * (len(aspects) + 1)
    height = min(ROW_HEIGHT, (ROW_WIDTH - gaps) / sum(aspects))
    size = max(height * sum(aspects) + gaps, 5), height + 0.9
    figure = new_figure(*size, title=title, caption=caption)
    cells = figure.subplots(1, len(pictures), width_ratios=aspects, squeeze=False)[0]

    for axes, picture, name in zip(cells, pictures, names, strict=True):
        axes.imshow(picture, interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color(GRAY)  # so that the edge of white pixels is visible
        axes.set_title(as_written(name), fontsize=10)
    return figure
