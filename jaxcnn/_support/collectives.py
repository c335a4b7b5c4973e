"""Sums over the devices that share a batch, in few messages."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

BUCKET_BYTES = 25_000_000
"""How much is summed in one message; PyTorch's DistributedDataParallel takes as much."""


def varying(tree: Any, axis_name: str) -> Any:
    """Let the arrays of a tree count as different on each device, though they are the same.

    Inside `jax.shard_map`, JAX knows which arrays are the same on all devices. It sums the
    gradients of these arrays over the devices, each in a message of its own. The gradients of what
    this function returns are those of one device, for `sum_over_devices`.

    Args:
        tree: A tree of arrays that are the same on all devices; others stay as they are.
        axis_name: A mesh axis of the `jax.shard_map`.
    """

    def vary(leaf: Array) -> Array:
        is_shard = is_varying(leaf, axis_name)
        return leaf if is_shard else jax.lax.pcast(leaf, axis_name, to="varying")

    return jax.tree.map(vary, tree)


def varying_in_one(rows: Sequence[Array], axis_name: str) -> list[Array]:
    """Do the same as `varying`, and let JAX sum the gradients of all rows in one message.

    Args:
        rows: Vectors of one length and dtype.
        axis_name: A mesh axis of the `jax.shard_map`.
    """
    return list(varying(jnp.stack(rows), axis_name))


def sum_over_devices(tree: Any, axis_name: str) -> Any:
    """Sum each array of a tree over the devices, many small arrays in one message.

    A message between processes takes about a millisecond, however short it is.

    Args:
        tree: A tree of arrays. Numbers of Python are the same on all devices, and need no message.
        axis_name: A mesh axis of the `jax.shard_map`.
    """
    leaves, treedef = jax.tree.flatten(tree)
    devices = jax.lax.axis_size(axis_name)
    sums = [leaf * devices if isinstance(leaf, int) else leaf for leaf in leaves]
    for bucket in _buckets(leaves):
        total = jax.lax.psum(jnp.concatenate([leaves[i].ravel() for i in bucket]), axis_name)
        first = 0
        for i in bucket:
            sums[i] = total[first : first + leaves[i].size].reshape(leaves[i].shape)
            first += leaves[i].size
    return jax.tree.unflatten(treedef, map(jnp.asarray, sums))


def mean_over_devices(tree: Any, axis_name: str) -> Any:
    """Average the arrays of a tree that may be different on each device; others stay as they are.

    Args:
        tree: A tree of arrays. The largest of different integers is taken, instead of their mean.
        axis_name: A mesh axis of the `jax.shard_map`.
    """
    leaves, treedef = jax.tree.flatten(tree)
    own = [i for i, leaf in enumerate(leaves) if is_varying(leaf, axis_name)]
    ints = [i for i in own if not jnp.issubdtype(leaves[i].dtype, jnp.floating)]
    floats = [i for i in own if i not in ints]
    totals = sum_over_devices([leaves[i] for i in floats], axis_name)
    for i, total in zip(floats, totals, strict=True):
        leaves[i] = total / jax.lax.axis_size(axis_name)
    for i in ints:
        leaves[i] = jax.lax.pmax(leaves[i], axis_name)
    return jax.tree.unflatten(treedef, leaves)


def is_varying(array: Array, axis_name: str) -> bool:
    """Tell whether an array counts as different on each device, inside a `jax.shard_map`."""
    return axis_name in jax.typeof(array).manual_axis_type.varying


def _buckets(leaves: list[Array | int]) -> list[list[int]]:
    """Group the indices of arrays by dtype, in buckets of a limited size where possible."""
    buckets: list[list[int]] = []
    last: dict[Any, tuple[list[int], int]] = {}
    for i, leaf in enumerate(leaves):
        if isinstance(leaf, int):
            continue
        bucket, size = last.get(leaf.dtype, ([], BUCKET_BYTES))
        if size + leaf.nbytes > BUCKET_BYTES:
            bucket, size = [], 0
            buckets.append(bucket)
        bucket.append(i)
        last[leaf.dtype] = bucket, size + leaf.nbytes
    return buckets
