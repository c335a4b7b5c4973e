"""The lines of a module whose weights lie in other places than its layers."""

import dataclasses

import built
import jax.numpy as jnp
import pytest
from flax import nnx

from jaxcnn import Dense, Sequential
from jaxcnn.inference import Network, Normalization, functionalize
from jaxcnn.layers import Layer
from jaxcnn.training._dry_run_result import layer_lines


class Inner(nnx.Module):
    def __init__(self):
        self.scale = nnx.Param(jnp.ones(3))

    def __call__(self, images):
        return images * self.scale


class Outer(nnx.Module):
    """Calls one layer twice, and holds weights itself, one of them in a list."""

    def __init__(self):
        self.inner = Inner()
        self.offset = nnx.Param(jnp.ones(3))
        self.offsets = nnx.List([nnx.Param(jnp.ones(3))])

    def __call__(self, images):
        return self.inner(self.inner(images)).mean((1, 2)) + self.offset + self.offsets[0]


def test_each_gradient_counts_where_its_weights_do():
    network = Network(
        *functionalize(Outer()), Normalization((0.0,), (1.0,)), (4, 4, 3), ("a", "b", "c")
    )
    lines = layer_lines(network, {"offset": 3.0, "offsets": 4.0, "inner": 2.0})
    assert lines == (
        ("inner", "Inner", (4, 4, 3), 3, 2.0),
        ("inner", "Inner", (4, 4, 3), 0, None),
        ("", "Outer", (3,), 6, pytest.approx(5.0)),
    )


@dataclasses.dataclass(frozen=True)
class Uncounted(Layer):
    """A layer of one's own that says nothing of its costs."""

    def output_shape(self, input_shape):
        return input_shape

    def build(self, input_shape, *, rngs):
        return nnx.Linear(input_shape[-1], input_shape[-1], rngs=rngs)


def test_a_layer_that_does_not_count_its_weights_has_them_counted():
    net, shape = Sequential([Uncounted(), Dense(2)]), (4, 4, 3)
    normalization = Normalization((0.0,), (1.0,))
    network = Network(
        *functionalize(built.module(net, shape)), normalization, shape, ("a", "b"), net
    )
    first, last = layer_lines(network, {"layers.0": 3.0, "layers.1": 4.0})
    assert (first.parameters, first.gradient_norm) == (12, 3.0)
    assert (last.parameters, last.gradient_norm) == (8, 4.0)
