"""Find and draw the receptive field of a unit: the part of an image that it sees."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn.architecture import VisitedLayer, walk
from jaxcnn.explain._layer_names import no_layer
from jaxcnn.explain._target import Unit, check_is_unit, check_unit
from jaxcnn.explain.drawing._drawable import as_picture
from jaxcnn.explain.drawing._figure import new_figure
from jaxcnn.layers import Layer, SeparableConv

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Box(NamedTuple):
    """A box of pixels: from `start` up to, but not including, `stop`, along each spatial axis.

    Attributes:
        start: Its first row, column, ...
        stop: The row, column, ... behind its last.
    """

    start: tuple[int | Array, ...]
    stop: tuple[int | Array, ...]

    @property
    def slices(self) -> tuple[slice, ...]:
        """What cuts the box out of an image: ``image[box.slices]``."""
        pairs = zip(self.start, self.stop, strict=True)
        return tuple(slice(int(start), int(stop)) for start, stop in pairs)


def receptive_box(architecture: Layer, input_shape: Sequence[int], unit: Unit) -> Box:
    """The receptive field of a unit: outside of it, no pixel of the image matters to the unit.

    It is computed from the layers' kernels, strides and padding, and cut off at the image's
    edges. Where CIRCULAR padding reaches around an edge, it is the whole axis. The statistics of
    a group norm and the gates of a squeeze-and-excitation, which see everything, are taken for
    constants.

    Args:
        architecture: The network as data.
        input_shape: Of one image, ``(H, W, C)``.
        unit: With its position, if its layer has spatial axes.

    Raises:
        TypeError: If `architecture` is no layer, or `unit` no unit.
        ValueError: If there is no such layer, or the unit has no position and needs one.

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
        raise ValueError(no_layer(unit.layer, layers, [*_containers(layers), *layers]))
    *spatial, channels = visits[-1].output_shape
    if unit.position is None and spatial:
        raise ValueError(
            f"unit must have a position within the outputs of {unit.layer}, {tuple(spatial)}, "
            "for a box to lie somewhere; got None"
        )
    check_unit(unit, (*spatial, channels))
    return box_at(visits, shape, unit.position or ())


def _containers(layers: Sequence[str]) -> list[str]:
    """What stands before the dots in layers' names."""
    steps = [layer.split(".") for layer in layers]
    held = [".".join(each[:end]) for each in steps for end in range(1, len(each))]
    return [*dict.fromkeys(held)]


def visits_up_to(
    architecture: Layer, input_shape: tuple[int, ...], layer: str
) -> list[VisitedLayer]:
    """The layers up to the one called `layer`, or up to the end of that container; [] if none."""
    visits = [*walk(architecture, input_shape)]
    places = [index for index, visit in enumerate(visits) if _is_within(layer, visit)]
    return visits[: places[-1] + 1] if places else []


def _is_within(layer: str, visit: VisitedLayer) -> bool:
    """Whether a visit is that of a layer, or of one within it."""
    if isinstance(visit.layer, SeparableConv):  # its two steps see the same
        layer = layer.removesuffix(".depthwise").removesuffix(".pointwise")
    return any(f"{called}.".startswith(f"{layer}.") for called in (visit.path, visit.name))


def box_at(
    visits: Sequence[VisitedLayer], input_shape: Sequence[int], position: Sequence[int | Array]
) -> Box:
    """The box that a place in the outputs of the last of these layers sees.

    Args:
        visits: From the first layer to the unit's own.
        input_shape: Of the image.
        position: In that layer's outputs; may be traced.
    """
    ends = [
        _clipped(start, start + size, pixels, wraps=_wraps(visits))
        for start, size, pixels in _axes(visits, input_shape, position)
    ]
    return Box(tuple(start for start, _ in ends), tuple(stop for _, stop in ends))


def cut_seen(
    visits: Sequence[VisitedLayer], image: np.ndarray, position: Sequence[int]
) -> np.ndarray:
    """What a place in the outputs of the last of these layers sees of an image.

    All places' have one shape. What lies beyond an edge is 0, or what CIRCULAR padding puts
    there; along an axis that is shorter than the receptive field, all of it is returned.
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
    """For each axis: where the receptive field starts and its size, edges aside; the image's."""
    field = visits[-1].receptive_field
    # Behind a layer that changed the number of axes, all places see the same.
    places = position if len(position) == len(field.size) else (0,) * len(field.size)
    axes = zip(places, *field, input_shape, strict=False)
    return [(place * stride - pad, size, pixels) for place, size, stride, pad, pixels in axes]


def _wraps(visits: Sequence[VisitedLayer]) -> bool:
    """Whether what is seen beyond an edge may be the pixels of the opposite side."""
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


WIDTH = 5.0  # in inches
OUTSIDE = 0.35  # of its contrast, where the unit sees nothing


def plot_receptive_field(image: ArrayLike, box: Box, *, title: str = "Receptive field") -> "Figure":
    """Show an image with a frame around what a unit sees of it; the rest is pale.

    Args:
        image: `(H, W, 1)` or `(H, W, 3)`, uint8 or floats from 0 to 1.
        box: From `receptive_box`, or the `box` of what `explain_unit` returns.
        title: Which unit of which layer.

    Returns:
        The figure: ``figure.savefig("field.png")`` writes it.

    Raises:
        TypeError: For an image of an unfit dtype.
        ValueError: For an image of another shape, or a box that does not lie in it.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> box = explain.Box(start=(2, 4), stop=(5, 8))
        >>> figure = explain.plot_receptive_field(np.zeros((8, 8, 3)), box, title="conv2")
        >>> figure.get_suptitle()
        'conv2'
    """
    picture = as_picture(image)
    check_box(picture, box)
    height = WIDTH * max(picture.shape[0] / picture.shape[1], 0.3)
    figure = new_figure(WIDTH, min(height, 8.0) + 1.1, title=title, caption=describe(picture, box))
    axes = figure.subplots()
    draw_box(axes, picture, box)
    axes.set(xlabel="column", ylabel="row")
    return figure


def check_box(picture: np.ndarray, box: Box) -> None:
    """Raise ValueError if a box is no part of an image."""
    sides = [*zip(box.start, box.stop, picture.shape, strict=False)]
    if len(box.start) != 2 or not all(0 <= start < stop <= side for start, stop, side in sides):
        raise ValueError(
            f"box must lie within the image, {picture.shape[0]}×{picture.shape[1]}, and hold at "
            f"least one pixel; got {box}"
        )


def draw_box(axes: "Axes", picture: np.ndarray, box: Box) -> None:
    """Draw `(H, W, 3)` with a frame around a box, pale outside of it."""
    from matplotlib.patches import Rectangle

    pale = 1 - OUTSIDE * (1 - picture)
    pale[box.slices] = picture[box.slices]
    axes.imshow(pale, interpolation="nearest")
    top, left, bottom, right = _edges(box)
    for color, linewidth in (("white", 5), ("black", 2.5)):  # to be seen on any ground
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
    """Where a box lies, and how much of the image it is, in words."""
    top, left, bottom, right = _edges(box)
    height, width, _ = picture.shape
    share = (bottom - top) * (right - left) / (height * width)
    return (
        f"Within the frame: rows {top} to {bottom - 1} and columns {left} to {right - 1}, "
        f"{bottom - top}×{right - left} of {height}×{width} pixels ({share:.1%}). Nothing outside "
        "of it matters to the unit."
    )


def _edges(box: Box) -> tuple[int, int, int, int]:
    rows, columns = box.slices
    return rows.start, columns.start, rows.stop, columns.stop
