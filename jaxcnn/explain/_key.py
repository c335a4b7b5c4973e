"""The randomness that someone passes as `key`."""

import jax
import jax.numpy as jnp


def check_key(key: object) -> None:
    """Raise TypeError unless `key` is a random key, of the new kind or the old one, or traced."""
    dtype = getattr(key, "dtype", None)
    if dtype is None or not (dtype == jnp.uint32 or jnp.issubdtype(dtype, jax.dtypes.prng_key)):
        raise TypeError(f"key must be a random key such as jax.random.key(0), got {key!r:.80}")
