import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

import jaxcnn
from jaxcnn.explain._inputs import subject_of
from jaxcnn.explain._layer_calls import intercept_layers, record_call, record_calls
from jaxcnn.layers import ActivationModule, RescaleModule

INPUTS = jnp.array([[-1.0, 2.0]])


class Module(nnx.Module):
    """One of one's own that calls a layer twice, and another never."""

    def __init__(self):
        self.relu, self.never = ActivationModule("relu"), ActivationModule("tanh")
        self.minus = RescaleModule(-1.0)

    def __call__(self, inputs):
        return self.relu(self.minus(self.relu(inputs)))


def test_the_last_call_of_each_layer_in_their_order():
    outputs, calls = record_calls(subject_of(Module()), INPUTS, ["relu", "minus", "never"])
    np.testing.assert_array_equal(outputs, [[0, 0]])
    assert [*calls] == ["minus", "relu"]
    np.testing.assert_array_equal(calls["minus"], [[[0, 2]], [[0, -2]]])
    np.testing.assert_array_equal(calls["relu"], [[[0, -2]], [[0, 0]]])


def test_a_layer_that_is_never_called():
    with pytest.raises(ValueError, match="got 'never', which it does not call"):
        record_call(subject_of(Module()), INPUTS, "never")


def test_a_layer_that_is_intercepted_twice_goes_through_both():
    net = jaxcnn.Sequential([jaxcnn.Activation("relu"), jaxcnn.Flatten()])
    module = jaxcnn.build(net, (2,), rngs=nnx.Rngs(0))
    path = "layers.0"
    once = intercept_layers(module, {path: lambda compute, inputs: compute(inputs) + 1})
    twice = intercept_layers(once, {path: lambda compute, inputs: compute(inputs) * 10})
    inputs = jnp.array([[-2.0, 3.0]])
    np.testing.assert_array_equal(twice(inputs), [[10.0, 40.0]])
    np.testing.assert_array_equal(once(inputs), [[1.0, 4.0]])
    np.testing.assert_array_equal(module(inputs), [[0.0, 3.0]])
