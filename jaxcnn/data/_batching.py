"""The order of examples as a pure function of (key, epoch), and batches that cover all examples."""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int


def epoch_order(key: Array, epoch: ArrayLike, n: int) -> Array:
    """Return the random order in which an epoch visits the examples; each epoch has its own order.

    Args:
        key: The key of the whole run; the epoch is folded into the key.
        epoch: The number of the epoch, from 0; it may be traced.
        n: The number of examples.

    Returns:
        A permutation of 0..n-1, ``(n,)`` int32.

    Example:
        >>> order = epoch_order(jax.random.key(0), 3, 100)
        >>> sorted(order.tolist()) == list(range(100))
        True
    """
    return jax.random.permutation(jax.random.fold_in(key, epoch), jnp.arange(n, dtype=jnp.int32))


def balanced_order(key: Array, epoch: ArrayLike, labels: np.ndarray) -> Array:
    """Draw the examples of an epoch with replacement, all classes with equal probability.

    Use it for classes of very different sizes: `fit(sampler="balanced")` does. For each position of
    the epoch, a class is drawn among those that have examples, and then one of its examples.

    Args:
        key: The key of the whole run; the epoch is folded into the key.
        epoch: The number of the epoch, from 0; it may be traced.
        labels: The class of each example, ``(N,)`` integers.

    Returns:
        N indices of examples, ``(N,)`` int32. An index can occur several times, or never.

    Example:
        >>> labels = np.array([0] * 90 + [1] * 10)
        >>> drawn = labels[balanced_order(jax.random.key(0), 0, labels)]
        >>> int((drawn == 1).sum())
        56
    """
    by_class = np.argsort(labels, kind="stable").astype(np.int32)
    _, starts, counts = np.unique(labels[by_class], return_index=True, return_counts=True)
    class_key, example_key = jax.random.split(jax.random.fold_in(key, epoch))
    starts, counts = jnp.asarray(starts, jnp.int32), jnp.asarray(counts, jnp.int32)
    classes = jax.random.randint(class_key, labels.shape, 0, len(counts), jnp.int32)
    within = jax.random.randint(example_key, labels.shape, 0, counts[classes], jnp.int32)
    return jnp.asarray(by_class)[starts[classes] + within]


def padded_batches(n: int, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Split the indices 0..n-1 into batches of equal shape, for evaluation.

    The last batch is padded with example 0. The mask is False for the padding, so that every
    example counts exactly once.

    Args:
        n: Number of examples.
        batch_size: Examples per batch.

    Returns:
        Two arrays of shape ``(batches, batch_size)``: the indices, int32, and a boolean mask, False
        for padded examples.

    Raises:
        ValueError: If `n` or `batch_size` is below 1.

    Example:
        >>> indices, mask = padded_batches(5, 3)
        >>> indices.tolist(), mask.tolist()
        ([[0, 1, 2], [3, 4, 0]], [[True, True, True], [True, True, False]])
    """
    check_int("n", n)
    check_int("batch_size", batch_size)
    positions = np.arange(-(-n // batch_size) * batch_size, dtype=np.int32)
    positions = positions.reshape(-1, batch_size)
    mask = positions < n
    return np.where(mask, positions, 0), mask


def evenly_spaced(n: int, limit: int) -> np.ndarray:
    """Choose at most `limit` evenly spaced indices of 0..n-1, including the first and the last.

    In a set that is sorted by class, each class gets its share of the indices.

    Args:
        n: Number of examples, at least 1.
        limit: Number of indices to choose; if it is below 1, one index is chosen.

    Returns:
        Distinct indices in ascending order, int64.

    Example:
        >>> evenly_spaced(9, 3).tolist()
        [0, 4, 8]
    """
    # Rounding halves to even can repeat an index: 1.5 and 2.5 both give 2.
    return np.unique(np.rint(np.linspace(0, n - 1, max(1, min(n, limit)))).astype(np.int64))
