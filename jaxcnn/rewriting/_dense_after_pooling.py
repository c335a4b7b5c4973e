"""The step `dense_after_pooling`."""

from itertools import pairwise

from jaxcnn.layers import (
    Activation,
    AdaptiveAvgPool,
    BatchNorm,
    Conv,
    Dense,
    Flatten,
    GlobalAvgPool,
    GlobalMaxPool,
    Layer,
    LayerNorm,
    LayerScale,
    Rescale,
    RMSNorm,
)
from jaxcnn.rewriting._linear import all_equal, is_pointwise
from jaxcnn.rewriting._tree import Node, WeightedLayers, read_tree, straight_lines, write_tree

_ON_VECTORS = (Activation, BatchNorm, Dense, LayerNorm, LayerScale, RMSNorm, Rescale)
"""Layers that compute the same of a vector as of an image of one pixel."""


def dense_after_pooling(network: WeightedLayers) -> tuple[WeightedLayers, int]:
    """Pool globally first, and compute the rest of vectors by dense layers.

    Two rewrites, both exact for images of all sizes:

    - An `AdaptiveAvgPool` to one pixel is a `GlobalAvgPool`, and 1×1 convolutions after it are
      dense layers, if all layers up to the next flattening or global pooling take vectors. That one
      is removed, as there is nothing left to flatten.
    - A 1×1 convolution or a dense layer at each pixel, directly before a `GlobalAvgPool`, is moved
      behind it: the mean of linear functions is the function of the mean. It is then computed once
      and not at each pixel. A pooling with a fixed window is not taken for a global one, because
      for larger images it is none.

    Args:
        network: The layers and arrays.

    Returns:
        The new network, and how many layers were changed.
    """
    tree, count = read_tree(network), 0
    for line in straight_lines(tree):
        for index, node in enumerate(line):
            if isinstance(node.layer, AdaptiveAvgPool) and all_equal(node.layer.output_size, 1):
                count += _pool_to_vector(node, line[index + 1 :])
        kept = [node for node in line if not node.is_removed]
        for first, second in reversed([*pairwise(kept)]):
            count += _pool_first(first, second)
    return write_tree(tree, network.input_shape), count


def _pool_to_vector(pool: Node, others: list[Node]) -> int:
    """Make a pooling to one pixel global; return how many layers are changed by that."""
    changed = [pool]
    for node in others:
        if isinstance(node.layer, Flatten | GlobalAvgPool | GlobalMaxPool):
            node.is_removed = True
            break
        if not isinstance(node.layer, _ON_VECTORS):
            if not (isinstance(node.layer, Conv) and is_pointwise(node.layer)):
                return 0
            changed.append(node)
    else:
        return 0
    pool.layer = GlobalAvgPool(name=pool.layer.name)
    for conv in changed[1:]:
        _make_dense(conv)
    return len(changed) + 1


def _pool_first(first: Node, second: Node) -> int:
    """Move a layer that is linear at each pixel behind a global pooling; return 1 if it was."""
    if not (isinstance(second.layer, GlobalAvgPool) and is_pointwise(first.layer)):
        return 0
    if len(first.input_shape) < 2:
        return 0
    _make_dense(first)
    first.layer, second.layer = second.layer, first.layer
    first.arrays, second.arrays = second.arrays, first.arrays
    return 1


def _make_dense(node: Node) -> None:
    """Write a 1×1 convolution as the same dense layer, which a dense layer is already."""
    kernel = node.arrays["kernel"]
    node.arrays["kernel"] = kernel.reshape(kernel.shape[-2:])
    node.layer = _dense(node.layer)


def _dense(layer: Layer) -> Dense:
    assert isinstance(layer, Conv | Dense)
    fields = layer.use_bias, layer.kernel_init, layer.bias_init
    return Dense(layer.features, *fields, name=layer.name)
