"""Compare oneDNN's convolutions and gradients with XLA's, and end with status 1 if they differ.

    python -m jaxcnn.lowering.onednn_self_test

`jaxcnn.lowering` runs this program once per machine and version of jaxlib, before it uses oneDNN.
"""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from typing import NamedTuple

import jax
import numpy as np
from jax import Array, lax

from jaxcnn.lowering._onednn_support import VARIABLE
from jaxcnn.lowering._primitive import rebind_convolutions
from jaxcnn.lowering._sliding_window import PaddingPairs
from jaxcnn.lowering.choice import choose_methods_by
from jaxcnn.lowering.fusion import fused_convolution, unfused_convolution
from jaxcnn.lowering.methods import FUSED_ACTIVATIONS

TOLERANCE = 1e-5
"""Largest error, as a share of the largest value."""

REPEATS = 3
"""Each result must have the same bits so many times."""

QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""Compiler options with which the test takes half the time. They do not change oneDNN."""


class Case(NamedTuple):
    """A convolution in channels-last order.

    Attributes:
        images: Shape of the images.
        kernel: Shape of the kernel.
        stride: Stride along all spatial axes.
        dilation: Dilation of the kernel along all spatial axes.
        padding: Padding of each spatial axis.
        groups: Number of groups.
    """

    images: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: int = 1
    dilation: int = 1
    padding: PaddingPairs = ((1, 1), (1, 1))
    groups: int = 1


PRODUCT = Case((1, 14, 14, 64), (1, 1, 64, 64), padding=((0, 0), (0, 0)))
"""A convolution that is a matrix product."""

CASES = (
    Case((40, 32, 32, 32), (3, 3, 32, 32)),  # three blocks of images
    Case((20, 12, 10, 32), (3, 3, 32, 48)),
    Case((16, 12, 10, 3), (5, 5, 3, 16), padding=((2, 2), (2, 2))),
    Case((16, 13, 11, 32), (3, 3, 32, 32), stride=2, padding=((0, 1), (1, 0))),
    Case((16, 12, 10, 32), (3, 3, 32, 32), dilation=2, padding=((2, 2), (-1, 2))),
    Case((16, 12, 10, 32), (3, 3, 8, 64), groups=4),
    Case((16, 12, 10, 32), (3, 3, 1, 32), groups=32),
    Case((48, 20, 12, 32), (5, 5, 1, 32), stride=2, padding=((2, 2), (2, 2)), groups=32),
    PRODUCT,
    Case((16, 12, 10, 32), (1, 1, 32, 48), stride=2, padding=((0, 0), (1, 1))),
    Case((16, 30, 16), (5, 16, 32), padding=((2, 2),)),
    Case((2, 5, 6, 7, 8), (2, 2, 2, 8, 16), padding=((0, 1), (1, 0), (0, 0))),
)


def main() -> None:
    """Compare all cases."""
    if os.environ.get(VARIABLE) != "untested":
        sys.exit(f"{VARIABLE}: expected untested, because this is the test")
    for case in CASES:
        fault = compare(case)
        if fault:
            sys.exit(f"{case}: {fault}")
    fault = compare_fused()
    if fault:
        sys.exit(f"fused, {fault}")


def compare(case: Case) -> str:
    """Return what is wrong with a convolution or its gradients; "" if all is right."""
    rng = np.random.default_rng(0)
    images = rng.normal(size=case.images).astype(np.float32)
    kernel = rng.normal(size=case.kernel).astype(np.float32)
    shape = jax.eval_shape(lambda x, k: convolve(case, x, k), images, kernel).shape
    arrays = images, kernel, rng.normal(size=shape).astype(np.float32)
    expected = jax.jit(results_of(case), compiler_options=QUICK)(*arrays)
    with choose_methods_by(lambda *_: "onednn"):
        program = jax.jit(results_of(case, rebind_convolutions), compiler_options=QUICK)
        by_onednn = program.lower(*arrays).compile()
    found = [by_onednn(*arrays) for _ in range(REPEATS)]
    for name, exact, *repeated in zip(
        ("forward", "input gradient", "kernel gradient"), expected, *found, strict=True
    ):
        fault = fault_of(repeated, exact)
        if fault:
            return f"{name}: {fault}"
    return ""


def compare_fused() -> str:
    """Return what is wrong with convolutions fused with other operations; "" if nothing is."""
    rng = np.random.default_rng(0)
    calls = []
    cases = fused_cases()
    for number, (case, activation) in enumerate(cases):
        images, kernel = (rng.normal(size=shape).astype(np.float32) for shape in case[:2])
        equation = jax.make_jaxpr(partial(convolve, case))(images, kernel).eqns[0]
        shape = jax.eval_shape(partial(convolve, case), images, kernel).shape
        addend = rng.normal(size=shape).astype(np.float32) if number % 2 else None
        kernel *= 1 / np.sqrt(np.prod(kernel.shape[:-1]))  # for sums that no activation flattens
        arrays = images, kernel, rng.normal(size=shape[-1]).astype(np.float32), addend
        calls.append((arrays, equation.params | {"activation": activation}))

    def outputs(bind: Callable[..., Array]) -> list[Array]:
        return [bind(*arrays, **params) for arrays, params in calls]

    with choose_methods_by(lambda *_: "xla"):
        exact = jax.jit(partial(outputs, unfused_convolution), compiler_options=QUICK)()
    with choose_methods_by(lambda *_: "onednn"):
        program = jax.jit(partial(outputs, fused_convolution), compiler_options=QUICK)
        by_onednn = program.lower().compile()
    found = zip(exact, *(by_onednn() for _ in range(REPEATS)), strict=True)
    for (case, activation), (expected, *repeated) in zip(cases, found, strict=True):
        fault = fault_of(repeated, expected)
        if fault:
            return f"{case}, {activation}: {fault}"
    return ""


def fused_cases() -> list[tuple[Case, str | None]]:
    """Return convolutions with an activation in turn, and a matrix product with each of them."""
    activations = (None, *FUSED_ACTIVATIONS)
    convolutions = [case for case in CASES if case != PRODUCT]
    turns = zip(convolutions, cycle(activations), strict=False)
    return [*turns, *((PRODUCT, activation) for activation in activations)]


def fault_of(repeated: Sequence[Array], exact: Array) -> str:
    """Return what is wrong with results that should be equal, and close to the exact one."""
    first, *others = map(np.asarray, repeated)
    error = np.abs(first - exact).max() / np.abs(exact).max()
    if not error <= TOLERANCE:  # also if it is NaN
        return f"expected errors up to {TOLERANCE:.0e}, got {error:.1e}"
    if any(other.tobytes() != first.tobytes() for other in others):
        return "expected the same bits each time, got others"
    return ""


def convolve(case: Case, images: Array, kernel: Array) -> Array:
    """Convolve by `jax.lax.conv_general_dilated`."""
    axes = "DHW"[-len(case.padding) :]
    layout = (f"N{axes}C", f"{axes}IO", f"N{axes}C")
    return lax.conv_general_dilated(
        images,
        kernel,
        (case.stride,) * len(axes),
        case.padding,
        rhs_dilation=(case.dilation,) * len(axes),
        dimension_numbers=layout,
        feature_group_count=case.groups,
    )


def results_of(case: Case, within: Callable | None = None) -> Callable[..., tuple[Array, ...]]:
    """Make a function of images, kernel and cotangent that returns a convolution's results."""

    def results(images: Array, kernel: Array, cotangent: Array) -> tuple[Array, ...]:
        outputs, pull_back = jax.vjp(lambda x, k: convolve(case, x, k), images, kernel)
        return outputs, *pull_back(cotangent)

    if within is None:
        return results

    def results_within(*arrays: Array) -> tuple[Array, ...]:
        with within():
            return results(*arrays)

    return results_within


if __name__ == "__main__":
    main()
