"""Draw the image patches that the channels of a layer respond to most."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from jaxcnn._support.arrays import as_array
from jaxcnn.explain.drawing._drawable import as_rgb_images, check_names
from jaxcnn.explain.drawing._figure import new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import hatch_outside, middles, mosaic, pitch
from jaxcnn.explain.drawing._signed_numbers import as_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_CHANNELS, MAX_TILES = 16, 256
MAX_SIDE, WIDTH_OF_NAMES = 0.75, 1.6  # of a patch; in inches


def plot_top_activations(
    patches: npt.ArrayLike,
    *,
    values: npt.ArrayLike | None = None,
    inside: npt.ArrayLike | None = None,
    channels: Sequence[int] | None = None,
    title: str = "What channels respond to most",
) -> "Figure":
    """Draw the image patches that each channel of a layer responds to most, one row per channel.

    Args:
        patches: `(channels, count, h, w, C)` with C 1 or 3, uint8 or floats from 0 to 1, in
            descending order of activation, as from `TopActivations.patches`.
        values: `(channels, count)`: the value of the channel for each patch.
        inside: `(channels, count, h, w)` bool, as from `TopActivations.inside`: patches are hatched
            where it is False, beyond an edge of the image. None means that it is not known, and
            leaves the patches as they are, usually black there.
        channels: The indices of the channels. None means 0, 1, ...
        title: The figure's title, such as the layer, the network and the data.

    Returns:
        The figure: ``figure.savefig("top.png")`` writes it. Only the first 16 channels are shown.

    Raises:
        TypeError: If the patches are neither uint8 nor floating point.
        ValueError: If shapes do not fit together, if floats lie outside 0 to 1, or if there are
            more than 256 patches.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_top_activations(np.zeros((2, 9, 5, 5, 3)), channels=[3, 7])
        >>> [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
        ['channel 3', 'channel 7']
    """
    pictures = as_array("patches", patches)
    if pictures.ndim != 5:
        raise ValueError(
            f"patches: expected shape (channels, count, h, w, C), got {pictures.shape}"
        )
    rows, count, *_ = pictures.shape
    numbers = [*range(rows)] if channels is None else [*channels]
    reached = None if values is None else np.asarray(values, np.float32)
    mask = None if inside is None else np.asarray(inside, np.bool_)
    _check(rows, count, numbers, reached)
    if mask is not None and mask.shape != pictures.shape[:-1]:
        raise ValueError(
            f"inside: expected shape {pictures.shape[:-1]}, one per pixel, got {mask.shape}"
        )
    shown = min(rows, MAX_CHANNELS)
    tiles = as_rgb_images(pictures[:shown].reshape(-1, *pictures.shape[2:]))
    drawn = mosaic(tiles, count, between=1)
    if mask is not None:
        drawn = hatch_outside(drawn, mask[:shown].reshape(tiles.shape[:-1]), count)
    side = min(MAX_SIDE, 7.0 / count)
    width, height = side * count, side * count * drawn.shape[0] / drawn.shape[1]
    figure = new_figure(
        max(width + WIDTH_OF_NAMES, 5.0),
        height + 1.4,
        title=title,
        caption=_caption(rows, count, reached, "Black" if mask is None else "Hatched"),
    )
    axes = figure.subplots()
    axes.imshow(drawn, interpolation="nearest")
    remove_frame(axes)
    names = [_name(row, numbers, reached) for row in range(shown)]
    axes.set_yticks(middles(shown, pitch(*tiles.shape[1:3])[0]), names, fontsize=9)
    axes.tick_params(length=0)
    return figure


def _check(rows: int, count: int, channels: Sequence[int], values: np.ndarray | None) -> None:
    if min(rows, MAX_CHANNELS) * count > MAX_TILES:
        raise ValueError(
            f"patches: expected at most {MAX_TILES // MAX_CHANNELS} per channel, got {count}"
        )
    check_names("channels", channels, rows, "channels")
    if values is not None and values.shape != (rows, count):
        raise ValueError(
            f"values: expected shape ({rows}, {count}), one per patch, got {values.shape}"
        )


def _name(row: int, channels: Sequence[int], values: np.ndarray | None) -> str:
    name = f"channel {channels[row]}"
    if values is None:
        return name
    return f"{name}\n{as_number(float(values[row, 0]))} to {as_number(float(values[row, -1]))}"


def _caption(rows: int, count: int, values: np.ndarray | None, outside: str) -> str:
    which = f" The first {MAX_CHANNELS} of {rows} channels." if rows > MAX_CHANNELS else ""
    known = "" if values is None else ", with the largest and the smallest of these responses"
    return (
        f"Each row: the {count} images of the set to which the channel responds most, in "
        f"descending order{known}. Each is cut to the receptive field of the channel's largest "
        f"value. {outside} is beyond the image's edge.{which}"
    )
