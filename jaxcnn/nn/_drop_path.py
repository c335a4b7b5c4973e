"""Dropout of whole examples: what a branch of a network adds to them."""

import jax.numpy as jnp
from flax import nnx
from jax import Array

from jaxcnn.nn._dropout import Dropout


class DropPath(Dropout):
    """In training, sets all values of an example to 0, or scales them all by 1/(1 - rate).

    Which examples follows from the key and their places in the batch, as in `Dropout`.

    Source: Huang et al. 2016, *Deep Networks with Stochastic Depth*.

    Args:
        rate: probability of dropping an example.
        axis_name: as in `Dropout`.

    Example:
        >>> import jax
        >>> outputs = DropPath(0.5)(jnp.ones((4, 3)), rngs=jax.random.key(1))
        >>> bool((outputs == outputs[:, :1]).all())
        True
    """

    def __call__(
        self,
        inputs: Array,
        *,
        deterministic: bool | None = None,
        rngs: nnx.Rngs | nnx.RngStream | Array | None = None,
    ) -> Array:
        """Drop examples; shapes stay. The arguments are those of `Dropout`."""
        ones = jnp.ones((len(inputs), *(1,) * (inputs.ndim - 1)), inputs.dtype)
        return inputs * super().__call__(ones, deterministic=deterministic, rngs=rngs)
