"""Draw the gallery of a layer: made pictures, and the real images beside them."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.drawing._drawable import as_rgb_images
from jaxcnn.explain.drawing._figure import new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import hatch_outside, middles, mosaic, pitch
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
    tiles, inside = _tiles(layer, shown)
    _, count, height, width = inside.shape
    drawn = mosaic(tiles.reshape(-1, height, width, 3), count, between=1)
    drawn = hatch_outside(drawn, inside.reshape(-1, height, width), count)
    figure_width = SIDE * count
    figure = new_figure(
        max(figure_width + WIDTH_OF_NAMES, 5.0),
        figure_width * drawn.shape[0] / drawn.shape[1] + 1.4,
        title=title,
        caption=_caption(layer, count - 1, shown, has_outside=not inside.all()),
    )
    axes = figure.subplots()
    axes.imshow(drawn, interpolation="nearest")
    remove_frame(axes)
    names = [f"{layer.name_of(k)}\n{as_number(float(layer.values[k]))}" for k in range(shown)]
    axes.set_yticks(middles(shown, pitch(height, width)[0]), names, fontsize=9)
    axes.tick_params(length=0)
    return figure


def _tiles(layer: LayerGallery, shown: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the tiles of all rows, ``(n, count, h, w, 3)``, and which of their pixels are images.

    Made pictures and real patches can differ in size: the smaller ones are padded.
    """
    made = as_rgb_images(layer.pictures[:shown])[:, None]
    parts = [(made, np.ones(made.shape[:-1], np.bool_))]
    if layer.patches is not None:
        flat = layer.patches[:shown].reshape(-1, *layer.patches.shape[2:])
        real = as_rgb_images(flat).reshape(shown, -1, *layer.patches.shape[2:4], 3)
        inside = np.ones(real.shape[:-1], np.bool_)
        parts.append((real, inside if layer.inside is None else layer.inside[:shown]))
    sizes = [max(tiles.shape[axis] for tiles, _ in parts) for axis in (2, 3)]
    tiles, masks = zip(
        *((_padded(each, sizes), _padded(mask, sizes)) for each, mask in parts), strict=True
    )
    return np.concatenate(tiles, axis=1), np.concatenate(masks, axis=1)


def _padded(array: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Add zeros at the lower and right edges."""
    missing = [(0, size - n) for size, n in zip(sizes, array.shape[2:4], strict=True)]
    return np.pad(array, [(0, 0), (0, 0), *missing, *[(0, 0)] * (array.ndim - 4)])


def _caption(layer: LayerGallery, count: int, shown: int, *, has_outside: bool) -> str:
    height, width = layer.field
    text = (
        f"Each row: first a picture that was made to be responded to, with the response below the "
        f"name. A unit of {layer.title} sees {height}×{width} pixels"
    )
    real = f"; then the {count} real images with the largest responses" if count > 0 else ""
    of_all = f" {shown} of {layer.total} channels." if shown < layer.total else ""
    hatched = " Hatched is beyond the image's edge." if has_outside else ""
    return f"{text}{real}.{of_all}{hatched}"
