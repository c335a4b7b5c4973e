"""Parameters of any pytree, in all and for each part of it."""

import math
from typing import Any

import jax


def count_parameters(tree: Any) -> int:
    """Count the numbers in all arrays of a pytree.

    For an architecture, which has no arrays yet, use `jaxcnn.count_parameters`.

    Args:
        tree: A pytree of arrays or of `jax.ShapeDtypeStruct`: parameters, gradients, or what
            `jax.eval_shape` gives back.

    Returns:
        Their number, a Python integer that cannot overflow.

    Raises:
        TypeError: For a leaf without a shape, with its place in the tree.

    Example:
        >>> from jaxcnn import functional as F
        >>> shape = jax.ShapeDtypeStruct((8, 5), "float32")
        >>> F.count_parameters({"hidden": {"kernel": shape}})
        40
    """
    return sum(_sizes_by_path(tree).values())


def parameters_by_subtree(tree: Any, depth: int = 1) -> dict[str, int]:
    """Count the numbers in each subtree of a pytree.

    Args:
        tree: A pytree of arrays or of `jax.ShapeDtypeStruct`.
        depth: How many levels of names tell subtrees apart, at least 1.

    Returns:
        The number of parameters by name, in the order of `jax.tree.leaves`. Levels are joined
        by "/", and an array that lies above `depth` stands under its own name.

    Raises:
        TypeError: For a leaf without a shape, with its place in the tree.
        ValueError: For a depth below 1.

    Example:
        >>> from jaxcnn import functional as F
        >>> kernel, bias = (jax.ShapeDtypeStruct(s, "float32") for s in [(5, 5, 3, 2), (2,)])
        >>> F.parameters_by_subtree({"conv": {"kernel": kernel, "bias": bias}})
        {'conv': 152}
    """
    if depth < 1:
        raise ValueError(f"depth must be at least 1; got {depth}")
    totals: dict[str, int] = {}
    for path, size in _sizes_by_path(tree).items():
        name = jax.tree_util.keystr(path[:depth], simple=True, separator="/")
        totals[name] = totals.get(name, 0) + size
    return totals


def _sizes_by_path(tree: Any) -> dict[tuple[Any, ...], int]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return {path: _size(path, leaf) for path, leaf in leaves}


def _size(path: tuple[Any, ...], leaf: Any) -> int:
    shape = getattr(leaf, "shape", None)
    if shape is None:
        place = jax.tree_util.keystr(path, simple=True, separator="/") or "the root"
        raise TypeError(f"tree must hold arrays; got {type(leaf).__name__} at {place}")
    return math.prod(shape)
