"""What a layer computes one value of its outputs from."""

import dataclasses
from collections.abc import Mapping

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn.layers import call

Place = tuple[int | Array, ...]
"""Where in a layer's outputs or inputs: spatial axes, then the channel; may be traced."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Terms:
    """What a layer computes one value of its outputs from.

    In every case ``value = (inputs * weights).sum() + bias``. Where the layer is no weighted
    sum, that is its tangent at these inputs, and `formula` says how the value comes about.

    Attributes:
        formula: ``"sum"``, ``"max"``, ``"mean"``, ``"add"`` (of what several layers make),
            ``"copy"``, ``"function"``, ``"normalize"``, or ``"tangent"`` where it is none of these.
        inputs: what the layer reads, lying as it lies there; 0 where it is padding.
        weights: of the shape of `inputs`.
        bias: what is added to the sum, one number.
        inside: of the shape of `inputs`: whether it is read; False in the padding.
        name: the function's, or of what a value is copied from.
        place: where there the copied value is.
        sources: names of the inputs that are added.
        numbers: what a normalisation is made of, by name.
    """

    formula: str
    inputs: Array
    weights: Array
    bias: Array
    inside: Array
    name: str = ""
    place: Place = ()
    sources: tuple[str, ...] = ()
    numbers: Mapping[str, Array] = dataclasses.field(default_factory=dict)


def copied(value: Array, name: str, place: Place) -> Terms:
    """The terms of a value that is passed on as it is."""
    one = jnp.ones_like(value)
    return Terms(
        formula="copy",
        inputs=value,
        weights=one,
        bias=jnp.zeros_like(value),
        inside=one > 0,
        name=name,
        place=place,
    )


def tangent(layer: nnx.Module, inputs: Array, place: Place, formula: str = "tangent") -> Terms:
    """The gradient of a value with respect to all that its layer reads, and what is left over.

    Args:
        layer: any that takes floats.
        inputs: what it reads, with no batch axis.
        place: of the value in its outputs.
        formula: ``"sum"``, if the layer is known to be one.
    """

    def value_of(inputs: Array) -> Array:
        return call(layer, inputs[None], train=False, key=None)[(0, *place)]

    value, weights = jax.value_and_grad(value_of)(inputs)
    return Terms(
        formula=formula,
        inputs=inputs,
        weights=weights,
        bias=value - (inputs * weights).sum(),
        inside=weights != 0,
    )
