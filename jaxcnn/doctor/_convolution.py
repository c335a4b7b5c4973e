"""Whether convolutions are computed right on this device, in plain loops and as they are used."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jax import Array, lax

from jaxcnn import functional as F
from jaxcnn.doctor._diagnosis import Finding

Convolve = Callable[..., Array]

EXAMPLES_AND_SIZE, CHANNELS = (16, 9, 7), 64
"""As small as a convolution can be whose three parts a CPU computes by jaxcnn's own methods."""

CPU_TOLERANCE = 1e-4
"""Largest error on a CPU, as a share of the largest value."""

OTHER_TOLERANCE = 2e-2
"""The same elsewhere: GPUs and TPUs round float32 factors to fewer bits unless told not to."""


class Results(NamedTuple):
    """A convolution and its gradients.

    Attributes:
        forward: ``(N, H, W, C_out)``.
        input_gradient: ``(N, H, W, C_in)``.
        kernel_gradient: ``(3, 3, C_in, C_out)``.
    """

    forward: np.ndarray | Array
    input_gradient: np.ndarray | Array
    kernel_gradient: np.ndarray | Array


def check_xla() -> Finding:
    """JAX's own convolution."""
    return check_convolution("convolution by XLA", lax.conv_general_dilated)


def check_jaxcnn() -> Finding:
    """The convolution of jaxcnn's networks."""
    return check_convolution("convolution by jaxcnn", F.conv_general_dilated)


def check_convolution(name: str, convolve: Convolve) -> Finding:
    """Compare a convolution and its two gradients with plain loops, on the default device.

    Args:
        name: of the finding.
        convolve: has the signature of `jax.lax.conv_general_dilated`.
    """
    rng = np.random.default_rng(0)
    images = rng.normal(size=(*EXAMPLES_AND_SIZE, CHANNELS)).astype(np.float32)
    kernel = rng.normal(size=(3, 3, CHANNELS, CHANNELS)).astype(np.float32)
    cotangent = rng.normal(size=(*EXAMPLES_AND_SIZE, CHANNELS)).astype(np.float32)
    expected = by_loops(images, kernel, cotangent)
    found = jax.jit(by(convolve))(images, kernel, cotangent)
    errors = [relative_error(a, b) for a, b in zip(found, expected, strict=True)]
    tolerance = CPU_TOLERANCE if jax.default_backend() == "cpu" else OTHER_TOLERANCE
    names = ("forward", "input gradient", "kernel gradient")
    shown = ", ".join(f"{name} {error:.1e}" for name, error in zip(names, errors, strict=True))
    # Written so that NaN is broken.
    broken = not all(error <= tolerance for error in errors)
    advice = (f"The {name} is wrong on this device: its results cannot be trusted.",)
    text = f"errors: {shown} (tolerance {tolerance:.0e})"
    return Finding(name, text, advice if broken else (), broken)


def by(convolve: Convolve) -> Callable[[Array, Array, Array], Results]:
    """The function that computes a convolution's results from images, kernel and cotangent."""

    def results(images: Array, kernel: Array, cotangent: Array) -> Results:
        def forward(images: Array, kernel: Array) -> Array:
            return convolve(
                images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )

        outputs, pull_back = jax.vjp(forward, images, kernel)
        return Results(outputs, *pull_back(cotangent))

    return results


def by_loops(images: np.ndarray, kernel: np.ndarray, cotangent: np.ndarray) -> Results:
    """The same in float64, window by window: what a convolution means."""
    padded = np.pad(images.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    outputs = np.zeros(cotangent.shape)
    padded_gradient, kernel_gradient = np.zeros(padded.shape), np.zeros(kernel.shape)
    for n, y, x in np.ndindex(cotangent.shape[:3]):
        window = (n, slice(y, y + 3), slice(x, x + 3))
        outputs[n, y, x] = np.tensordot(padded[window], kernel, axes=3)
        padded_gradient[window] += kernel @ cotangent[n, y, x]
        kernel_gradient += padded[window][..., None] * cotangent[n, y, x]
    return Results(outputs, padded_gradient[:, 1:-1, 1:-1], kernel_gradient)


def relative_error(found: np.ndarray | Array, expected: np.ndarray | Array) -> float:
    """The largest difference, as a share of the largest expected value."""
    difference = np.abs(np.asarray(found, np.float64) - expected)
    return float(difference.max() / np.abs(expected).max())
