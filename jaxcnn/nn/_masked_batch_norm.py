"""Batch norm of a batch that has been filled up."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array


def masked_batch_norm(norm: nnx.BatchNorm, inputs: Array, where: Array) -> Array:
    """Apply `norm` in train mode, with the statistics of some examples.

    With ``norm.axis_name`` they are the statistics over all devices of that axis, whatever
    number of examples each has. (`nnx.BatchNorm` itself takes a mask, but then averages the
    devices' means as if they had examples in equal number.)

    Args:
        norm: its running statistics are updated in place.
        inputs: ``(N, ...)``.
        where: ``(N,)``, False for examples that only fill up the batch.

    Returns:
        The normalised inputs, those of the filling too.
    """
    axes = tuple(axis for axis in range(inputs.ndim) if axis != norm.axis % inputs.ndim)
    values = inputs.astype(jnp.promote_types(inputs.dtype, jnp.float32))
    counted = where.reshape(-1, *(1,) * (inputs.ndim - 1))

    def mean_of(array: Array) -> Array:
        of_one = array.size // (array.shape[0] * array.shape[norm.axis])
        sums = array.sum(axes, where=counted), where.sum() * of_one
        total, count = sums if norm.axis_name is None else jax.lax.psum(sums, norm.axis_name)
        return total / count

    mean = mean_of(values)
    # As Flax computes it, so that a masked batch rounds as a whole one does.
    variance = jnp.maximum(0, mean_of(values**2) - mean**2)
    running = norm.mean[...], norm.var[...]
    norm.mean[...], norm.var[...] = mean, variance
    outputs = norm(inputs, use_running_average=True)
    for statistic, old, new in zip((norm.mean, norm.var), running, (mean, variance), strict=True):
        statistic[...] = norm.momentum * old + (1 - norm.momentum) * new
    return outputs
