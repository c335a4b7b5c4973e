"""The sum behind any number within a network."""

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
from jaxcnn.explain._layer_calls import call_of
from jaxcnn.explain._layer_names import modules_within, path_of
from jaxcnn.explain._target import Unit, check_is_unit, check_unit
from jaxcnn.explain.units._receptive_field import Box, box_at, visits_up_to
from jaxcnn.explain.units._terms import Terms, text_of
from jaxcnn.explain.units._terms_of_layers import terms_of_layer
from jaxcnn.layers import Layer

_AXES = {1: ("place",), 2: ("row", "column"), 3: ("plane", "row", "column")}


def where(unit: Unit, position: Sequence[int | Array], box: Box | None) -> str:
    """Such as ``layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4``.

    Args:
        unit: its layer and channel.
        position: in the layer's outputs.
        box: what it sees of the image; None: that is not known, and not said.
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
    """The sum behind one number within a network; ``print`` shows it, and `where` says whose.

    In every case ``value = products.sum() + bias``. Where the layer is no weighted sum, that is
    its tangent at this image, and `formula` says how the value comes about:

    =============  ==================================================================
    ``sum``        ``(50·30) + (20·30) + 0.5 = 2100.5``: convolutions, dense layers; products
                   that are 0 are left out, and of more than 30 only the 10 largest shown
    ``max``        ``max(1, 1, 5, 6) = 6``: the weight of the winner is 1
    ``mean``       ``mean(1, 1, 5, 6) = 3.25``
    ``add``        ``2 (shortcut) + -3 (layers) = -1``: what several layers make
    ``copy``       ``inputs[1, 2, 0] = 7``: flattening, dropout, stacked branches, embedding
    ``function``   ``relu(-2) = 0``: activations; the weight is the slope
    ``normalize``  ``2 · (3 - 1) / sqrt(4 + 1e-05) + 0.5 = 2.5``: batch norm and others, whose
                   statistics count as constants, part of the weight and the bias
    ``tangent``    inputs times the gradient, and what is left over: all others
    =============  ==================================================================

    Attributes:
        unit: what is explained.
        kind: of its layer: the class of the module, such as ``"Conv"``.
        position: where in the layer's outputs: one number for each spatial axis.
        value: the unit's value, one number.
        formula: how it is computed; see above.
        inputs: what the layer reads for it, lying as it lies there: of a convolution the patch
            ``(*kernel_size, C)``; 0 where it is padding. The first layer of a trained network
            reads normalized pixels, of which the dark ones are negative.
        weights: of the shape of `inputs`.
        products: inputs times weights.
        bias: what is added to the products, one number.
        inside: of the shape of `inputs`: whether it is read; False in the padding.
        box: the receptive field in the image; None where the architecture is not known.
        name: of the function, or of what a value is copied from.
        place: where there the copied value is, its channel last.
        sources: the names of what is added.
        numbers: what a normalization is made of, by name.
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
        """How many products are 0, which the printed sum leaves out."""
        return int((np.asarray(self.products) == 0).sum())

    @property
    def where(self) -> str:
        """Which number it is, and what it sees of the image, in words, both ends included.

        ``"layer 3, channel 0 at row 2, column 1; sees rows 2 to 6, columns 0 to 4"``
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
    """The sum behind one number within a network, term by term.

    The terms are what the unit's layer reads. The first layer of a trained network reads its
    pixels normalized, less their mean and divided by their standard deviation: dark ones are
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
        kind=type(layer).__name__,
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
