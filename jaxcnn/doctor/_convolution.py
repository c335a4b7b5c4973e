"""Check the convolutions of XLA and jaxcnn on this device against plain loops."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jax import Array, lax

from jaxcnn import functional as F
from jaxcnn.doctor._diagnosis import Finding
from jaxcnn.lowering import onednn_support

Convolve = Callable[..., Array]

EXAMPLES_AND_SIZE, CHANNELS = (16, 9, 7), 64
"""The smallest convolution that, with both gradients, a CPU computes by jaxcnn's own methods."""

CPU_TOLERANCE = 1e-4
"""Largest error on a CPU, as a share of the largest value."""

OTHER_TOLERANCE = 2e-2
"""Largest error on GPUs and TPUs, which by default round float32 factors to fewer bits."""


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
    """Check JAX's own convolution."""
    return check_convolution("convolution by XLA", lax.conv_general_dilated)


def check_jaxcnn() -> Finding:
    """Check the convolution that jaxcnn's networks use."""
    return check_convolution("convolution by jaxcnn", F.conv_general_dilated)


def check_onednn() -> Finding:
    """Report whether convolutions are computed by oneDNN."""
    if jax.default_backend() != "cpu":
        return Finding("oneDNN", "not used: it is for CPUs")
    return Finding("oneDNN", onednn_support().reason)


def check_convolution(name: str, convolve: Convolve) -> Finding:
    """Compare a convolution and its two gradients with plain loops, on the default device.

    Args:
        name: Name of the finding.
        convolve: A function with the signature of `jax.lax.conv_general_dilated`.
    """
    rng = np.random.default_rng(0)
    images = rng.normal(size=(*EXAMPLES_AND_SIZE, CHANNELS)).astype(np.float32)
    kernel = rng.normal(size=(3, 3, CHANNELS, CHANNELS)).astype(np.float32)
    cotangent = rng.normal(size=(*EXAMPLES_AND_SIZE, CHANNELS)).astype(np.float32)
    expected = loop_results(images, kernel, cotangent)
    found = jax.jit(results_of(convolve))(images, kernel, cotangent)
    errors = [relative_error(a, b) for a, b in zip(found, expected, strict=True)]
    tolerance = CPU_TOLERANCE if jax.default_backend() == "cpu" else OTHER_TOLERANCE
    names = ("forward", "input gradient", "kernel gradient")
    shown = ", ".join(f"{name} {error:.1e}" for name, error in zip(names, errors, strict=True))
    # `not all` instead of `any`, so that NaN counts as broken.
    broken = not all(error <= tolerance for error in errors)
    advice = (f"The {name} is wrong on this device: its results cannot be trusted.",)
    text = f"errors: {shown} (tolerance {tolerance:.0e})"
    return Finding(name, text, advice if broken else (), broken)


def results_of(convolve: Convolve) -> Callable[[Array, Array, Array], Results]:
    """Make a function of images, kernel and cotangent that returns a convolution's results."""

    def results(images: Array, kernel: Array, cotangent: Array) -> Results:
        def forward(images: Array, kernel: Array) -> Array:
            return convolve(
                images, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
            )

        outputs, pull_back = jax.vjp(forward, images, kernel)
        return Results(outputs, *pull_back(cotangent))

    return results


def loop_results(images: np.ndarray, kernel: np.ndarray, cotangent: np.ndarray) -> Results:
    """Compute the results by definition, window by window, in float64."""
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
    """Compute the largest difference, as a share of the largest expected value."""
    difference = np.abs(np.asarray(found, np.float64) - expected)
    return float(difference.max() / np.abs(expected).max())
