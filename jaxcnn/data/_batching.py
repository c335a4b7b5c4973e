"""Which example comes when: a pure function of (key, epoch), and batches that miss none."""

import jax
import numpy as np
from jax import Array
from jax.typing import ArrayLike


def epoch_order(key: Array, epoch: ArrayLike, n: int) -> Array:
    """Return the order in which epoch `epoch` visits `n` examples.

    Args:
        key: The key of the whole run; the epoch is folded into it.
        epoch: The number of the epoch, from 0; it may be traced.
        n: The number of examples.

    Returns:
        A permutation of 0..n-1, `(n,)` int32.

    Example:
        >>> order = epoch_order(jax.random.key(0), 3, 100)
        >>> sorted(order.tolist()) == list(range(100))
        True
    """
    return jax.random.permutation(jax.random.fold_in(key, epoch), n)


def full_batches(order: Array, batch_size: int) -> Array:
    """Cut an order into full batches, for training; a remainder waits for another epoch.

    Args:
        order: Indices of examples, `(n,)`.
        batch_size: Examples a batch, at most `n`.

    Returns:
        Indices, `(n // batch_size, batch_size)`.

    Raises:
        ValueError: If `batch_size` is below 1 or above `n`.

    Example:
        >>> full_batches(jax.numpy.arange(7), 3).tolist()
        [[0, 1, 2], [3, 4, 5]]
    """
    n = len(order)
    _check_batch_size(batch_size)
    if batch_size > n:
        raise ValueError(f"batch_size: expected at most the {n} examples, got {batch_size}")
    steps = n // batch_size
    return order[: steps * batch_size].reshape(steps, batch_size)


def padded_batches(n: int, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut 0..n-1 into batches of one shape, for evaluation; every example counts once.

    Args:
        n: The number of examples.
        batch_size: Examples a batch; the last batch is filled up with example 0.

    Returns:
        Indices, `(batches, batch_size)` int32, and a mask of the same shape that is False
        where an index only fills up the batch.

    Raises:
        ValueError: If `n` or `batch_size` is below 1.

    Example:
        >>> indices, mask = padded_batches(5, 3)
        >>> indices.tolist(), mask.tolist()
        ([[0, 1, 2], [3, 4, 0]], [[True, True, True], [True, True, False]])
    """
    if n < 1:
        raise ValueError(f"n: expected at least 1 example, got {n}")
    _check_batch_size(batch_size)
    positions = np.arange(-(-n // batch_size) * batch_size, dtype=np.int32)
    positions = positions.reshape(-1, batch_size)
    mask = positions < n
    return np.where(mask, positions, 0), mask


def _check_batch_size(batch_size: int) -> None:
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, got {batch_size}")
