"""Choose the method that computes a convolution on a CPU."""

import dataclasses
from functools import partial
from math import prod
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jax.core import ShapedArray

from jaxcnn.lowering._convolution import Convolution, Method
from jaxcnn.lowering._cpu_rule import Computation
from jaxcnn.lowering._machine import Machine
from jaxcnn.lowering.choice import (
    FEW_CHANNELS,
    LANES,
    SHORT_SUM,
    is_faster_fused,
    name_from_table,
    preferred,
)
from jaxcnn.lowering.methods import (
    by_groups,
    by_im2col,
    by_matmul,
    by_onednn,
    by_padded_channels,
    by_phases,
    by_shifted,
    by_tall_onednn,
    by_winograd,
    by_xla,
    errs_in_xla,
    group_of,
    is_onednn,
)

MAX_PAIRS = 4
"""Groups with more pairs of input and output channels than this are worth a matrix product."""

MAX_UNROLLED = 64
"""Up to this many groups are computed without a loop; more would take long to compile."""

FULL_VECTOR = 16
"""Matrices with fewer columns leave vector units idle: small groups are merged up to this."""


def convolution_method(
    lhs: ShapedArray,
    rhs: ShapedArray,
    *,
    out: ShapedArray,
    devices: int | None,
    is_exported: bool = False,
    **params: Any,
) -> Computation | None:
    """Choose the method for a convolution while JAX lowers it.

    Args:
        lhs: Type of the input.
        rhs: Type of the kernel.
        out: Type of the output.
        devices: Number of devices that run the program; None where XLA splits arrays over them.
        is_exported: Whether the program may run with another jaxlib, or on another machine.
        **params: Parameters of `jax.lax.conv_general_dilated_p`.

    Returns:
        A function of the two arrays, or None for XLA's own convolution.
    """
    convolution = Convolution.of(lhs, rhs, out.dtype, params)
    if 0 in convolution.strides:
        method = None  # so that JAX raises its own error
    elif devices is None:
        method = choose_for_split_arrays(convolution)
    else:
        method = choose(convolution, devices=devices, is_exported=is_exported)
    return None if method is None else partial(method, convolution)


def choose(convolution: Convolution, *, devices: int, is_exported: bool = False) -> Method | None:
    """Choose the method for a convolution that runs on each of some CPU devices.

    Args:
        convolution: The convolution that one device computes.
        devices: Number of devices that share the machine's cores.
        is_exported: Whether the program may run with another jaxlib, or on another machine.

    Returns:
        A method, or None for XLA's own convolution.
    """
    machine = Machine.of(devices)
    if is_exported:
        machine = dataclasses.replace(machine, has_onednn=False)
    if not all(jnp.issubdtype(dtype, jnp.floating) for dtype in convolution.dtypes):
        method = by_xla
    elif len(set(convolution.dtypes)) > 1 or convolution.dtypes[0].itemsize < 4:
        return partial(_in_one_dtype, machine=machine)
    else:
        method = _choose(convolution, machine)
    is_left_to_xla = method is by_xla and not errs_in_xla(convolution)
    return None if is_left_to_xla else method


def is_fused(convolution: Convolution, *, devices: int, has_only_bias: bool) -> bool:
    """Tell whether oneDNN should compute a convolution with the operations that follow it.

    Args:
        convolution: A convolution of float32 that one device computes.
        devices: Number of devices that share the machine's cores.
        has_only_bias: Whether only a bias follows.
    """
    machine = Machine.of(devices)
    if convolution.is_input_dilated or "onednn" not in methods(convolution, machine):
        return False
    return is_faster_fused(convolution, _name(convolution, machine), has_only_bias=has_only_bias)


def choose_for_split_arrays(convolution: Convolution) -> Method | None:
    """Choose the method for a convolution whose arrays XLA splits over devices.

    XLA would gather the whole batch on each device for methods that work in blocks of images, and
    for its own grouped convolutions. It does not for its own dense convolutions.

    Args:
        convolution: The convolution that all devices compute together.

    Returns:
        A method, or None for XLA's own convolution.
    """
    if 1 < convolution.groups <= MAX_UNROLLED:
        return partial(by_groups, compute=by_xla, unroll=True)
    return by_xla if errs_in_xla(convolution) else None


def methods(convolution: Convolution, machine: Machine) -> dict[str, Method]:
    """Return all methods that can compute a convolution of float32 or float64, by name."""
    found: dict[str, Method] = {"xla": by_xla}
    if convolution.groups > 1:
        found["groups"] = partial(_by_groups, machine=machine)
    if _is_matmul(convolution):
        found["matmul"] = by_matmul
    if machine.has_onednn and is_onednn(convolution) and _has_a_form(convolution):
        is_tall = convolution.is_tall_gradient
        found["onednn"] = by_tall_onednn if is_tall else partial(by_onednn, budget=machine.budget)
    if not _has_a_form(convolution):
        if set(convolution.strides) <= {1}:
            found["phases"] = partial(_by_phases, machine=machine)
        return found
    if _has_few_terms(convolution):
        found["shifted"] = partial(by_shifted, budget=machine.budget)
    if _has_few_channels(convolution):
        found["padded"] = by_padded_channels
    is_unrolled = _are_groups_side_by_side(convolution) and convolution.groups <= MAX_UNROLLED
    if not is_unrolled or not convolution.window:
        return found
    keywords = {"budget": machine.budget, "merged": _merged(convolution)}
    found["im2col"] = partial(by_im2col, **keywords)
    if _is_winograd(convolution):
        found["winograd"] = partial(by_winograd, **keywords)
    return found


