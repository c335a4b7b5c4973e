"""The order of millions of examples, in little memory."""

import functools
import math
import mmap

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.extend.random import threefry2x32_p
from jax.typing import ArrayLike, DTypeLike

from jaxcnn.data import epoch_order

MANY = 50_000
"""So many streamed examples are ordered here."""

CHUNK = 2**16
"""So many random numbers are drawn at once."""

LOWER = np.uint64(2**32 - 1)
"""The lower half of 64 bits."""


def host_epoch_order(key: Array, epoch: ArrayLike, n: int) -> np.ndarray:
    """Return the same order as `jaxcnn.data.epoch_order`, in 16 bytes per example while it runs.

    `jax.random.permutation` needs some 40 bytes per example, most of which the C library keeps when
    they are freed. This function does as it does: each example draws 32 random bits, and the
    examples are sorted by them, several times, as some draw the same. But it draws the bits in
    chunks, and sorts in place, in memory that returns to the system.

    Args:
        key: The key of the whole run; the epoch is folded into the key.
        epoch: The number of the epoch, from 0.
        n: The number of examples.

    Returns:
        A permutation of 0..n-1, ``(n,)`` int32.
    """
    if not _agrees_with_jax():
        return np.asarray(epoch_order(key, epoch, n))
    return _order(jax.random.fold_in(key, epoch), n)


def _order(key: Array, n: int) -> np.ndarray:
    chunks = [slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK)]
    order, drawn = _room(n, np.int32), _room(n, np.uint64)
    for part in chunks:
        order[part] = np.arange(part.start, part.stop)
    for _ in range(math.ceil(3 * math.log(n) / math.log(2**32 - 1))):
        key, subkey = jax.random.split(key)
        for part in chunks:
            places = np.arange(part.start, part.stop, dtype=np.uint64)
            bits = np.asarray(_draw(subkey, np.uint32(part.start)))[: len(places)]
            drawn[part] = (bits.astype(np.uint64) << np.uint64(32)) | places
        drawn.sort()  # examples that drew the same stay in order
        before, order = order, _room(n, np.int32)
        for part in chunks:
            order[part] = before[drawn[part] & LOWER]
    return order


@jax.jit
def _draw(key: Array, start: Array) -> Array:
    """Return the bits of `jax.random.bits` from the position `start`."""
    first, second = jax.random.key_data(key)
    places = start + jnp.arange(CHUNK, dtype=jnp.uint32)
    high, low = threefry2x32_p.bind(first, second, jnp.zeros_like(places), places)
    return high ^ low


@functools.cache
def _agrees_with_jax() -> bool:
    """Return whether the order is JAX's, for its version and its settings of random numbers."""
    key, n = jax.random.key(0), 2000  # so many take several rounds
    try:
        return np.array_equal(_order(key, n), jax.random.permutation(key, np.arange(n)))
    except (TypeError, ValueError):  # keys of another kind
        return False


def _room(n: int, dtype: DTypeLike) -> np.ndarray:
    """Return an array whose memory returns to the system when it is freed."""
    return np.frombuffer(mmap.mmap(-1, n * np.dtype(dtype).itemsize), dtype)
