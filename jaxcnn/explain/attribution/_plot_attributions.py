"""Draw attributions: which pixels speak for a class and which against it, method by method."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.explain.drawing._drawable import as_finite, as_rgb_images, check_names
from jaxcnn.explain.drawing._figure import as_written, new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import middles, mosaic, pitch
from jaxcnn.explain.drawing._signed_numbers import add_color_bar, limit_of, show_signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MAX_TILES = 256
SIDE, WIDTH_OF_NAMES, WIDTH_OF_BAR, MARGIN = 1.25, 1.1, 1.0, 1.3  # in inches
MIN_HEIGHT = 1.7  # of all rows together, so that the color bar's label has room


def plot_attributions(
    images: ArrayLike,
    attributions: Mapping[str, ArrayLike],
    *,
    titles: Sequence[str] = (),
    title: str = "Attributions",
    note: str = "",
) -> "Figure":
    """Draw images beside their attribution maps, one column per method.

    Attributions with channels are summed over the channels. Then each map is scaled by its own
    largest absolute value, and zero is the middle color. A map that is zero everywhere is marked.

    Args:
        images: `(N, H, W, 1)` or `(N, H, W, 3)`, uint8 or floats from 0 to 1.
        attributions: A dict that maps the name of each column to its maps, `(N, H, W)` or
            `(N, H, W, C)`.
        titles: Text beside each image, such as the class that is explained.
        title: The figure's title, such as the network and the data.
        note: Text to add to the caption, such as the color of the occluding patch.

    Returns:
        The figure: ``figure.savefig("attributions.png")`` writes it.

    Raises:
        TypeError: If the images are neither uint8 nor floating point, or the attributions are
            not a dict.
        ValueError: If shapes do not fit together, values are not finite, or there are more than
            256 tiles.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> maps = {"saliency": np.ones((2, 8, 8, 3)), "Grad-CAM": np.ones((2, 8, 8))}
        >>> figure = explain.plot_attributions(np.zeros((2, 8, 8, 3)), maps, titles=["cat", "dog"])
        >>> [axes.get_title() for axes in figure.axes[:3]]
        ['image', 'saliency', 'Grad-CAM']
    """
    pictures = as_rgb_images(images)
    n, height, width, _ = pictures.shape
    if not isinstance(attributions, Mapping):
        raise TypeError(
            'attributions: expected a dict of names and maps, such as {"saliency": maps}, '
            f"got {type(attributions).__name__}"
        )
    maps = {name: _checked(name, map_, pictures.shape) for name, map_ in attributions.items()}
    _check(n, maps, titles)
    down, _ = pitch(height, width)
    rows = max(SIDE * height / width * n, MIN_HEIGHT)
    figure = new_figure(
        max(SIDE * (1 + len(maps)) + WIDTH_OF_BAR + WIDTH_OF_NAMES * bool(titles), 5.0),
        rows + MARGIN,
        title=title,
        caption="Each map is scaled by its own largest absolute value. Light and yellow pixels "
        "speak for the target, dark and blue ones against it, gray ones do neither."
        + f" {note}"
        * bool(note),
    )
    axes = np.atleast_1d(figure.subplots(1, 1 + len(maps)))
    axes[0].imshow(mosaic(pictures, 1, between=1), interpolation="nearest")
    for place, map_ in zip(axes[1:], maps.values(), strict=True):
        show_signed(place, mosaic(map_, 1), 1)
        _mark_zeros(place, map_)
    for place, name in zip(axes, ["image", *maps], strict=True):
        remove_frame(place)
        place.set_title(as_written(name, 22), fontsize=9)
    if titles:
        axes[0].set_yticks(middles(n, down), [as_written(name, 24) for name in titles], fontsize=9)
        axes[0].tick_params(length=0)
    add_color_bar(
        [*axes], axes[1].images[0], "share of each map's\nlargest absolute value", (-1, 1)
    )
    return figure


def _mark_zeros(axes: "Axes", maps: np.ndarray) -> None:
    """Label the maps that are zero everywhere, which would otherwise look like a mistake."""
    down, right = pitch(*maps.shape[1:])
    for row in np.flatnonzero(~maps.any(axis=(1, 2))):
        x, y = middles(1, right)[0], middles(len(maps), down)[row]
        axes.text(x, y, "0 everywhere", ha="center", va="center", fontsize=7, color="white")


def _checked(name: str, attribution: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return one value per pixel, `(N, H, W)`, from -1 to 1 in each image."""
    label = f"attributions[{name!r}]"
    values = as_finite(label, attribution, "(N, H, W) or (N, H, W, C)", (3, 4))
    if values.shape[:3] != shape[:3]:
        raise ValueError(
            f"{label}: expected shape (N, H, W) or (N, H, W, C) with the images' (N, H, W) = "
            f"{shape[:3]}, got {values.shape}"
        )
    summed = values.sum(axis=-1) if values.ndim == 4 else values
    return np.stack([map_ / limit_of(map_) for map_ in summed])


def _check(n: int, maps: Mapping[str, np.ndarray], titles: Sequence[str]) -> None:
    if not maps:
        raise ValueError("attributions: expected at least one map, got none")
    if titles:
        check_names("titles", titles, n, "images")
    tiles = n * (1 + len(maps))
    if tiles > MAX_TILES:
        raise ValueError(
            f"images: expected at most {MAX_TILES} tiles together with attributions, "
            f"got {n} images × {1 + len(maps)} columns = {tiles}"
        )
