"""A running average of weights, which often does better than the last ones."""

import jax
import jax.numpy as jnp
from jax import Array

from jaxcnn.inference import Variables


def moving_average(
    average: Variables, variables: Variables, step: Array, decay: float
) -> Variables:
    r"""Move an exponential average towards the variables after update number `step`.

    :math:`a \leftarrow d\,a + (1 - d)\,w` with :math:`d = \min(decay, (1 + t) / (10 + t))`: early
    on, when the first weights are worth forgetting, the average is over fewer steps.

    Source: Polyak and Juditsky 1992; the warm-up is that of TensorFlow's
    ``ExponentialMovingAverage``.

    Args:
        average: the average so far.
        variables: parameters and batch statistics; what is not floating point is taken as it is.
        step: number of updates before this one.
        decay: how much of the average stays, in [0, 1).
    """
    kept = jnp.minimum(decay, (1 + step) / (10 + step))

    def move(old: Array, new: Array) -> Array:
        if not jnp.issubdtype(new.dtype, jnp.floating):
            return new
        return (kept * old + (1 - kept) * new).astype(new.dtype)

    return jax.tree.map(move, average, variables)
