import jax.numpy as jnp
import numpy as np
from flax import nnx

import jaxcnn
from jaxcnn.explain._layer_calls import intercepted


def test_a_layer_that_is_intercepted_twice_goes_through_both():
    net = jaxcnn.Sequential([jaxcnn.Activation("relu"), jaxcnn.Flatten()])
    module = jaxcnn.build(net, (2,), rngs=nnx.Rngs(0))
    path = "layers.0"
    once = intercepted(module, {path: lambda compute, inputs: compute(inputs) + 1})
    twice = intercepted(once, {path: lambda compute, inputs: compute(inputs) * 10})
    inputs = jnp.array([[-2.0, 3.0]])
    np.testing.assert_array_equal(twice(inputs), [[10.0, 40.0]])
    np.testing.assert_array_equal(once(inputs), [[1.0, 4.0]])
    np.testing.assert_array_equal(module(inputs), [[0.0, 3.0]])
