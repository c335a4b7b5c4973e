"""The part of an image that a unit sees."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn.architecture import Visit, walk
from jaxcnn.explain._layers import no_layer
from jaxcnn.explain._score import Unit, check_is_unit, check_unit
from jaxcnn.layers import Layer, SeparableConv


class Box(NamedTuple):
    """A box of pixels: from `start` up to, but not including, `stop`, along each spatial axis.

    Attributes:
        start: its first row, column, ...
        stop: the row, column, ... behind its last.
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
        architecture: the network as data.
        input_shape: of one image, ``(H, W, C)``.
        unit: with its position, if its layer has spatial axes.

    Raises:
        TypeError: if `architecture` is no layer, or `unit` no unit.
        ValueError: if there is no such layer, or the unit has no position and needs one.

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


def visits_up_to(architecture: Layer, input_shape: tuple[int, ...], layer: str) -> list[Visit]:
    """The layers up to the one called `layer`, or up to the end of that container; [] if none."""
    visits = [*walk(architecture, input_shape)]
    places = [index for index, visit in enumerate(visits) if _is_within(layer, visit)]
    return visits[: places[-1] + 1] if places else []


def _is_within(layer: str, visit: Visit) -> bool:
    """Whether a visit is that of a layer, or of one within it."""
    if isinstance(visit.layer, SeparableConv):  # its two steps see the same
        layer = layer.removesuffix(".depthwise").removesuffix(".pointwise")
    return any(f"{called}.".startswith(f"{layer}.") for called in (visit.path, visit.name))


def box_at(
    visits: Sequence[Visit], input_shape: Sequence[int], position: Sequence[int | Array]
) -> Box:
    """The box that a place in the outputs of the last of these layers sees.

    Args:
        visits: from the first layer to the unit's own.
        input_shape: of the image.
        position: in that layer's outputs; may be traced.
    """
    ends = [
        _clipped(start, start + size, pixels, wraps=_wraps(visits))
        for start, size, pixels in _axes(visits, input_shape, position)
    ]
    return Box(tuple(start for start, _ in ends), tuple(stop for _, stop in ends))


def cut_seen(visits: Sequence[Visit], image: np.ndarray, position: Sequence[int]) -> np.ndarray:
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
    visits: Sequence[Visit], input_shape: Sequence[int], position: Sequence[int | Array]
) -> list[tuple[int | Array, int, int]]:
    """For each axis: where the receptive field starts and its size, edges aside; the image's."""
    field = visits[-1].receptive_field
    # Behind a layer that changed the number of axes, all places see the same.
    places = position if len(position) == len(field.size) else (0,) * len(field.size)
    axes = zip(places, *field, input_shape, strict=False)
    return [(place * stride - pad, size, pixels) for place, size, stride, pad, pixels in axes]


def _wraps(visits: Sequence[Visit]) -> bool:
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
