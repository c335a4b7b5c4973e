"""Dropout that draws for each example on its own."""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array


class Dropout(nnx.Dropout):
    """`nnx.Dropout`, whose mask for an example follows from the key and its place in the batch.

    So a batch gets the same masks on one device as cut into shares on several.

    Args:
        rate: probability of setting a value to 0.
        axis_name: the mesh axis over which the batch is cut, within a `jax.shard_map`; None if
            it is whole.

    Example:
        >>> dropout, key = Dropout(0.5), jax.random.key(0)
        >>> whole = dropout(jnp.ones((4, 100)), rngs=key)
        >>> bool((whole[:2] == dropout(jnp.ones((2, 100)), rngs=key)).all())
        True
    """

    def __init__(self, rate: float, *, axis_name: str | None = None) -> None:
        super().__init__(rate)
        self.axis_name = axis_name

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop values; shapes stay.

        Args:
            inputs: ``(N, ...)``.
            deterministic: drop nothing; None: as `nnx.Module.train` or `nnx.Module.eval` said.
            rngs: a random key, or where Flax takes one from.
        """
        drop = partial(super().__call__, deterministic=deterministic)
        if not isinstance(rngs, Array):
            return drop(inputs, rngs=rngs)
        keys = jax.vmap(partial(jax.random.fold_in, rngs))(self._places(len(inputs)))
        return jax.vmap(lambda values, key: drop(values, rngs=key))(inputs, keys)

    def _places(self, count: int) -> Array:
        """Where in the whole batch these examples are."""
        first = 0 if self.axis_name is None else jax.lax.axis_index(self.axis_name) * count
        return first + jnp.arange(count)
