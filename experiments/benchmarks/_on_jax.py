"""A layer's forward pass and gradients in JAX, with the convolution of jaxcnn or of XLA."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from _layers import Layer
from jax import Array
from jax.sharding import AxisType
from jax.sharding import PartitionSpec as P

Conv = Callable[..., Array]

AXES = {1: ("NWC", "WIO", "NWC"), 2: ("NHWC", "HWIO", "NHWC"), 3: ("NDHWC", "DHWIO", "NDHWC")}
BATCH, WHOLE = P("batch"), P()
SPECS = {
    "forward": ((BATCH, WHOLE), BATCH),
    "input gradient": ((BATCH, WHOLE), BATCH),
    "kernel gradient": ((BATCH, BATCH), WHOLE),
}
"""Shardings of the two operands and the result of each direction, when the batch is split."""


def convolve(layer: Layer, conv: Conv, inputs: Array, kernel: Array) -> Array:
    """Compute the layer's forward pass, channels last."""
    rank = len(layer.window)
    strides, lhs_dilation = (layer.stride,) * rank, (1,) * rank
    padding = [(pad, pad) for pad in layer.pads]
    if layer.transposed:
        strides, lhs_dilation = lhs_dilation, strides
        rows = zip(layer.window, layer.pads, strict=True)
        reach = [layer.dilation * (size - 1) - pad for size, pad in rows]
        padding = [(low, low + layer.output_padding) for low in reach]
    return conv(
        inputs,
        kernel,
        window_strides=strides,
        padding=padding,
        lhs_dilation=lhs_dilation,
        rhs_dilation=(layer.dilation,) * rank,
        dimension_numbers=AXES[rank],
        feature_group_count=layer.groups,
    )


def direction_of(layer: Layer, direction: str, conv: Conv) -> Callable[[Array, Array], Array]:
    """Return a function of two arrays that computes one direction of a layer, and nothing else."""
    run = partial(convolve, layer, conv)

    def input_gradient(outputs: Array, kernel: Array) -> Array:
        inputs = jax.ShapeDtypeStruct((len(outputs), *layer.input_shape[1:]), outputs.dtype)
        return jax.linear_transpose(lambda x: run(x, kernel), inputs)(outputs)[0]

    def kernel_gradient(inputs: Array, outputs: Array) -> Array:
        kernel = jax.ShapeDtypeStruct(layer.kernel_shape, outputs.dtype)
        return jax.linear_transpose(lambda w: run(inputs, w), kernel)(outputs)[0]

    directions = {
        "forward": run,
        "input gradient": input_gradient,
        "kernel gradient": kernel_gradient,
    }
    return directions[direction]


def operands(layer: Layer, direction: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw the random operands of one direction."""
    rng = np.random.default_rng(0)

    def normal(shape: tuple[int, ...]) -> np.ndarray:
        return rng.standard_normal(shape, np.float32)

    inputs, kernel, outputs = layer.input_shape, layer.kernel_shape, layer.output_shape
    shapes = {
        "forward": (inputs, kernel),
        "input gradient": (outputs, kernel),
        "kernel gradient": (inputs, outputs),
    }
    first, second = shapes[direction]
    return normal(first), normal(second)


def on_one_device(layer: Layer, direction: str, conv: Conv) -> tuple[Callable, list]:
    """Return one direction's function and the devices of its operands, for one device."""
    return direction_of(layer, direction, conv), [jax.devices()[0]] * 2


def on_all_devices(layer: Layer, direction: str, conv: Conv) -> tuple[Callable, list]:
    """Return one direction's function and the shardings of its operands, with the batch split.

    Kernel gradients are summed over the devices.
    """
    mesh = jax.make_mesh((jax.device_count(),), ("batch",), axis_types=(AxisType.Auto,))
    run = direction_of(layer, direction, conv)
    in_specs, out_specs = SPECS[direction]

    def local(first: Array, second: Array) -> Array:
        result = run(first, second)
        return jax.lax.psum(result, "batch") if direction == "kernel gradient" else result

    # Sums over devices are written out above; the check would add others.
    split = jax.shard_map(local, mesh=mesh, in_specs=in_specs, out_specs=out_specs, check_vma=False)
    return split, [jax.NamedSharding(mesh, spec) for spec in in_specs]


def exact(layer: Layer, direction: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Compute one direction in float64 as a sum over the window, without XLA's convolution."""
    with jax.enable_x64(True):
        run = jax.jit(direction_of(layer, direction, _sum_over_window))
        return np.asarray(run(first.astype(np.float64), second.astype(np.float64)))


def _sum_over_window(
    inputs: Array,
    kernel: Array,
    *,
    window_strides: tuple[int, ...],
    padding: list[tuple[int, int]],
    lhs_dilation: tuple[int, ...],
    rhs_dilation: tuple[int, ...],
    feature_group_count: int,
    **_: object,
) -> Array:
    """Compute `lax.conv_general_dilated`, channels last, as a sum over the window's elements."""
    edges = [(low, high, gap - 1) for (low, high), gap in zip(padding, lhs_dilation, strict=True)]
    padded = jax.lax.pad(inputs, np.zeros((), inputs.dtype), [(0, 0, 0), *edges, (0, 0, 0)])
    *window, channels, features = kernel.shape
    groups = feature_group_count
    padded = padded.reshape(*padded.shape[:-1], groups, channels)
    kernel = kernel.reshape(*window, channels, groups, features // groups)
    total = jnp.zeros((), inputs.dtype)
    for index in np.ndindex(*window):
        rows = zip(index, window, rhs_dilation, window_strides, padded.shape[1:], strict=False)
        seen = tuple(
            slice(at * gap, size - (length - 1 - at) * gap, stride)
            for at, length, gap, stride, size in rows
        )
        total += jnp.einsum("n...gc,cgf->n...gf", padded[(slice(None), *seen)], kernel[index])
    return total.reshape(*total.shape[:-2], features)
