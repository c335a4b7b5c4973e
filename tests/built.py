"""What the Flax module of a layer does, to hold against what the layer says about itself."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from jaxcnn.nn import call


def module(layer, input_shape, seed=0) -> Any:
    """The Flax module of a layer."""
    return layer.build(input_shape, rngs=nnx.Rngs(seed))


def output_shape(layer, input_shape):
    """Shape of one example's output, found by tracing the built module."""

    def outputs_of(images):
        return call(module(layer, input_shape), images, train=False, key=None)

    batch = jax.ShapeDtypeStruct((2, *input_shape), jnp.float32)
    outputs = jax.eval_shape(outputs_of, batch)
    assert outputs.shape[0] == 2
    return outputs.shape[1:]


def variables(layer, input_shape, kind: Any = nnx.Param):
    """How many numbers the built module holds in its variables of one kind."""
    abstract = nnx.eval_shape(lambda: module(layer, input_shape))
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(abstract, kind)))


def footprint(layer, input_shape, position):
    """First and last input pixel, in each axis, that move the output at `position`.

    The weights are set to ones, so that no two paths cancel.
    """
    ones = module(layer, input_shape)
    nnx.update(ones, jax.tree.map(jnp.ones_like, nnx.state(ones, nnx.Param)))
    gradient = jax.grad(lambda x: ones(x)[(0, *position)].sum())(jnp.ones((1, *input_shape)))
    seen = np.argwhere(np.asarray(gradient[0]).any(-1))
    return [(int(first), int(last)) for first, last in zip(seen.min(0), seen.max(0), strict=True)]
