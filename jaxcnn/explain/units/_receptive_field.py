"""Compute and draw the receptive field of a unit: the part of an image that it depends on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn.architecture import VisitedLayer, walk
from jaxcnn.explain._layer_names import unknown_layer_message
from jaxcnn.explain._target import Unit, check_is_unit, check_unit
from jaxcnn.explain.drawing._drawable import as_rgb_image
from jaxcnn.explain.drawing._figure import height_of_texts, new_figure
from jaxcnn.layers import Layer, SeparableConv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Box(NamedTuple):
    """A box of pixels: from `start` up to, but not including, `stop`, along each spatial axis.

    Attributes:
        start: The index of the first row, column, and so on.
        stop: One more than the index of the last row, column, and so on.
    """

    start: tuple[int | Array, ...]
    stop: tuple[int | Array, ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        """Slices that cut the box out of an image: ``image[box.slices]``."""
        pairs = zip(self.start, self.stop, strict=True)
        return tuple(slice(int(start), int(stop)) for start, stop in pairs)


def receptive_box(architecture: Layer, input_shape: Sequence[int], unit: Unit) -> Box:
    """Compute the receptive field of a unit: the pixels that can affect the unit.

    The receptive field follows from the kernels, strides and padding of the layers. The receptive
    field is cut off at the image's edges. Where CIRCULAR padding wraps around an edge, the
    receptive field is the whole axis. The statistics of a group norm and the gates of a
    squeeze-and-excitation depend on the whole image, but count as constants here.

    Args:
        architecture: The network's architecture.
        input_shape: The shape of one image, ``(H, W, C)``.
        unit: The unit, with its position if its layer has spatial axes.

    Returns:
        The receptive field as a `Box`, in pixels.

    Raises:
        TypeError: If `architecture` is not a layer, or `unit` is not a `Unit`.
        ValueError: If there is no such layer, or the unit needs a position and has none.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3, name="stem"), jaxcnn.MaxPool(2)])
        >>> receptive_box(net, (32, 32, 3), Unit("1", channel=0, position=(0, 4)))
        Box(start=(0, 7), stop=(3, 11))
    """
    check_is_unit(unit)
    shape = tuple(input_shape)
    visits = visits_up_to(architecture, shape, unit.layer)
    if not visits:
        layers = [visit.name for visit in walk(architecture, shape)]
        raise ValueError(unknown_layer_message(unit.layer, layers, [*_containers(layers), *layers]))
    *spatial, channels = visits[-1].output_shape
    if unit.position is None and spatial:
        raise ValueError(
            f"unit: expected a position within the outputs of {unit.layer}, {tuple(spatial)}, "
            "which the receptive field depends on, got None"
        )
    check_unit(unit, (*spatial, channels))
    return box_at(visits, shape, unit.position or ())


def _containers(layers: Sequence[str]) -> list[str]:
    """Return the names of the containers: the parts of the layers' names before a dot."""
    steps = [layer.split(".") for layer in layers]
    held = [".".join(each[:end]) for each in steps for end in range(1, len(each))]
    return [*dict.fromkeys(held)]


def visits_up_to(
    architecture: Layer, input_shape: tuple[int, ...], layer: str
) -> list[VisitedLayer]:
    """Return the layers up to `layer`, or to the end of that container; [] if there is none."""
    visits = [*walk(architecture, input_shape)]
    places = [index for index, visit in enumerate(visits) if _is_within(layer, visit)]
    return visits[: places[-1] + 1] if places else []


def _is_within(layer: str, visit: VisitedLayer) -> bool:
    """Return whether a visited layer is the one called `layer`, or within it."""
    if isinstance(visit.layer, SeparableConv):  # both of its steps have its receptive field
        layer = layer.removesuffix(".depthwise").removesuffix(".pointwise")
    return any(f"{called}.".startswith(f"{layer}.") for called in (visit.path, visit.name))


def box_at(
    visits: Sequence[VisitedLayer], input_shape: Sequence[int], position: Sequence[int | Array]
) -> Box:
    """Return the receptive field of a position in the outputs of the last of these layers.

    Args:
        visits: From the first layer to the unit's own.
        input_shape: The shape of the image.
        position: The position in that layer's outputs; may be traced.
    """
    ends = [
        _clipped(start, start + size, pixels, wraps=_wraps(visits))
        for start, size, pixels in _axes(visits, input_shape, position)
    ]
    return Box(tuple(start for start, _ in ends), tuple(stop for _, stop in ends))


def cut_receptive_field(
    visits: Sequence[VisitedLayer], image: np.ndarray, position: Sequence[int]
) -> np.ndarray:
    """Cut out of an image the receptive field of a position in the last layer's outputs.

    The result has the same shape at all positions. Beyond an edge it is 0, or has the pixels that
    CIRCULAR padding puts there. Along an axis that is shorter than the receptive field, it is the
    whole axis.
    """
    for axis, (start, size, pixels) in enumerate(_axes(visits, image.shape, position)):
        indices = np.arange(pixels) if size >= pixels else start + np.arange(size)
        inside = (indices >= 0) & (indices < pixels) | _wraps(visits)
        image = np.moveaxis(image.take(indices, axis, mode="wrap"), axis, -1) * inside
        image = np.moveaxis(image, -1, axis)
    return image


