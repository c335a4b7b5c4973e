"""Compute the outputs of the page's layers in NumPy, from what the page holds.

The page computes the same in JavaScript. Comparing these outputs with those of JAX, when the page
is written, shows whether the numbers in it are all that the arithmetic needs.
"""

import math
from collections.abc import Callable

import numpy as np

from jaxcnn.reports.explorer._layers import PageLayer

Outputs = list[np.ndarray]
"""The outputs of some layers for one picture, each ``(H, W, C)``, float64."""


def recompute(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    """Compute the outputs of a layer for one picture.

    Args:
        layer: A layer of any kind but ``"pixels"`` and ``"other"``.
        inputs: The outputs of its sources.

    Returns:
        ``(H, W, C)``, float64.
    """
    return _COMPUTE[layer.kind](layer, inputs).reshape((*layer.shape[:2], -1))


def _normalize(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    return (inputs[0] / 255 - layer.weights["mean"]) / layer.weights["std"]


def _conv(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    kernel, groups = layer.weights["kernel"], layer.options["groups"]
    patches = _patches(inputs[0], layer, 0.0)  # (H', W', kh, kw, C)
    *shape, channels = patches.shape
    split = patches.reshape(*shape, groups, channels // groups)
    filters = kernel.reshape(*kernel.shape[:-1], groups, -1)
    sums = np.einsum("yxijgc,ijcgf->yxgf", split, filters, optimize=True)
    return sums.reshape(*sums.shape[:2], -1) + layer.weights.get("bias", 0.0)


def _pool(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    is_max = layer.options["function"] == "max"
    patches = _patches(inputs[0], layer, -np.inf if is_max else 0.0)
    if is_max:
        return patches.max(axis=(2, 3))
    rows, columns = _indices(layer)
    counted = [
        (low <= indices) & (indices < high)
        for indices, (low, high) in zip((rows, columns), layer.options["bounds"], strict=True)
    ]
    counts = counted[0].sum(1)[:, None] * counted[1].sum(1)[None]
    return patches.sum(axis=(2, 3)) / counts[..., None]


def _indices(layer: PageLayer) -> tuple[np.ndarray, np.ndarray]:
    """Return for each position of the window the indices under it: ``(outputs, size)`` per axis.

    Places that a smaller cell of an adaptive pooling does not have are -1.
    """
    window = layer.options["window"]
    if "cells" in window:
        rows, columns = (_cell_indices(np.array(cells)) for cells in window["cells"])
        return rows, columns
    options = [window[name] for name in ("sizes", "strides", "starts", "dilation")]
    axes = zip(layer.shape[:2], *options, strict=True)
    rows, columns = (
        np.arange(outputs)[:, None] * stride + start + np.arange(size) * dilation
        for outputs, size, stride, start, dilation in axes
    )
    return rows, columns


def _cell_indices(cells: np.ndarray) -> np.ndarray:
    firsts, ends = cells[:, :1], cells[:, 1:]
    indices = firsts + np.arange((ends - firsts).max())
    return np.where(indices < ends, indices, -1)


def _patches(values: np.ndarray, layer: PageLayer, outside: float) -> np.ndarray:
    """Return the inputs under each window, ``(H', W', kh, kw, C)``."""
    taken = np.asarray(values, np.float64)
    window = layer.options["window"]
    for axis, (indices, spread) in enumerate(
        zip(_indices(layer), window.get("spread", (1, 1)), strict=True)
    ):
        size = values.shape[axis]
        length = size * spread  # of an input whose numbers are `spread` places apart
        at = indices % length if window.get("wraps") else indices
        inside = (at >= 0) & (at < length) & (at % spread == 0)
        taken = np.take(taken, at // spread % size, axis=2 * axis)
        mask = inside.reshape(*(1,) * 2 * axis, *inside.shape, *(1,) * (taken.ndim - 2 - 2 * axis))
        taken = np.where(mask, taken, outside)
    return taken.transpose(0, 2, 1, 3, 4)


def _batch_norm(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    of = layer.weights
    deviation = np.sqrt(of["var"].astype(np.float64) + layer.options["epsilon"])
    return (inputs[0] - of["mean"]) / deviation * of.get("scale", 1.0) + of.get("bias", 0.0)


def _norm(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    of, options = layer.weights, layer.options
    groups = inputs[0].reshape(*layer.shape[:2], options["groups"], -1).astype(np.float64)
    axes = (0, 1, 3) if options["everywhere"] else (3,)
    if options["centered"]:
        groups = groups - groups.mean(axes, keepdims=True)
    variance = (groups**2).mean(axes, keepdims=True)
    normal = (groups / np.sqrt(variance + options["epsilon"])).reshape(layer.shape)
    return normal * of.get("scale", 1.0) + of.get("bias", 0.0)


def _local_norm(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    size, alpha, beta, k = (layer.options[name] for name in ("size", "alpha", "beta", "k"))
    values = np.asarray(inputs[0], np.float64)
    around = np.pad(values**2, ((0, 0), (0, 0), (size // 2, (size - 1) // 2)))
    sums = np.lib.stride_tricks.sliding_window_view(around, size, axis=-1).sum(axis=-1)
    return values * (k + alpha / size * sums) ** -beta


def _gate(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    of, options = layer.weights, layer.options
    means = inputs[0].mean(axis=(0, 1), dtype=np.float64)
    hidden = ACTIVATIONS[options["activation"]](means @ of["kernel1"] + of["bias1"])
    return inputs[0] * ACTIVATIONS[options["gate"]](hidden @ of["kernel2"] + of["bias2"])


def _scale(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    return inputs[0] * layer.weights["scale"]


def _activation(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    return ACTIVATIONS[layer.options["function"]](inputs[0])


def _copy(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    del layer
    return inputs[0]


def _add(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    del layer
    return np.sum(inputs, axis=0)


def _concat(layer: PageLayer, inputs: Outputs) -> np.ndarray:
    del layer
    return np.concatenate(inputs, axis=-1)


_COMPUTE: dict[str, Callable[[PageLayer, Outputs], np.ndarray]] = {
    "activation": _activation,
    "add": _add,
    "batch_norm": _batch_norm,
    "concat": _concat,
    "conv": _conv,
    "copy": _copy,
    "gate": _gate,
    "local_norm": _local_norm,
    "norm": _norm,
    "normalize": _normalize,
    "pool": _pool,
    "scale": _scale,
}


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return (1 + np.tanh(x / 2)) / 2


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(x, 0)


def _log_softmax(x: np.ndarray) -> np.ndarray:
    return x - np.logaddexp.reduce(x, axis=-1, keepdims=True)


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _clip(low: float, high: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.clip(x, low, high)


def _elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "elu": _elu,
    "exact_gelu": lambda x: x * _erfc(-x / math.sqrt(2)) / 2,
    "gelu": lambda x: x * _sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3)),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": _clip(-1, 1),
    "heaviside": lambda x: (x > 0).astype(np.float64),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "log_softmax": _log_softmax,
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "relu": lambda x: np.maximum(x, 0),
    "relu6": _clip(0, 6),
    "selu": lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "sigmoid": _sigmoid,
    "silu": lambda x: x * _sigmoid(x),
    "softmax": lambda x: np.exp(_log_softmax(x)),
    "softplus": _softplus,
    "tanh": np.tanh,
}
"""Activations by their names, as `jaxcnn.functional` defines them."""


def largest_error(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference of two arrays, as a share of the largest value expected."""
    if not found.size:
        return 0.0
    largest = float(np.abs(expected).max())
    difference = float(np.abs(found - expected).max())
    return difference / largest if largest else difference
