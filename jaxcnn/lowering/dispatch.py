"""Which method computes a convolution."""

from collections.abc import Callable
from functools import partial
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from jaxcnn.lowering._convolution import Convolution
from jaxcnn.lowering._forms import is_kernel_gradient
from jaxcnn.lowering._groups import by_groups, group_of
from jaxcnn.lowering._machine import Machine
from jaxcnn.lowering._methods import (
    by_im2col,
    by_matmul,
    by_padded_channels,
    by_shifted,
    by_winograd,
    by_xla,
)
from jaxcnn.lowering._phases import by_phases
from jaxcnn.lowering._preference import preferred
from jaxcnn.lowering._table import named

Method = Callable[[Convolution, Array, Array], Array]
"""``method(convolution, lhs, rhs)``: the convolution, with plain JAX operations."""

MOST_PAIRS = 4
"""A group of more pairs of input and output channels is worth a matrix product."""

MOST_TERMS = 32
"""Products in one output up to which multiply-adds, one for each, may be the fastest."""

FULL_VECTOR = 16
"""Matrices of fewer columns leave vector units idle: small groups are merged up to this."""


def choose(convolution: Convolution, *, devices: int) -> Method | None:
    """Choose the method for a CPU.

    Args:
        convolution: what is to be computed on one device.
        devices: number of devices that share the machine's cores.

    Returns:
        A method, or None for XLA's own convolution.
    """
    machine = Machine.of(devices)
    if not all(jnp.issubdtype(dtype, jnp.floating) for dtype in convolution.dtypes):
        method = by_xla
    elif len(set(convolution.dtypes)) > 1 or convolution.dtypes[0].itemsize < 4:
        return partial(_in_one_dtype, machine=machine)
    else:
        method = _choose(convolution, machine)
    # XLA errs on what `by_xla` pads itself.
    is_left_to_xla = method is by_xla and not _crops(convolution)
    return None if is_left_to_xla else method


def methods(convolution: Convolution, machine: Machine) -> dict[str, Method]:
    """Returns all methods that can compute a convolution of float32 or float64, by name."""
    found: dict[str, Method] = {"xla": by_xla}
    if convolution.groups > 1:
        found["groups"] = partial(_by_groups, machine=machine)
    if _is_matmul(convolution):
        found["matmul"] = by_matmul
    if not _has_a_form(convolution):
        if set(convolution.strides) <= {1}:
            found["phases"] = partial(_by_phases, machine=machine)
        return found
    if not _are_groups_side_by_side(convolution):
        return found
    keywords = {"budget": machine.budget, "merged": _merged(convolution)}
    found["im2col"] = partial(by_im2col, **keywords)
    if _is_winograd(convolution):
        found["winograd"] = partial(by_winograd, **keywords)
    if _has_few_terms(convolution):
        found["shifted"] = partial(by_shifted, budget=machine.budget)
    if _has_few_channels(convolution):
        found["padded"] = by_padded_channels
    return found


def _choose(convolution: Convolution, machine: Machine) -> Method:
    return methods(convolution, machine)[_name(convolution, machine)]


def _name(convolution: Convolution, machine: Machine) -> str:
    found = frozenset(methods(convolution, machine))
    name = named(convolution, machine)
    return name if name in found else preferred(convolution, found)


def _in_one_dtype(convolution: Convolution, lhs: Array, rhs: Array, *, machine: Machine) -> Array:
    """Computes in the widest of the dtypes; 16-bit floats in float32: CPUs have no faster way."""
    with jax.numpy_dtype_promotion("standard"):
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
    is_xla = _name(part, machine) in ("xla", "padded", "phases")
    return by_groups(convolution, lhs, rhs, _choose(part, machine), unroll=is_xla)


def _crops(convolution: Convolution) -> bool:
    return any(min(pair) < 0 < max(pair) for pair in convolution.padding)


def _has_a_form(convolution: Convolution) -> bool:
    """Whether it is a convolution without zeros in its input, or a gradient by a kernel."""
    if not convolution.is_input_dilated:
        return True
    return is_kernel_gradient(convolution) and set(convolution.rhs_dilation) <= {1}


def _is_matmul(convolution: Convolution) -> bool:
    """Whether each position of the window sees all it needs in one place of the input."""
    is_unpadded = not any(map(any, convolution.padding)) and not convolution.is_input_dilated
    is_one = prod(convolution.window) == 1
    is_whole = convolution.window == convolution.spatial and set(convolution.rhs_dilation) <= {1}
    return convolution.groups == 1 and is_unpadded and (is_one or is_whole)


def _are_groups_side_by_side(convolution: Convolution) -> bool:
    """Whether the groups, if any, share their examples: those of members of an ensemble do not."""
    if is_kernel_gradient(convolution):
        return convolution.feature_groups == 1
    return convolution.batch_groups == 1


def _has_few_terms(convolution: Convolution) -> bool:
    """Whether it is depthwise or nearly so, or dense with short sums."""
    if convolution.groups > 1:
        is_gradient = is_kernel_gradient(convolution)
        channels = convolution.batch if is_gradient else convolution.channels
        return channels * convolution.features <= MOST_PAIRS
    terms = prod(convolution.window) * convolution.channels
    return terms <= MOST_TERMS and not is_kernel_gradient(convolution)


def _has_few_channels(convolution: Convolution) -> bool:
    is_few = convolution.channels < 8 and convolution.channels % 4 != 0
    return convolution.groups == 1 and is_few and not is_kernel_gradient(convolution)


def _is_winograd(convolution: Convolution) -> bool:
    if is_kernel_gradient(convolution):
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
    """Returns how many small groups are computed as one."""
    channels = convolution.channels
    if is_kernel_gradient(convolution):
        channels = convolution.batch
    wanted = FULL_VECTOR // max(1, min(channels, convolution.features))
    return max(m for m in range(1, max(1, wanted) + 1) if convolution.groups % m == 0)
