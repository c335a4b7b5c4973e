"""What the channels of a layer answer to most, cut out of the images of a set."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.plots._checks import as_pictures, check_names
from jaxcnn.explain.plots._figure import new_figure, remove_frame
from jaxcnn.explain.plots._mosaic import middles, mosaic, pitch
from jaxcnn.explain.plots._signed import as_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CHANNELS, MOST_TILES = 16, 256
LARGEST_SIDE, WIDTH_OF_NAMES = 0.75, 1.6  # of a patch; in inches


def plot_top_activations(
    patches: ArrayLike,
    *,
    values: ArrayLike | None = None,
    channels: Sequence[int] | None = None,
    title: str = "What channels answer to most",
) -> "Figure":
    """Show the pieces of images that made each channel of a layer largest, a row a channel.

    Args:
        patches: `(channels, count, h, w, C)` with C 1 or 3, uint8 or floats from 0 to 1, the
            largest first, as `TopActivations.patches` cuts them.
        values: `(channels, count)`: how large the channel was there.
        channels: Which channels these are; None: 0, 1, ...
        title: Which layer of which network, on which data.

    Returns:
        The figure: ``figure.savefig("top.png")`` writes it. It holds the first 16 channels.

    Raises:
        TypeError: For patches of an unfit dtype.
        ValueError: For shapes that do not fit together, floats outside 0 to 1, or more than 256
            patches.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_top_activations(np.zeros((2, 9, 5, 5, 3)), channels=[3, 7])
        >>> [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
        ['channel 3', 'channel 7']
    """
    pictures = np.asarray(patches)
    if pictures.ndim != 5:
        raise ValueError(
            f"patches must have shape (channels, count, h, w, C); got {pictures.shape}"
        )
    rows, count, *_ = pictures.shape
    numbers = [*range(rows)] if channels is None else [*channels]
    reached = None if values is None else np.asarray(values, np.float32)
    _check(rows, count, numbers, reached)
    shown = min(rows, MOST_CHANNELS)
    tiles = as_pictures(pictures[:shown].reshape(-1, *pictures.shape[2:]))
    drawn = mosaic(tiles, count, between=1)
    side = min(LARGEST_SIDE, 7.0 / count)
    width, height = side * count, side * count * drawn.shape[0] / drawn.shape[1]
    figure = new_figure(
        max(width + WIDTH_OF_NAMES, 5.0), height + 1.4, title=title, caption=_caption(rows, count)
    )
    axes = figure.subplots()
    axes.imshow(drawn, interpolation="nearest")
    remove_frame(axes)
    names = [_name(row, numbers, reached) for row in range(shown)]
    axes.set_yticks(middles(shown, pitch(*tiles.shape[1:3])[0]), names, fontsize=9)
    axes.tick_params(length=0)
    return figure


def _check(rows: int, count: int, channels: Sequence[int], values: np.ndarray | None) -> None:
    if min(rows, MOST_CHANNELS) * count > MOST_TILES:
        raise ValueError(
            f"patches must be at most {MOST_TILES // MOST_CHANNELS} a channel; got {count}"
        )
    check_names("channels", channels, rows, "channels")
    if values is not None and values.shape != (rows, count):
        raise ValueError(
            f"values must have shape ({rows}, {count}), one a patch; got {values.shape}"
        )


def _name(row: int, channels: Sequence[int], values: np.ndarray | None) -> str:
    name = f"channel {channels[row]}"
    if values is None:
        return name
    return f"{name}\n{as_number(float(values[row, 0]))} to {as_number(float(values[row, -1]))}"


def _caption(rows: int, count: int) -> str:
    which = f" The first {MOST_CHANNELS} of {rows} channels." if rows > MOST_CHANNELS else ""
    return (
        f"Each row: the {count} images of the set in which the channel is largest, the "
        f"largest first; of each, what the channel sees where it is, black beyond "
        f"the image's edge.{which}"
    )