def _choose(convolution: Convolution, machine: Machine) -> Method:
    return methods(convolution, machine)[_name(convolution, machine)]


def _name(convolution: Convolution, machine: Machine) -> str:
    found = frozenset(methods(convolution, machine))
    name = name_from_table(convolution, machine)
    return name if name in found else preferred(convolution, found, machine)


def _in_one_dtype(convolution: Convolution, lhs: Array, rhs: Array, *, machine: Machine) -> Array:
    """Compute in the widest of the dtypes, at least float32: CPUs have no faster 16-bit method."""
    dtype = jnp.result_type(np.float32, *convolution.dtypes)
    wide = convolution.with_dtypes(dtype, dtype, dtype)
    outputs = _choose(wide, machine)(wide, lhs.astype(dtype), rhs.astype(dtype))
    return outputs.astype(convolution.dtypes[2])


def _by_phases(convolution: Convolution, lhs: Array, rhs: Array, *, machine: Machine) -> Array:
    def compute(part: Convolution, lhs: Array, rhs: Array) -> Array:
        return _choose(part, machine)(part, lhs, rhs)

    return by_phases(convolution, lhs, rhs, compute)


def _by_groups(convolution: Convolution, lhs: Array, rhs: Array, *, machine: Machine) -> Array:
    part = group_of(convolution)
    found, name = methods(part, machine), _name(part, machine)
    is_unrolled = convolution.groups <= MAX_UNROLLED and name in ("xla", "padded", "phases")
    # XLA's own convolution can be a hundred times slower inside a loop than outside.
    if not is_unrolled and name == "xla" and "im2col" in found:
        name = "im2col"
    return by_groups(convolution, lhs, rhs, found[name], unroll=is_unrolled)


def _has_a_form(convolution: Convolution) -> bool:
    """Tell whether its input is undilated, or it is a kernel gradient without kernel dilation."""
    if not convolution.is_input_dilated:
        return True
    return convolution.is_kernel_gradient and set(convolution.rhs_dilation) <= {1}


def _is_matmul(convolution: Convolution) -> bool:
    """Tell whether it is one matrix product: the kernel is 1×1, or covers the whole input."""
    is_unpadded = not any(map(any, convolution.padding)) and not convolution.is_input_dilated
    is_one = prod(convolution.window) == 1
    is_whole = convolution.window == convolution.spatial and set(convolution.rhs_dilation) <= {1}
    return convolution.groups == 1 and is_unpadded and (is_one or is_whole)


def _are_groups_side_by_side(convolution: Convolution) -> bool:
    """Tell whether all groups have the same examples; the members of an ensemble do not."""
    if convolution.is_kernel_gradient:
        return convolution.feature_groups == 1
    return convolution.batch_groups == 1


def _has_few_terms(convolution: Convolution) -> bool:
    """Tell whether it is depthwise or has few channels per group, or is dense with short sums."""
    if not _are_groups_side_by_side(convolution):
        return False
    if convolution.groups > 1:
        is_gradient = convolution.is_kernel_gradient
        channels = convolution.batch if is_gradient else convolution.channels
        return channels * convolution.features <= MAX_PAIRS
    terms = prod(convolution.window) * convolution.channels
    return terms <= SHORT_SUM and not convolution.is_kernel_gradient


def _has_few_channels(convolution: Convolution) -> bool:
    is_few = convolution.channels < FEW_CHANNELS and convolution.channels % LANES != 0
    return convolution.groups == 1 and is_few and not convolution.is_kernel_gradient


def _is_winograd(convolution: Convolution) -> bool:
    if convolution.is_kernel_gradient:
        taps, steps = convolution.outputs, convolution.rhs_dilation
        gaps = convolution.strides
    else:
        taps, steps, gaps = convolution.window, convolution.strides, convolution.rhs_dilation
    is_three = len(taps) in (1, 2, 3) and set(taps) == {3}
    is_dense = set(steps) | set(gaps) | set(convolution.lhs_dilation) <= {1}
    is_rounded = convolution.precision in (None, (lax.Precision.DEFAULT,) * 2)
    is_single = set(convolution.dtypes) == {np.dtype(np.float32)}
    return is_three and is_dense and is_rounded and is_single


def _merged(convolution: Convolution) -> int:
    """Return how many small groups are computed as one."""
    channels = convolution.channels
    if convolution.is_kernel_gradient:
        channels = convolution.batch
    wanted = FULL_VECTOR // max(1, min(channels, convolution.features))
    return max(m for m in range(1, max(1, wanted) + 1) if convolution.groups % m == 0)
