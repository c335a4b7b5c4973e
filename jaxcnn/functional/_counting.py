"""Count parameters and multiply-accumulates (MACs) of layers, and parameters of any pytree.

All counts are Python integers. One MAC is one multiplication and the addition of its product.
Adding a bias, comparing (max-pooling) and averaging (average-pooling) are not counted.
"""

import math
import operator
from collections.abc import Sequence
from typing import Any

import jax

from jaxcnn._support.arguments import check_int


def conv_parameters(
    kernel_shape: Sequence[int],
    in_channels: int,
    out_channels: int,
    *,
    use_bias: bool = True,
    feature_group_count: int = 1,
) -> int:
    """Count the parameters of a convolution.

        (Π kernel_shape · in_channels / groups + 1) · out_channels

    where the 1 is the bias. The size of the image does not matter, because all positions share the
    weights.

    Args:
        kernel_shape: Spatial shape of the kernel, such as (5, 5).
        in_channels: Channels of the input.
        out_channels: Channels of the output: the number of filters.
        use_bias: Whether each filter has a bias.
        feature_group_count: Number of groups that the channels are split into. It must divide
            `in_channels` and `out_channels`.

    Returns:
        The number of parameters.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below 1, or the groups do not divide the channels.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.conv_parameters((5, 5), in_channels=3, out_channels=2)
        152
    """
    weights = _weights_of_filter(kernel_shape, in_channels, out_channels, feature_group_count)
    return (weights + bool(use_bias)) * operator.index(out_channels)


def conv_macs(
    output_spatial_shape: Sequence[int],
    kernel_shape: Sequence[int],
    in_channels: int,
    out_channels: int,
    *,
    feature_group_count: int = 1,
) -> int:
    """Count the multiply-accumulates (MACs) of a convolution of one example.

        Π output_spatial_shape · Π kernel_shape · in_channels / groups · out_channels

    Each filter is applied once at each output position. Products with padding count, too.

    Args:
        output_spatial_shape: Spatial shape of the output, such as (28, 28).
        kernel_shape: Spatial shape of the kernel, such as (5, 5).
        in_channels: Channels of the input.
        out_channels: Channels of the output: the number of filters.
        feature_group_count: Number of groups that the channels are split into. It must divide
            `in_channels` and `out_channels`.

    Returns:
        The number of MACs.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below 1, or the groups do not divide the channels.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.conv_macs((28, 28), (5, 5), in_channels=3, out_channels=1)
        58800
    """
    positions = math.prod(_sizes("output_spatial_shape", output_spatial_shape))
    weights = _weights_of_filter(kernel_shape, in_channels, out_channels, feature_group_count)
    return positions * weights * operator.index(out_channels)


def dense_parameters(in_features: int, out_features: int, *, use_bias: bool = True) -> int:
    """Count the parameters of a dense (fully connected) layer.

        (in_features + 1) · out_features

    where the 1 is the bias.

    Args:
        in_features: Number of inputs.
        out_features: Number of outputs, one per neuron.
        use_bias: Whether each neuron has a bias.

    Returns:
        The number of parameters.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.dense_parameters(32 * 32 * 3, 784)
        2409232
    """
    macs = dense_macs(in_features, out_features)
    return macs + bool(use_bias) * operator.index(out_features)


def dense_macs(in_features: int, out_features: int) -> int:
    """Count the multiply-accumulates (MACs) of a dense layer on one example.

        in_features · out_features

    Each weight is used once.

    Args:
        in_features: Number of inputs.
        out_features: Number of outputs, one per neuron.

    Returns:
        The number of MACs.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.dense_macs(3072, 10)
        30720
    """
    return _size("in_features", in_features) * _size("out_features", out_features)


def pool_parameters(window_shape: Sequence[int]) -> int:
    """Count the parameters of a pooling layer: 0, because nothing in it is learned.

    Args:
        window_shape: Shape of the window, such as (2, 2).

    Returns:
        0.

    Raises:
        TypeError: If a size is not an integer.
        ValueError: If a size is below 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> F.pool_parameters((2, 2))
        0
    """
    _sizes("window_shape", window_shape)  # only to raise
    return 0


def _weights_of_filter(
    kernel_shape: Sequence[int], in_channels: int, out_channels: int, feature_group_count: int
) -> int:
    """Return the weights of one filter, which are also its MACs at one position."""
    groups = _size("feature_group_count", feature_group_count)
    in_channels = _size("in_channels", in_channels)
    out_channels = _size("out_channels", out_channels)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"feature_group_count: expected a divisor of in_channels {in_channels} and "
            f"out_channels {out_channels}, got {groups}"
        )
    return math.prod(_sizes("kernel_shape", kernel_shape)) * in_channels // groups


def _sizes(name: str, sizes: Sequence[int]) -> tuple[int, ...]:
    try:
        return tuple(_size(name, size) for size in sizes)
    except TypeError:
        raise TypeError(f"{name}: expected integers, one per dimension, got {sizes!r}") from None


def _size(name: str, size: int) -> int:
    try:
        integer = operator.index(size)
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {size!r}") from None
    if integer < 1:
        raise ValueError(f"{name}: expected at least 1, got {size!r}")
    return integer


def count_parameters(tree: Any) -> int:
    """Count the values in all arrays of a pytree.

    For an architecture, which has no arrays yet, use `jaxcnn.count_parameters`.

    Args:
        tree: A pytree of arrays or of `jax.ShapeDtypeStruct`: parameters, gradients, or the result
            of `jax.eval_shape`.

    Returns:
        The number of values, a Python integer, which cannot overflow.

    Raises:
        TypeError: If a leaf has no shape. The message names the leaf's path in the tree.

    Example:
        >>> from jaxcnn import functional as F
        >>> shape = jax.ShapeDtypeStruct((8, 5), "float32")
        >>> F.count_parameters({"hidden": {"kernel": shape}})
        40
    """
    return sum(_sizes_by_path(tree).values())


def parameters_by_subtree(tree: Any, depth: int = 1) -> dict[str, int]:
    """Count the values in each subtree of a pytree.

    Args:
        tree: A pytree of arrays or of `jax.ShapeDtypeStruct`.
        depth: Number of names in a key, at least 1. With depth 2, for example, the values of each
            subtree two levels below the root are counted separately.

    Returns:
        A dict of the number of values per subtree, in the order of `jax.tree.leaves`. Keys are the
        names of the levels, joined by "/". The key of an array that is nested less deeply is its
        own path.

    Raises:
        TypeError: If a leaf has no shape. The message names the leaf's path in the tree.
        ValueError: If the depth is below 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> kernel, bias = (jax.ShapeDtypeStruct(s, "float32") for s in [(5, 5, 3, 2), (2,)])
        >>> F.parameters_by_subtree({"conv": {"kernel": kernel, "bias": bias}})
        {'conv': 152}
    """
    check_int("depth", depth)
    totals: dict[str, int] = {}
    for path, size in _sizes_by_path(tree).items():
        name = jax.tree_util.keystr(path[:depth], simple=True, separator="/")
        totals[name] = totals.get(name, 0) + size
    return totals


def _sizes_by_path(tree: Any) -> dict[tuple[Any, ...], int]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {path: _size_of_leaf(path, leaf) for path, leaf in leaves}


def _size_of_leaf(path: tuple[Any, ...], leaf: Any) -> int:
    shape = getattr(leaf, "shape", None)
    if shape is None:
        place = jax.tree_util.keystr(path, simple=True, separator="/") or "the root"
        raise TypeError(f"tree: expected arrays, got {type(leaf).__name__} at {place}")
    return math.prod(shape)
