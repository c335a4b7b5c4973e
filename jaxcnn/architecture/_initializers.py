"""Initializers by name, so that an architecture stays plain data."""

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.nn import initializers


def _dirac(key: Array, shape: tuple[int, ...], dtype=jnp.float32) -> Array:
    """LeCun-normal, except that the first C_in filters pass their own channel through.

    The convolution then starts as the identity on its input, with the remaining filters random
    (Jordan 2024, *94% on CIFAR-10 in 3.29 seconds*).
    """
    *window, in_channels, out_channels = shape
    centre = tuple((size - 1) // 2 for size in window)  # where SAME lays the output's own pixel
    identity = np.zeros(shape, dtype)
    identity[centre] = np.eye(in_channels, out_channels)
    passes_through = np.arange(out_channels) < in_channels
    return jnp.where(passes_through, identity, initializers.lecun_normal()(key, shape, dtype))


_INITIALIZERS: dict[str, Callable[[], Callable[..., Array]]] = {
    "dirac": lambda: _dirac,
    "glorot_normal": initializers.glorot_normal,
    "glorot_uniform": initializers.glorot_uniform,
    "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal,
    "lecun_uniform": initializers.lecun_uniform,
    "orthogonal": initializers.orthogonal,
    "zeros": lambda: initializers.zeros,
}

INITIALIZERS = tuple(_INITIALIZERS)


def initializer(name: str) -> Callable[..., Array]:
    """The `jax.nn.initializers` function of that name; see `INITIALIZERS` for the names."""
    return _INITIALIZERS[name]()
