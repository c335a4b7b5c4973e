"""Draw the gallery of a layer: made pictures, and the real images beside them."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._drawable import as_rgb_images
from jaxcnn.explain.drawing._figure import new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import middles, mosaic, pitch
from jaxcnn.explain.drawing._signed_numbers import as_number
from jaxcnn.explain.units._channel_gallery import LayerGallery

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_CHANNELS = 16
SIDE, WIDTH_OF_NAMES = 0.75, 1.6  # in inches


def plot_channel_gallery(
    layer: LayerGallery, *, title: str = "What the channels of a layer respond to most"
) -> "Figure":
    """Draw the gallery of a layer, one row per channel: the made picture, then real images.

    Args:
        layer: One of the `layers` of a `ChannelGallery`. Its first 16 channels are drawn.
        title: The figure's title, such as the layer and the network.

    Returns:
        The figure: ``figure.savefig("gallery.png")`` writes it.

    Raises:
        ImportError: If matplotlib is not installed.

    Example::

        gallery = explain.channel_gallery(run, data.test, key=jax.random.key(0))
        explain.plot_channel_gallery(gallery.layers[0]).savefig("gallery.png")
    """
    shown = min(len(layer.channels), MAX_CHANNELS)
    tiles = [as_rgb_images(layer.pictures[:shown])[:, None]]
    if layer.patches is not None:
        flat = layer.patches[:shown].reshape(-1, *layer.patches.shape[2:])
        tiles.append(as_rgb_images(flat).reshape(shown, -1, *layer.patches.shape[2:4], 3))
    height, width = (max(each.shape[axis] for each in tiles) for axis in (2, 3))
    padded = [_padded(each, height, width) for each in tiles]
    rows = np.concatenate(padded, axis=1)
    count = rows.shape[1]
    drawn = mosaic(rows.reshape(-1, height, width, 3), count, between=1)
    figure_width = SIDE * count
    figure = new_figure(
        max(figure_width + WIDTH_OF_NAMES, 5.0),
        figure_width * drawn.shape[0] / drawn.shape[1] + 1.4,
        title=title,
        caption=_caption(layer, count - 1, shown),
    )
    axes = figure.subplots()
    axes.imshow(drawn, interpolation="nearest")
    remove_frame(axes)
    names = [f"{layer.name_of(k)}\n{as_number(float(layer.values[k]))}" for k in range(shown)]
    axes.set_yticks(middles(shown, pitch(height, width)[0]), names, fontsize=9)
    axes.tick_params(length=0)
    return figure


def _padded(tiles: np.ndarray, height: int, width: int) -> np.ndarray:
    """Add black at the lower and right edges; receptive fields at an image's edge are smaller."""
    missing = (height - tiles.shape[2], width - tiles.shape[3])
    return np.pad(tiles, ((0, 0), (0, 0), (0, missing[0]), (0, missing[1]), (0, 0)))


def _caption(layer: LayerGallery, count: int, shown: int) -> str:
    height, width = layer.field
    text = (
        f"Each row: first a picture that was made to be responded to, with the response below the "
        f"name. A unit of {layer.title} sees {height}×{width} pixels"
    )
    real = f"; then the {count} real images with the largest responses" if count > 0 else ""
    of_all = f" {shown} of {layer.total} channels." if shown < layer.total else ""
    return f"{text}{real}.{of_all}"
