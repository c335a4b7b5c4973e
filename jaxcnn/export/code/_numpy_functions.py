"""Layers in NumPy: the writer copies into a file those functions that its network needs.

Arrays are float32 with the examples first and the channels last: ``(N, *spatial, C)``. Paddings are
one (low, high) pair per spatial axis.
"""

import math

import numpy as np


def padded(x, padding, value=0.0):
    """Pad the spatial axes with a value; negative numbers cut pixels off."""
    if padding is None:
        return x
    sizes = zip(x.shape[1:-1], padding, strict=True)
    kept = [slice(max(-low, 0), size - max(-high, 0)) for size, (low, high) in sizes]
    added = [(max(low, 0), max(high, 0)) for low, high in padding]
    x = x[(slice(None), *kept)]
    return np.pad(x, [(0, 0), *added, (0, 0)], constant_values=value)


def windows(x, sizes, strides=None, dilation=None):
    """View the windows that slide over the spatial axes: (N, *positions, C, *sizes)."""
    ones = (1,) * len(sizes)
    strides, dilation = strides or ones, dilation or ones
    extents = [(size - 1) * step + 1 for size, step in zip(sizes, dilation, strict=True)]
    axes = tuple(range(1, len(sizes) + 1))
    view = np.lib.stride_tricks.sliding_window_view(x, extents, axis=axes)
    positions = [slice(None, None, step) for step in strides]
    elements = [slice(None, None, step) for step in dilation]
    return view[(slice(None), *positions, slice(None), *elements)]


