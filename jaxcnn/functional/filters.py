"""Fixed filters for lines, edges and gratings of one direction.

The filters are kernels of shape `(size, size, 1, filters)`, for `jaxcnn.functional.conv` on
grayscale images. The filters that first layers learn often look similar. So do the receptive fields
of cells in the visual cortex (Hubel and Wiesel, "Receptive fields, binocular interaction and
functional architecture in the cat's visual cortex", 1962).
"""

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_int

__all__ = ["LINE_NAMES", "gabor_bank", "line_bank", "sobel"]

LINE_NAMES = ("horizontal", "vertical", "diagonal", "anti-diagonal")
"""The names of the filters of `line_bank`, in order."""

_LINES = [
    [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
    [[0, 1, 0], [0, 1, 0], [0, 1, 0]],
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
]


def line_bank() -> Array:
    r"""Return four 3×3 line detectors: 1 on the line and -1 beside it.

    Each detector is for images with pixels of -1 and 1. A detector gives 9 where the image shows
    exactly its line. The diagonal line runs down to the right, like ``\``. The anti-diagonal line
    runs down to the left.

    Returns:
        `(3, 3, 1, 4)` float32: horizontal, vertical, diagonal, anti-diagonal.

    Example:
        >>> line_bank()[..., 0, 2]
        Array([[ 1., -1., -1.],
               [-1.,  1., -1.],
               [-1., -1.,  1.]], dtype=float32)
    """
    return _kernel(2 * np.array(_LINES) - 1)


def sobel() -> Array:
    """Return the two Sobel filters, which measure the vertical and horizontal brightness gradient.

    The first filter measures how fast the brightness increases downward, and responds to horizontal
    edges. The second filter measures how fast the brightness increases to the right, and responds
    to vertical edges. The strength of an edge of any direction is the square root of the sum of the
    two squared responses. A brightness that increases by 1 per pixel gives a response of 8.

    Returns:
        `(3, 3, 1, 2)` float32.

    Example:
        >>> sobel()[..., 0, 1]
        Array([[-1.,  0.,  1.],
               [-2.,  0.,  2.],
               [-1.,  0.,  1.]], dtype=float32)

    Source: Sobel and Feldman, "A 3×3 isotropic gradient operator for image processing", 1968.
    """
    to_the_right = np.outer([1, 2, 1], [-1, 0, 1])
    return _kernel([to_the_right.T, to_the_right])


def gabor_bank(
    orientations: int = 4, *, size: int = 11, wavelength: float = 6.0, aspect: float = 0.5
) -> Array:
    """Return a bank of Gabor filters; each responds to stripes and lines of one direction.

    Let u be the distance from the center of the filter across the stripes, and v the distance along
    the stripes. The filter is

        exp(-(u² + (aspect · v)²) / (2 σ²)) · cos(2π u / wavelength),  σ = wavelength / 2

    The weights are then shifted to sum to 0, so that the response to a uniform area is 0. Finally,
    the weights are scaled so that their squares sum to 1.

    Args:
        orientations: Number of directions. The stripes of the first filter are horizontal. From
            each filter to the next, the stripes turn counterclockwise by 180° / orientations.
        size: Height and width of a filter in pixels, odd.
        wavelength: Distance from one bright stripe to the next, in pixels, at least 2.
        aspect: Ratio of the width across the stripes to the length along them.

    Returns:
        `(size, size, 1, orientations)` float32.

    Raises:
        ValueError: If an argument is out of range.

    Example:
        >>> gabor_bank(8).shape
        (11, 11, 1, 8)

    Source: Daugman, "Uncertainty relation for resolution in space, spatial frequency, and
    orientation optimized by two-dimensional visual cortical filters", 1985.
    """
    check_int("orientations", orientations)
    if size < 3 or size % 2 == 0:
        raise ValueError(f"size: expected an odd number of at least 3, got {size}")
    if not 2 <= wavelength < np.inf:
        raise ValueError(f"wavelength: expected at least 2 pixels, got {wavelength}")
    if not 0 < aspect < np.inf:
        raise ValueError(f"aspect: expected a positive number, got {aspect}")
    down, right = np.mgrid[:size, :size] - size // 2
    angles = np.pi * np.arange(orientations)[:, None, None] / orientations
    across = np.sin(angles) * right + np.cos(angles) * down
    along = np.cos(angles) * right - np.sin(angles) * down
    envelope = np.exp(-2 * (across**2 + (aspect * along) ** 2) / wavelength**2)
    waves = envelope * np.cos(2 * np.pi * across / wavelength)
    # The offset that makes the sum 0 has the shape of the envelope, so that it leaves no frame.
    waves -= envelope * _total(waves) / _total(envelope)
    return _kernel(waves / np.sqrt(_total(waves**2)))


def _total(filters: np.ndarray) -> np.ndarray:
    return filters.sum(axis=(1, 2), keepdims=True)


def _kernel(filters: ArrayLike) -> Array:
    """Turn `(filters, height, width)` into `(height, width, 1, filters)`."""
    return jnp.asarray(np.moveaxis(np.asarray(filters), 0, -1)[:, :, None], jnp.float32)
