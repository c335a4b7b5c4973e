"""Compute and draw feature maps: the outputs of a network's layers for images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

import numpy as np
import numpy.typing as npt
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.explain._inputs import Model, as_inputs, subject_of
from jaxcnn.explain._layer_calls import record_calls_by_name
from jaxcnn.explain._layer_names import as_names
from jaxcnn.explain.drawing._drawable import as_finite, as_rgb_image, check_names
from jaxcnn.explain.drawing._figure import as_written, new_figure, remove_frame
from jaxcnn.explain.drawing._mosaic import columns_for, middles, mosaic, number_rows, pitch
from jaxcnn.explain.drawing._signed_numbers import (
    COLOR_LEGEND,
    add_color_bar,
    limit_of,
    show_signed,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@overload
def feature_maps(model: Model, images: ArrayLike, layers: str) -> Array: ...
@overload
def feature_maps(
    model: Model, images: ArrayLike, layers: list[str] | tuple[str, ...]
) -> dict[str, Array]: ...
def feature_maps(
    model: Model, images: ArrayLike, layers: str | list[str] | tuple[str, ...]
) -> Array | dict[str, Array]:
    """Compute feature maps: the outputs of named layers.

    Args:
        model: A built module, a trained network or a run.
        images: Images ``(N, H, W, C)`` in the form that the model expects.
        layers: The name of a layer or container, as in `layer_names`, or several names.

    Returns:
        For one layer, its outputs ``(N, *output_shape)``. For several layers, a dict that maps each
        layer's name to such an array. For a layer that is called more than once, the array has the
        outputs of the last call.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If there is no layer with this name, or the network does not call the layer.

    Example:
        >>> import jax, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(2, 3, name="stem"), jaxcnn.GlobalAvgPool()])
        >>> model = jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0))
        >>> feature_maps(model, jax.numpy.ones((1, 8, 8, 1)), "stem").shape
        (1, 8, 8, 2)
    """
    subject = subject_of(model)
    calls = record_calls_by_name(subject, as_inputs(subject, images), as_names(layers))
    outputs = {name: call.outputs for name, call in calls.items()}
    return outputs[layers] if isinstance(layers, str) else outputs


MAX_CHANNELS, MAX_NAMED = 64, 6
WIDTH, WIDTH_OF_IMAGE = 7.0, 1.6  # in inches


def plot_feature_maps(
    maps: npt.ArrayLike,
    *,
    image: npt.ArrayLike | None = None,
    names: Sequence[str] = (),
    title: str = "Feature maps",
) -> "Figure":
    """Draw the feature maps of one image: where each channel of a layer responds strongly.

    All channels share one color scale, so that they can be compared. The scale is symmetric around
    zero and extends to the largest absolute value. The color bar shows the part of the scale that
    occurs in the maps.

    Args:
        maps: `(H, W, C)` of one image, such as ``feature_maps(model, image[None], layer)[0]``;
            `(L, C)` for texts or sounds.
        image: The image to draw beside the maps, `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0
            to 1.
        names: One name per channel, such as what the channel detects. At most 6 channels can be
            named. With names, the maps are drawn in a single row.
        title: The figure's title, such as the layer and the network.

    Returns:
        The figure: ``figure.savefig("maps.png")`` writes it. At most 64 channels are shown.

    Raises:
        ValueError: If the maps have the wrong rank or are empty, or values are not finite.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_feature_maps(np.zeros((8, 8, 12)), title="conv1")
        >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
        ['0–3', '4–7', '8–11']
    """
    values = as_finite("maps", maps, "(H, W, C) or (L, C), of one image", (2, 3))
    shown = values[..., :MAX_CHANNELS]
    picture = None if image is None else as_rgb_image(image)
    tiles = np.moveaxis(shown, -1, 0)
    _check_names(names, values.shape[-1])
    columns = 0 if tiles.ndim == 2 else len(names) or columns_for(len(tiles))
    drawn = mosaic(tiles, columns) if columns else tiles
    width = WIDTH - 1.7 - (WIDTH_OF_IMAGE if picture is not None else 0)
    height = min(max(width * drawn.shape[0] / drawn.shape[1], 1.8), 9.0) if columns else 4.0
    figure = new_figure(WIDTH, height + 1.2, title=title, caption=_caption(values))
    if picture is None:
        axes = figure.subplots()
    else:
        beside, axes = figure.subplots(1, 2, width_ratios=[WIDTH_OF_IMAGE, width])
        _draw_image(beside, picture)
    image_of_maps = show_signed(axes, drawn, limit_of(shown))
    if not columns:
        axes.set(xlabel="position", ylabel="channel", aspect="auto")
        if names:
            axes.set_yticks(range(len(names)), [as_written(name, 16) for name in names])
    elif names:
        _write_names(axes, names, pitch(*tiles.shape[1:])[1])
    else:
        number_rows(axes, len(tiles), columns, pitch(*tiles.shape[1:])[0], "channels")
    add_color_bar(axes, image_of_maps, "activation", (float(shown.min()), float(shown.max())))
    return figure


def _check_names(names: Sequence[str], channels: int) -> None:
    if names:
        check_names("names", names, channels, "channels")
    if len(names) > MAX_NAMED:
        raise ValueError(f"names: expected at most {MAX_NAMED}, got {len(names)}")


def _write_names(axes: "Axes", names: Sequence[str], right: int) -> None:
    remove_frame(axes)
    letters = 48 // len(names) - 1  # that fit below each map, beside an image
    written = [as_written(name, letters) for name in names]
    axes.set_xticks(middles(len(names), right), written, fontsize=9)
    axes.tick_params(length=0)


def _draw_image(axes: "Axes", picture: np.ndarray) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set_title("the image", fontsize=9)
    remove_frame(axes)


def _caption(values: np.ndarray) -> str:
    *sides, channels = values.shape
    size = "×".join(map(str, sides))
    kind = f"maps of {size}" if len(sides) == 2 else f"maps of {size} positions, one row per map"
    shown = f", the first {MAX_CHANNELS} shown" if channels > MAX_CHANNELS else ""
    silent = int((values == 0).all(axis=tuple(range(len(sides)))).sum())
    of_them = f" {silent} of them {'is' if silent == 1 else 'are'} 0 everywhere." if silent else ""
    colors = "Gray is 0, lighter (yellow) is larger. All maps share one color scale."
    if values.min() < 0:
        colors = (
            f"{COLOR_LEGEND} All maps share one color scale, which extends to the largest absolute "
            "value."
        )
    return f"n = {channels} {kind}{shown}.{of_them} {colors}"