def _axes(
    visits: Sequence[VisitedLayer], input_shape: Sequence[int], position: Sequence[int | Array]
) -> list[tuple[int | Array, int, int]]:
    """Return the receptive field and the image along each axis, as (start, size, pixels).

    The field is not cut off at the image's edges, so its start may be negative.
    """
    field = visits[-1].receptive_field
    # After a layer that changed the number of axes, all positions have one receptive field.
    indices = position if len(position) == len(field.size) else (0,) * len(field.size)
    axes = zip(indices, *field, input_shape, strict=False)
    return [(index * stride - pad, size, pixels) for index, size, stride, pad, pixels in axes]


def _wraps(visits: Sequence[VisitedLayer]) -> bool:
    """Return whether the field beyond an edge may be the pixels at the opposite edge."""
    return any(getattr(visit.layer, "padding", None) == "CIRCULAR" for visit in visits)


def _clipped(
    start: int | Array, stop: int | Array, pixels: int, *, wraps: bool
) -> tuple[int | Array, int | Array]:
    if isinstance(start, Array):
        around = wraps & ((start < 0) | (stop > pixels))
        first, last = jnp.clip(start, 0, pixels), jnp.clip(stop, 0, pixels)
        return jnp.where(around, 0, first), jnp.where(around, pixels, last)
    if wraps and (start < 0 or stop > pixels):
        return 0, pixels
    return min(max(start, 0), pixels), min(max(stop, 0), pixels)


WIDTH, AXIS = 5.0, 0.5  # in inches: the figure, and the labels of an axis
OUTSIDE = 0.35  # share of the contrast outside of the receptive field


def plot_receptive_field(image: ArrayLike, box: Box, *, title: str = "Receptive field") -> "Figure":
    """Draw an image with a frame around a unit's receptive field; the rest is pale.

    Args:
        image: `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0 to 1.
        box: From `receptive_box`, or the `box` of an explanation from `explain_unit`.
        title: The figure's title, such as the unit's layer.

    Returns:
        The figure: ``figure.savefig("field.png")`` writes it.

    Raises:
        TypeError: If the image is neither uint8 nor floating point.
        ValueError: If the image has the wrong shape, or does not contain the box.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> box = explain.Box(start=(2, 4), stop=(5, 8))
        >>> figure = explain.plot_receptive_field(np.zeros((8, 8, 3)), box, title="conv2")
        >>> figure.get_suptitle()
        'conv2'
    """
    picture = as_rgb_image(image)
    check_box(picture, box)
    height = AXIS + (WIDTH - AXIS) * max(picture.shape[0] / picture.shape[1], 0.3)
    caption = describe(picture, box)
    texts = height_of_texts(WIDTH, title, caption)
    figure = new_figure(WIDTH, min(height, 8.5) + texts, title=title, caption=caption)
    axes = figure.subplots()
    draw_box(axes, picture, box)
    axes.set(xlabel="column", ylabel="row")
    return figure


def check_box(picture: np.ndarray, box: Box) -> None:
    """Raise ValueError unless a box lies within an image."""
    sides = [*zip(box.start, box.stop, picture.shape, strict=False)]
    if len(box.start) != 2 or not all(0 <= start < stop <= side for start, stop, side in sides):
        raise ValueError(
            f"box: expected at least one pixel, all within the image, "
            f"{picture.shape[0]}×{picture.shape[1]}, got {box}"
        )


def draw_box(axes: "Axes", picture: np.ndarray, box: Box) -> None:
    """Draw an image `(H, W, 3)` with a frame around a box, and pale outside of it."""
    from matplotlib.patches import Rectangle

    pale = 1 - OUTSIDE * (1 - picture)
    pale[box.slices] = picture[box.slices]
    axes.imshow(pale, interpolation="nearest")
    top, left, bottom, right = _edges(box)
    for color, linewidth in (("white", 5), ("black", 2.5)):  # visible on any background
        axes.add_patch(
            Rectangle(
                (left - 0.5, top - 0.5),
                right - left,
                bottom - top,
                fill=False,
                edgecolor=color,
                linewidth=linewidth,
                clip_on=False,
            )
        )


def describe(picture: np.ndarray, box: Box) -> str:
    """Describe a box and its share of the image."""
    top, left, bottom, right = _edges(box)
    height, width, _ = picture.shape
    share = (bottom - top) * (right - left) / (height * width)
    return (
        f"Within the frame: rows {top} to {bottom - 1} and columns {left} to {right - 1}, "
        f"{bottom - top}×{right - left} of {height}×{width} pixels ({share:.1%}). No pixel "
        "outside the frame affects the unit."
    )


def _edges(box: Box) -> tuple[int, int, int, int]:
    rows, columns = box.slices
    return rows.start, columns.start, rows.stop, columns.stop