def conv(x, kernel, bias=None, strides=None, padding=None, dilation=None, groups=1):
    """Convolve with a kernel (*sizes, C / groups, outputs): a matrix product over all patches."""
    *sizes, inputs, outputs = kernel.shape
    patches = windows(padded(x, padding), sizes, strides, dilation)
    rank, taps = len(sizes), math.prod(sizes)
    positions = patches.shape[: rank + 1]
    patches = np.moveaxis(patches, rank + 1, -1)  # the channels last
    if groups == 1:
        y = patches.reshape(-1, taps * inputs) @ kernel.reshape(taps * inputs, outputs)
    else:
        patches = patches.reshape(-1, taps, groups, inputs)
        kernel = kernel.reshape(taps, inputs, groups, outputs // groups)
        y = np.einsum("ptgi,tigo->pgo", patches, kernel)
    y = y.reshape(*positions, outputs)
    return y if bias is None else y + bias


def spread(x, steps):
    """Insert zeros between pixels, so that they are some steps apart."""
    sizes = [(size - 1) * step + 1 for size, step in zip(x.shape[1:-1], steps, strict=True)]
    y = np.zeros((len(x), *sizes, x.shape[-1]), x.dtype)
    y[(slice(None), *(slice(None, None, step) for step in steps))] = x
    return y


def wrap(x, padding):
    """Pad the spatial axes periodically."""
    for axis, (low, high) in enumerate(padding, start=1):
        x = np.take(x, range(-low, x.shape[axis] + high), axis, mode="wrap")
    return x


def dense(x, kernel, bias=None):
    """Multiply the channels by a matrix."""
    y = x @ kernel
    return y if bias is None else y + bias


def embedding(tokens, table):
    """Look up the rows of a table."""
    if tokens.min(initial=0) < 0 or tokens.max(initial=0) >= len(table):
        raise ValueError(f"tokens: expected 0 to {len(table) - 1}")
    return table[tokens]


def max_pool(x, window, strides, padding=None):
    """Return the largest value in each window."""
    axes = tuple(range(-len(window), 0))
    return windows(padded(x, padding, -np.inf), window, strides).max(axes)


def avg_pool(x, window, strides, padding=None, overhang=None, count_padding=True):
    """Return the mean of each window; it may reach over an edge, where nothing is counted."""
    edges = overhang and [(0, size) for size in overhang]
    ones = np.ones_like(x[:1, ..., :1])
    sums, counts = (
        windows(padded(each, edges), window, strides).sum(tuple(range(-len(window), 0)))
        for each in (padded(x, padding), padded(ones, padding, float(count_padding)))
    )
    return sums / counts


def adaptive_avg_pool(x, sizes):
    """Return the means over cells, which may overlap by a pixel: some number of them per axis."""
    for axis, cells in enumerate(sizes, start=1):
        size = x.shape[axis]
        edges = [(i * size // cells, -(-(i + 1) * size // cells)) for i in range(cells)]
        means = [x.take(range(*each), axis).mean(axis, keepdims=True) for each in edges]
        x = np.concatenate(means, axis)
    return x


def global_avg_pool(x):
    """Return the mean of each channel."""
    return x.mean(tuple(range(1, x.ndim - 1)))


def global_max_pool(x):
    """Return the largest value of each channel."""
    return x.max(tuple(range(1, x.ndim - 1)))


def multiply(x, y):
    """Multiply each channel of the images x by a number, one per channel in y."""
    return x * y.reshape(len(y), *(1,) * (x.ndim - 2), y.shape[-1])


def normalize(x, mean, scale, bias=0.0):
    """Subtract a mean per channel, multiply by a factor and add an offset."""
    return (x - mean) * scale + bias


def group_norm(x, scale, bias, groups, epsilon):
    """Normalize each group of channels over all pixels."""
    *spatial, channels = x.shape[1:]
    grouped = x.reshape(-1, math.prod(spatial), groups, channels // groups).astype(float)
    deviations = grouped - grouped.mean((1, 3), keepdims=True)
    variances = (deviations**2).mean((1, 3), keepdims=True)
    y = deviations / np.sqrt(variances + epsilon)
    return y.astype(np.float32).reshape(x.shape) * scale + bias


def layer_norm(x, scale, bias=0.0, epsilon=0.0):
    """Normalize the channels of each pixel."""
    deviations = x - x.mean(-1, keepdims=True)
    variances = (deviations**2).mean(-1, keepdims=True)
    return deviations / np.sqrt(variances + epsilon) * scale + bias


def rms_norm(x, scale=1.0, epsilon=0.0):
    """Divide the channels of each pixel by their root mean square."""
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon) * scale


def local_response_norm(x, size, alpha, beta, k):
    """Divide each value by a power of the squares of its neighboring channels."""
    edges = [(0, 0)] * (x.ndim - 1) + [(size // 2, (size - 1) // 2)]
    view = np.lib.stride_tricks.sliding_window_view(np.pad(x**2, edges), size, axis=-1)
    return x / (k + alpha / size * view.sum(-1)) ** beta


def channel_shuffle(x, groups):
    """Distribute the channels of each group over all groups."""
    grouped = x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    return grouped.swapaxes(-1, -2).reshape(x.shape)


def softmax(x):
    """Return probabilities over the channels."""
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def log_softmax(x):
    """Return the logarithms of probabilities over the channels."""
    x = x - x.max(-1, keepdims=True)
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def elu(x):
    """Return x where it is positive, else exp(x) - 1."""
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def erf(x):
    """Compute the error function to 2e-7: formula 7.1.26 of Abramowitz and Stegun."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    powers = ((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736
    return np.sign(x) * (1 - (powers * t + 0.254829592) * t * np.exp(-(x**2)))


def exact_gelu(x):
    """Return x Φ(x), with the normal distribution's Φ."""
    return 0.5 * x * (1 + erf(x / math.sqrt(2)))


def gelu(x):
    """Return x Φ(x), approximated with tanh."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def hard_sigmoid(x):
    """Return x / 6 + 1 / 2, limited to 0 to 1."""
    return np.clip(x / 6 + 0.5, 0, 1)


def hard_silu(x):
    """Return x times its hard sigmoid."""
    return x * hard_sigmoid(x)


def hard_tanh(x):
    """Limit x to -1 to 1."""
    return np.clip(x, -1, 1)


def heaviside(x):
    """Return 1 where x is positive, else 0."""
    return np.maximum(np.sign(x), 0)


def leaky_relu(x):
    """Return x where it is positive, else x / 100."""
    return np.where(x > 0, x, 0.01 * x)


def mish(x):
    """Return x tanh(softplus(x))."""
    return x * np.tanh(softplus(x))


def relu(x):
    """Replace negative numbers by 0."""
    return np.maximum(x, 0)


def relu6(x):
    """Limit x to 0 to 6."""
    return np.clip(x, 0, 6)


def selu(x):
    """Return the scaled exponential linear unit."""
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


def sigmoid(x):
    """Return 1 / (1 + exp(-x))."""
    power = np.exp(-np.abs(x))  # which does not overflow
    return np.where(x >= 0, 1, power) / (1 + power)


def silu(x):
    """Return x times its sigmoid."""
    return x * sigmoid(x)


def softplus(x):
    """Return log(1 + exp(x))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def tanh(x):
    """Return the hyperbolic tangent."""
    return np.tanh(x)
