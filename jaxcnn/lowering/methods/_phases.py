"""Compute a convolution of a dilated input as several convolutions of the undilated input.

The gradient of a convolution with stride d, and a transposed convolution, have d - 1 zeros between
the elements of their input. Outputs that are d apart use the same taps of the kernel, and only
those. Each such phase is a small convolution without zeros; the outputs of the phases interleave.
"""

import dataclasses
import itertools
import math
from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array, lax

from jaxcnn.lowering._convolution import Convolution, Method


@dataclasses.dataclass(frozen=True)
class Phase:
    """The outputs that are one dilation apart along one dimension.

    Attributes:
        first_tap: The first tap of the kernel that falls on elements, not on zeros.
        tap_step: Distance to the next such tap.
        taps: Number of such taps; if 0, these outputs are zero.
        dilation: Distance between the elements under neighboring taps.
        padding: (low, high) for these taps on the undilated input.
    """

    first_tap: int
    tap_step: int
    taps: int
    dilation: int
    padding: tuple[int, int]


def by_phases(convolution: Convolution, lhs: Array, rhs: Array, compute: Method) -> Array:
    """Compute a convolution of a dilated input by phases.

    Args:
        convolution: The convolution; its strides must be 1.
        lhs: The input, without the zeros of its dilation.
        rhs: The kernel.
        compute: Computes the convolution of each phase.
    """
    numbers = convolution.dimension_numbers
    along = [_phases(convolution, axis) for axis in range(len(convolution.spatial))]
    pieces = []
    for phases in itertools.product(*along):
        part, kernel = _part(convolution, rhs, phases)
        pieces.append(_zeros(part, kernel) if 0 in part.window else compute(part, lhs, kernel))
    output = _interleave(pieces, [len(phases) for phases in along], numbers.out_spec[2:])
    for axis, size in zip(numbers.out_spec[2:], convolution.outputs, strict=True):
        output = lax.slice_in_dim(output, 0, size, axis=axis)
    return output


def _phases(convolution: Convolution, axis: int) -> list[Phase]:
    """Return the phases along one spatial dimension, in the order of their first outputs."""
    spread = convolution.lhs_dilation[axis]
    gap = convolution.rhs_dilation[axis]
    low = convolution.padding[axis][0]
    size, window = convolution.spatial[axis], convolution.window[axis]
    outputs = math.ceil(convolution.outputs[axis] / spread)
    step = spread // math.gcd(spread, gap)
    phases = []
    for first_output in range(spread):
        # Tap t of output o is at o + t·gap - low: on an element if that is a multiple of `spread`.
        meets = [
            t for t in range(min(step, window)) if (first_output + t * gap - low) % spread == 0
        ]
        first_tap = meets[0] if meets else window
        taps = max(0, math.ceil((window - first_tap) / step))
        start = (first_output + first_tap * gap - low) // spread
        dilation = gap * step // spread
        high = outputs + (taps - 1) * dilation + start - size
        phases.append(Phase(first_tap, step, taps, dilation, (-start, high)))
    return phases


def _part(
    convolution: Convolution, rhs: Array, phases: tuple[Phase, ...]
) -> tuple[Convolution, Array]:
    """Return the convolution of one phase per dimension, and its kernel."""
    kernel = rhs
    for axis, phase in zip(convolution.dimension_numbers.rhs_spec[2:], phases, strict=True):
        stop = phase.first_tap + max(0, phase.taps - 1) * phase.tap_step + min(1, phase.taps)
        kernel = lax.slice_in_dim(kernel, phase.first_tap, stop, phase.tap_step, axis=axis)
    part = dataclasses.replace(
        convolution,
        rhs_shape=kernel.shape,
        padding=tuple(phase.padding for phase in phases),
        lhs_dilation=(1,) * len(phases),
        rhs_dilation=tuple(phase.dilation for phase in phases),
    )
    return part, kernel


def _zeros(part: Convolution, kernel: Array) -> Array:
    numbers = part.dimension_numbers
    shape = [0] * kernel.ndim
    shape[numbers.out_spec[0]] = part.batch
    shape[numbers.out_spec[1]] = kernel.shape[numbers.rhs_spec[0]]
    for axis, size, (low, high), taps, gap in zip(
        numbers.out_spec[2:],
        part.spatial,
        part.padding,
        part.window,
        part.rhs_dilation,
        strict=True,
    ):
        shape[axis] = size + low + high - (taps - 1) * gap
    return jnp.zeros(shape, part.dtypes[2])


def _interleave(pieces: list[Array], counts: list[int], axes: Sequence[int]) -> Array:
    """Interleave the outputs of all phases, given in row-major order of their phases."""
    for axis, count in reversed(list(zip(axes, counts, strict=True))):
        rows = [pieces[i : i + count] for i in range(0, len(pieces), count)]
        pieces = [_merge(row, axis) for row in rows]
    return pieces[0]


def _merge(pieces: list[Array], axis: int) -> Array:
    stacked = jnp.stack(pieces, axis + 1)
    shape = pieces[0].shape
    return stacked.reshape(*shape[:axis], len(pieces) * shape[axis], *shape[axis + 1 :])
