"""Gaussian blur."""

import math

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data.augmentation._pixels import as_picture, check_amount, to_dtype

MOST_SIGMA = 1000.0
SMALLEST_SIGMA = 1e-3  # below, only the pixel itself counts, and 0 would divide by 0


def blur(image: ArrayLike, sigma: ArrayLike, radius: int) -> Array:
    """Blur an image with a Gaussian of standard deviation `sigma`, cut off at `radius`.

    Args:
        image: `(H, W, C)`, uint8, or floating point; at its borders it is reflected, without
            repeating the border itself.
        sigma: Standard deviation in pixels; it may be traced.
        radius: How many pixels to either side count; three times `sigma` is enough.

    Returns:
        The blurred image; shape and dtype stay.

    Raises:
        TypeError: If the image has another dtype.
        ValueError: If `radius` is negative.

    Example:
        >>> image = jnp.array([0, 0, 100, 0, 0], jnp.uint8).reshape(1, 5, 1)
        >>> blur(image, 0.5, 2).ravel().tolist()
        [0, 11, 79, 11, 0]
    """
    image = as_picture(image)
    if radius < 0:
        raise ValueError(f"radius: expected at least 0, got {radius}")
    places = jnp.arange(-radius, radius + 1)
    sigma = jnp.maximum(jnp.asarray(sigma, jnp.float32), SMALLEST_SIGMA)
    weights = jnp.exp(-0.5 * (places / sigma) ** 2)
    weights /= weights.sum()
    values = image.astype(jnp.float32)
    for axis in (0, 1):
        margins = [(radius, radius) if i == axis else (0, 0) for i in range(3)]
        padded = jnp.pad(values, margins, mode="reflect")
        size = image.shape[axis]
        # A sum of shifted images: on a CPU far faster than a convolution with a kernel for each
        # image.
        values = sum(
            weights[i] * jax.lax.slice_in_dim(padded, i, i + size, axis=axis)
            for i in range(2 * radius + 1)
        )
    return to_dtype(jnp.asarray(values), image.dtype)


def random_blur(key: Array, image: ArrayLike, most: float, *, least: float = 0) -> Array:
    """Blur an image by a standard deviation from `least` to `most`, in pixels.

    Args:
        key: A PRNG key.
        image: `(H, W, C)`, uint8, or floating point.
        most: Largest standard deviation.
        least: Smallest standard deviation.

    Returns:
        The image, blurred as `blur` says; shape and dtype stay.

    Raises:
        TypeError: If an amount is no number or the image has another dtype.
        ValueError: If an amount is negative, or `least` above `most`.
    """
    image = as_picture(image)
    check_amount("blur", most, MOST_SIGMA)
    check_amount("least", least, most)
    radius = min(math.ceil(3 * most), max(image.shape[:2]) - 1)
    return blur(image, jax.random.uniform(key, minval=least, maxval=most), radius)
