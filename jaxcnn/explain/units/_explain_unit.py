"""The sum behind any number within a network."""

import jax.numpy as jnp
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn.explain._calls import call_of
from jaxcnn.explain._layers import modules_within, path_of
from jaxcnn.explain._score import Unit, check_is_unit, check_unit
from jaxcnn.explain._subject import Model, as_batch_of_one, subject_of
from jaxcnn.explain.units._box import Box, box_at, visits_up_to
from jaxcnn.explain.units._explanation import UnitExplanation
from jaxcnn.explain.units._terms_of_layer import terms_of_layer
from jaxcnn.layers import Layer, kind_of


def explain_unit(
    model: Model, image: ArrayLike, unit: Unit, *, architecture: Layer | None = None
) -> UnitExplanation:
    """The sum behind one number within a network, term by term.

    The terms are what the unit's layer reads. The first layer of a trained network reads its
    pixels normalised, less their mean and divided by their standard deviation: dark ones are
    negative there.

    Args:
        model: a built module, a trained network or a run.
        image: ``(H, W, C)``, one image as the model takes it, with no batch axis.
        unit: which number; one without a position is where its channel is largest.
        architecture: what the module was built from, for the receptive field; a trained network
            knows its own.

    Returns:
        The inputs, weights and bias, the receptive field, the text of the sum (``print`` shows
        it), and in words which number it is and what it sees (its `where`).

    Raises:
        TypeError: if an argument is of the wrong kind.
        ValueError: if there is no such layer, channel or position, or `image` has a batch axis.

    Example:
        >>> import jax, jaxcnn
        >>> from flax import nnx
        >>> net = jaxcnn.Sequential([jaxcnn.MaxPool(2), jaxcnn.Activation("relu")])
        >>> model = net.build((4, 4, 1), rngs=nnx.Rngs(0))
        >>> image = jax.numpy.arange(16.0).reshape(4, 4, 1) - 8
        >>> print(explain_unit(model, image, Unit("0", channel=0, position=(0, 1))))
        max(-6, -5, -2, -1) = -1
        >>> explanation = explain_unit(model, image, Unit("1", 0), architecture=net)
        >>> print(explanation)
        relu(7) = 7
        >>> explanation.box
        Box(start=(2, 2), stop=(4, 4))
        >>> print(explanation.where)
        layer 1, channel 0 at row 1, column 1; sees rows 2 to 3, columns 2 to 3
    """
    check_is_unit(unit)
    subject = subject_of(model)
    call = call_of(subject, as_batch_of_one(subject, image), unit.layer)
    inputs, outputs = call.inputs[0], call.outputs[0]
    check_unit(unit, outputs.shape)
    position = _position(unit, outputs)
    place = (*position, unit.channel)
    path = path_of(subject.module, unit.layer)
    layer = modules_within(subject.module)[path]
    return UnitExplanation(
        **vars(terms_of_layer(layer, inputs, place)),
        unit=unit,
        kind=kind_of(layer),
        position=position,
        value=outputs[place],
        box=_box(architecture or subject.architecture, jnp.shape(image), path, position),
    )


def _position(unit: Unit, outputs: Array) -> tuple[int | Array, ...]:
    """The unit's own, or where its channel is largest: plain numbers unless traced."""
    if unit.position is not None:
        return tuple(unit.position)
    channel = outputs[..., unit.channel]
    found = jnp.unravel_index(channel.argmax(), channel.shape)
    return tuple(index if isinstance(index, Tracer) else int(index) for index in found)


def _box(
    architecture: Layer | None,
    input_shape: tuple[int, ...],
    path: str,
    position: tuple[int | Array, ...],
) -> Box | None:
    if architecture is None:
        return None
    visits = visits_up_to(architecture, input_shape, path)
    return box_at(visits, input_shape, position) if visits else None
