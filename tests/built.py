"""What the Flax module of a layer does, to hold against what the layer says about itself."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from jaxcnn.layers import call


def module(layer, input_shape, seed=0) -> Any:
    """The Flax module of a layer."""
    return layer.build(input_shape, rngs=nnx.Rngs(seed))


def filled(layer, input_shape, low=-0.5, high=0.5) -> Any:
    """The same, each of its variables filled with NumPy's numbers, which compiles nothing."""
    rng = np.random.default_rng(0)
    graph, state = nnx.split(nnx.eval_shape(lambda: module(layer, input_shape)))
    numbers = jax.tree.map(lambda x: rng.uniform(low, high, x.shape).astype(x.dtype), state)
    return nnx.merge(graph, jax.tree.map(jnp.asarray, numbers))


def output_shape(layer, input_shape, dtype=jnp.float32):
    """Shape of one example's output, found by tracing the built module."""

    def outputs_of(images):
        return call(module(layer, input_shape), images, train=False, key=None)

    batch = jax.ShapeDtypeStruct((2, *input_shape), dtype)
    outputs = jax.eval_shape(outputs_of, batch)
    assert outputs.shape[0] == 2
    return outputs.shape[1:]


def variables(layer, input_shape, kind: Any = nnx.Param):
    """How many numbers the built module holds in its variables of one kind."""
    abstract = nnx.eval_shape(lambda: module(layer, input_shape))
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(abstract, kind)))


def parameters_by_layer(net, input_shape):
    """What the layers of a Sequential that have parameters say of their number."""
    rows = zip(net.layers, net.layer_shapes(input_shape), strict=False)
    counts = [layer.costs(shape).parameters for layer, shape in rows]
    return [count for count in counts if count]


def boxes(window, input_shape, positions):
    """What `footprints` should find by that window."""
    return [_box(window, input_shape, position) for position in positions]


def _box(window, input_shape, position):
    axes = zip(position, *window, input_shape, strict=False)
    starts = [(i * stride - padding, side, size) for i, side, stride, padding, size in axes]
    return [(max(start, 0), min(start + side, size) - 1) for start, side, size in starts]


def footprints(layer, input_shape, positions):
    """First and last input pixel, in each axis, that move the output at each of `positions`.

    The weights are set to ones, so that no two paths cancel.
    """
    graph, state = nnx.split(nnx.eval_shape(lambda: module(layer, input_shape)))
    ones = nnx.merge(graph, jax.tree.map(lambda leaf: np.ones(leaf.shape, leaf.dtype), state))

    @jax.jit
    @jax.grad
    def gradient(image, position):
        return ones(image[None])[0][tuple(position)].sum()

    def moving_pixels(position):
        gradients = gradient(np.ones(input_shape, np.float32), np.array(position))
        return np.argwhere(np.asarray(gradients).any(axis=-1))

    pixels = [moving_pixels(position) for position in positions]
    return [[*zip(seen.min(0).tolist(), seen.max(0).tolist(), strict=True)] for seen in pixels]
