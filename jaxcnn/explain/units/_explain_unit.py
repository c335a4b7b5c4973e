"""Explain one value within a network as a sum of terms."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer
from jax.typing import ArrayLike

from jaxcnn._support.results import Result
from jaxcnn.explain._inputs import Model, as_batch_of_one, subject_of
from jaxcnn.explain._layer_calls import record_call
from jaxcnn.explain._layer_names import modules_within, path_of
from jaxcnn.explain._target import Unit, check_is_unit, check_unit
from jaxcnn.explain.units._receptive_field import Box, box_at, visits_up_to
from jaxcnn.explain.units._terms import Terms, text_of
from jaxcnn.explain.units._terms_of_layers import terms_of_layer
from jaxcnn.layers import Layer

_AXES = {1: ("place",), 2: ("row", "column"), 3: ("plane", "row", "column")}


def where(unit: Unit, position: Sequence[int | Array], box: Box | None) -> str:
    """Describe a unit: ``layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4``.

    Args:
        unit: Its layer and channel.
        position: Its position in the layer's outputs.
        box: Its receptive field in the image; None: not known, and omitted.
    """
    text = f"layer {unit.layer}, channel {unit.channel}"
    if position:
        pairs = zip(_axes(len(position)), position, strict=True)
        text += " at " + ", ".join(f"{axis} {index}" for axis, index in pairs)
    if box:
        triples = zip(_axes(len(box.start)), *box, strict=True)
        text += "; sees " + ", ".join(f"{axis}s {a} to {b - 1}" for axis, a, b in triples)
    return text


def _axes(count: int) -> tuple[str, ...]:
    return _AXES.get(count, tuple(f"axis {axis} index" for axis in range(count)))


@dataclasses.dataclass(frozen=True, kw_only=True, repr=False)
class UnitExplanation(Terms, Result):
    """The sum that makes one value within a network; ``print`` shows it.

    In every case ``value = products.sum() + bias``. For a layer that is not a weighted sum, the
    weights and bias come from the linear approximation (tangent) of the layer at this image.
    `formula` says how the value was really computed:

    =============  ==================================================================
    ``sum``        ``(50·30) + (20·30) + 0.5 = 2100.5``: convolutions, dense layers. Products of 0
                   are omitted. If there are more than 30 products, the 10 largest are shown
    ``max``        ``max(1, 1, 5, 6) = 6``: the weight of the maximum is 1
    ``mean``       ``mean(1, 1, 5, 6) = 3.25``
    ``add``        ``2 (shortcut) + -3 (layers) = -1``: a sum of several layers' outputs
    ``copy``       ``inputs[1, 2, 0] = 7``: flattening, dropout, stacked branches, embedding
    ``function``   ``relu(-2) = 0``: activations; the weight is the slope
    ``normalize``  ``2 · (3 - 1) / sqrt(4 + 1e-05) + 0.5 = 2.5``: batch norm and others; mean and
                   variance count as constants, folded into the weight and the bias
    ``tangent``    all others: inputs times the gradient; the bias is the remainder
    =============  ==================================================================

    Attributes:
        unit: The unit that is explained.
        kind: The class of the module that computes the unit, such as ``"Conv"``.
        position: The unit's position in the layer's outputs, one index per spatial axis.
        value: The unit's value, a scalar.
        formula: How the value is computed: one of the names in the table above.
        inputs: The inputs of the layer from which the value is computed, in the layout of the
            layer. For a convolution, these inputs are the patch ``(*kernel_size, C)``, with 0 in
            the padding. The first layer of a trained network reads normalized pixels; dark pixels
            are negative there.
        weights: The weights of `inputs`, in the same shape.
        products: Inputs times weights.
        bias: The value that is added to the sum of the products, a scalar.
        inside: Whether each value of `inputs` lies within the layer's input, in the same shape;
            False in the padding.
        box: The receptive field in the image; None if the architecture is not known.
        name: The name of the function, or of the array that a value is copied from.
        place: The index of the copied value in the array that it is copied from, with the channel
            last.
        sources: The names of the summands.
        numbers: The values that a normalization uses, by name.
    """

    unit: Unit
    kind: str
    position: tuple[int | Array, ...]
    value: Array
    box: Box | None = None

    @property
    def products(self) -> Array:
        """Inputs times weights."""
        return self.inputs * self.weights

    @property
    def zeros(self) -> int:
        """Number of products that are 0. The printed sum omits these products."""
        return int((np.asarray(self.products) == 0).sum())

    @property
    def where(self) -> str:
        """The unit's layer, channel, position and receptive field as text.

        ``"layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4"``. The ranges
        include both ends.
        """
        return where(self.unit, self.position, self.box)

    def __repr__(self) -> str:
        unit = f"{self.kind} {self.unit.layer!r}, channel {self.unit.channel}"
        return f"{type(self).__name__}({unit}, {self.formula})"

    def __str__(self) -> str:
        return text_of(self, self.value)

    _derived = ("products", "zeros", "where")

    def _content(self) -> Mapping[str, Any]:
        return {**super()._content(), "text": str(self)}


_STATIC = ("kind", "formula", "name", "sources")

jax.tree_util.register_dataclass(
    UnitExplanation,
    data_fields=[f.name for f in dataclasses.fields(UnitExplanation) if f.name not in _STATIC],
    meta_fields=[*_STATIC],
)


def explain_unit(
    model: Model, image: ArrayLike, unit: Unit, *, architecture: Layer | None = None
) -> UnitExplanation:
    """Explain one value within a network as a sum of inputs times weights, term by term.

    Use it to check a value by hand, or to see which inputs matter. The inputs are the values that
    the unit's layer reads. The first layer of a trained network reads normalized pixels: the pixels
    minus their mean, divided by their standard deviation. Dark pixels are negative there.

    Args:
        model: A built module, a trained network or a run.
        image: ``(H, W, C)``, one image as the model expects it, without a batch axis.
        unit: The unit to explain. If the unit has no position, the position where its channel is
            largest is used.
        architecture: The architecture that the module was built from; needed only for the receptive
            field in a bare module, because a trained network has its architecture.

    Returns:
        A `UnitExplanation` with the inputs, weights, bias and receptive field. ``print`` shows the
        sum as text, and `where` describes the unit and its receptive field.

    Raises:
        TypeError: If an argument has the wrong type.
        ValueError: If there is no such layer, channel or position, or `image` has a batch axis.

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
    call = record_call(subject, as_batch_of_one(subject, image), unit.layer)
    inputs, outputs = call.inputs[0], call.outputs[0]
    check_unit(unit, outputs.shape)
    position = _position(unit, outputs)
    place = (*position, unit.channel)
    path = path_of(subject.module, unit.layer)
    layer = modules_within(subject.module)[path]
    return UnitExplanation(
        **vars(terms_of_layer(layer, inputs, place)),
        unit=unit,
        kind=type(layer).__name__,
        position=position,
        value=outputs[place],
        box=_box(architecture or subject.architecture, jnp.shape(image), path, position),
    )


def _position(unit: Unit, outputs: Array) -> tuple[int | Array, ...]:
    """Return the unit's position, or where its channel is largest: integers unless traced."""
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
