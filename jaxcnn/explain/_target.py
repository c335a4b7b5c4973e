"""Choose the number to explain in each image: the score of a class, or a unit."""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn._support.arguments import is_int
from jaxcnn._support.arrays import as_operand
from jaxcnn.explain._inputs import Subject
from jaxcnn.explain._layer_calls import record_call


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Unit:
    """One value within a network: a channel of a layer at one position.

    A `Unit` is a pytree, so `jax.vmap` can run over many units.

    Args:
        layer: The name of a layer or container, as in `layer_names`.
        channel: The channel of that layer's output.
        position: The index along each spatial axis of the output, such as (row, column). None means
            the position where the channel has its largest value, separately for each image. A layer
            without spatial axes has no positions.
    """

    layer: str = dataclasses.field(metadata={"static": True})
    channel: int | Array
    position: tuple[int | Array, ...] | None = None


Target = ArrayLike | Unit | None
"""A class, one for all images or ``(N,)``; a unit; None means each image's most probable class."""


def score_of(subject: Subject, inputs: Array, target: Target) -> Array:
    """Compute the number to explain in each image, ``(N,)``, differentiable in `inputs`.

    Raises:
        TypeError: If the classes are not integers.
        ValueError: If the model has no such class, layer, channel or position.
    """
    if isinstance(target, Unit):
        return value_of(record_call(subject, inputs, target.layer).outputs, target)
    logits = subject(inputs)
    if logits.ndim != 2:
        raise ValueError(
            "model: expected a network that returns one score per class, (N, classes), got "
            f"{logits.shape} (explain a Unit instead)"
        )
    classes = logits.argmax(axis=-1) if target is None else checked_classes(target, *logits.shape)
    return jnp.take_along_axis(logits, classes[:, None], axis=-1)[:, 0]


def value_of(outputs: Array, unit: Unit) -> Array:
    """Return a unit's value in each image, ``(N,)``, given the outputs of its layer."""
    check_unit(unit, outputs.shape[1:])
    channel = outputs[..., unit.channel]
    if unit.position is None:
        return channel.max(axis=tuple(range(1, channel.ndim)))
    return channel[(slice(None), *unit.position)]


def check_is_unit(unit: object) -> None:
    """Raise TypeError unless `unit` is a `Unit`."""
    if not isinstance(unit, Unit):
        raise TypeError(f'unit: expected a Unit, such as Unit("3", channel=0), got {unit!r:.80}')


def check_unit(unit: Unit, output_shape: tuple[int, ...]) -> None:
    """Raise ValueError unless a unit is within its layer's output, ``(*spatial, channels)``.

    Traced values are not known yet, and pass.
    """
    *spatial, channels = output_shape
    position = unit.position
    _check_index("channel", unit.channel)
    if position is not None and not isinstance(position, tuple):
        raise TypeError(f"position: expected a tuple such as (row, column), got {position!r:.80}")
    for index in position or ():
        _check_index("position", index)
    if not _is_within(unit.channel, channels):
        raise ValueError(
            f"channel: expected 0 to {channels - 1} in {unit.layer}, got {unit.channel}"
        )
    if unit.position is None:
        return
    if len(unit.position) != len(spatial) or not all(map(_is_within, unit.position, spatial)):
        raise ValueError(
            f"position: expected one within the outputs of {unit.layer}, {tuple(spatial)}, "
            f"got {unit.position}"
        )


def _check_index(name: str, index: Any) -> None:
    dtype = getattr(index, "dtype", None)
    is_integer = is_int(index) if dtype is None else jnp.issubdtype(dtype, jnp.integer)
    if not is_integer or np.ndim(index):
        raise TypeError(f"{name}: expected an integer, got {index!r:.80}")


def _is_within(index: int | Array, size: int) -> bool:
    return isinstance(index, Tracer) or 0 <= int(index) < size


def checked_classes(target: ArrayLike, images: int, classes: int) -> Array:
    """Return the classes as ``(N,)``, their range checked unless they are traced."""
    try:
        numbers = as_operand("target", target)
    except (TypeError, ValueError) as error:
        raise TypeError(
            'target: expected a class number, one per image, or a Unit, such as Unit("3", '
            f"channel=0), got {target!r:.80}"
        ) from error
    if not jnp.issubdtype(numbers.dtype, jnp.integer):
        raise TypeError(f"target: expected class numbers, integers, got {numbers.dtype}")
    if numbers.shape not in ((), (images,)):
        raise ValueError(
            f"target: expected one class, or one for each of the {images} images, "
            f"got shape {numbers.shape}"
        )
    if not isinstance(target, Tracer):
        known = np.asarray(target)
        if known.min(initial=0) < 0 or known.max(initial=0) >= classes:
            raise ValueError(f"target: expected classes 0 to {classes - 1}, got {known}")
    return jnp.broadcast_to(numbers, (images,))
