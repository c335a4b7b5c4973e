"""Batch norm in train mode: the statistics of a batch in one pass, and few passes backward.

On CPUs a pass over the activations takes about as long as some layers' convolutions. So nothing
here needs a copy of them: both sums read the activations as they are, and so do the derivatives.
"""

from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array, lax

from jaxcnn._support.collectives import sum_over_devices, varying_in_one

FAR = 64.0
"""A mean is far from 0 if its square is so many times the variance.

The mean of squares minus the square of the mean then loses six bits or more.
"""


def masked_batch_norm(norm: nnx.BatchNorm, inputs: Array, where: Array | None) -> Array:
    """Apply a batch norm in train mode, with the statistics of some examples only.

    With ``norm.axis_name`` the statistics are those over all devices of that axis, even if the
    devices have different numbers of examples. (`nnx.BatchNorm` takes a mask, too, but averages the
    devices' means as if the numbers were equal.)

    Args:
        norm: The batch norm; its running statistics are updated in place.
        inputs: ``(N, ...)``.
        where: ``(N,)``, False for padded examples. None includes all examples.

    Returns:
        The normalized inputs, including those of padded examples.
    """
    axes = tuple(axis for axis in range(inputs.ndim) if axis != norm.axis % inputs.ndim)
    values = inputs.astype(jnp.promote_types(inputs.dtype, jnp.float32))
    counted = None if where is None else where.reshape(-1, *(1,) * (inputs.ndim - 1))
    examples = len(inputs) if where is None else where.sum()
    count = examples * (inputs.size // (len(inputs) * inputs.shape[norm.axis]))
    mean, variance = mean_and_variance(values, axes, counted, count)
    if norm.axis_name is not None:
        total = jnp.maximum(sum_over_devices(count, norm.axis_name), 1)
        share = jnp.asarray(count / total, values.dtype)  # float64 where 64-bit types are on
        mean, variance = _over_devices(mean, variance, share, norm.axis_name)
    for statistic, new in zip((norm.mean, norm.var), (mean, variance), strict=True):
        statistic[...] = norm.momentum * statistic[...] + (1 - norm.momentum) * new
    factor = lax.rsqrt(variance + norm.epsilon)
    if norm.axis_name is not None:  # their gradients are summed in one message
        mean, factor = varying_in_one((mean, factor), norm.axis_name)
    if norm.scale is not None:
        factor *= norm.scale[...]
    bias = jnp.zeros_like(mean) if norm.bias is None else norm.bias[...]
    outputs = _normalized(values, *(jnp.expand_dims(row, axes) for row in (mean, factor, bias)))
    return outputs.astype(norm.dtype or jnp.result_type(inputs, factor))


@partial(jax.custom_jvp, nondiff_argnums=(1,))
def mean_and_variance(
    values: Array, axes: tuple[int, ...], where: Array | None, count: Array
) -> tuple[Array, Array]:
    """Return the mean and the variance of each channel, with the divisor n.

    One pass computes both. Only if the mean of a channel is far from 0 (see `FAR`), which is rare
    after a convolution, they are computed once more from the values less that mean.

    Args:
        values: Floats with channels on the axis that is not in `axes`.
        axes: The axes to reduce.
        where: Booleans that broadcast to `values`: which ones to include. None includes all.
        count: Number of values to include per channel. If it is 0, mean and variance are 0.
    """
    count = jnp.maximum(count, 1)

    def moments(values: Array) -> tuple[Array, Array]:
        mean = values.sum(axes, where=where) / count
        squares = (values**2).sum(axes, where=where) / count
        return mean, jnp.maximum(0, squares - mean**2)

    def again(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        is_far, mean, _ = state
        rest, variance = moments(values - jnp.expand_dims(mean, axes))
        return ~is_far, mean + rest, variance

    mean, variance = moments(values)
    is_far = (mean**2 > FAR * variance).any()
    # Unlike `lax.cond`, a loop does not compute both branches under `vmap`.
    _, mean, variance = lax.while_loop(lambda state: state[0], again, (is_far, mean, variance))
    return mean, variance


@mean_and_variance.defjvp
def _mean_and_variance_jvp(axes, primals, tangents):
    (values, where, count), tangent = primals, tangents[0]
    mean, variance = mean_and_variance(values, axes, where, count)
    deviations = values - jnp.expand_dims(mean, axes)
    count = jnp.maximum(count, 1)
    mean_dot = tangent.sum(axes, where=where) / count
    variance_dot = 2 * (deviations * tangent).sum(axes, where=where) / count
    return (mean, variance), (mean_dot, variance_dot)


@partial(jax.custom_jvp, nondiff_argnums=(3,))
def _over_devices(
    mean: Array, variance: Array, share: Array, axis_name: str
) -> tuple[Array, Array]:
    """Combine the statistics of all devices, each with its share of the values.

    Source: Chan, Golub and LeVeque 1983, *Algorithms for Computing the Sample Variance*.
    """
    overall = lax.psum(share * mean, axis_name)
    return overall, lax.psum(share * (variance + (mean - overall) ** 2), axis_name)


@_over_devices.defjvp
def _over_devices_jvp(axis_name, primals, tangents):
    (mean, variance, share), (mean_dot, variance_dot, _) = primals, tangents
    overall, combined = _over_devices(mean, variance, share, axis_name)
    dots = share * mean_dot, share * (variance_dot + 2 * (mean - overall) * mean_dot)
    return (overall, combined), sum_over_devices(dots, axis_name)


@jax.custom_jvp
def _normalized(values: Array, mean: Array, factor: Array, bias: Array) -> Array:
    return (values - mean) * factor + bias


@_normalized.defjvp
def _normalized_jvp(primals, tangents):
    """Differentiate ``values * factor + (bias - mean * factor)``, the same function.

    The gradient by the factor is then the sum of cotangents times `values`, less a multiple of the
    mean. As the function is written above, it would be the sum of cotangents times the deviations,
    which would take memory of their own. If the mean is far from 0, this gradient is only as exact
    as the values are, relative to their deviations.
    """
    values, mean, factor, bias = primals
    values_dot, mean_dot, factor_dot, bias_dot = tangents
    offset_dot = bias_dot - mean_dot * factor - mean * factor_dot
    outputs = _normalized(values, mean, factor, bias)
    return outputs, values_dot * factor + values * factor_dot + offset_dot
