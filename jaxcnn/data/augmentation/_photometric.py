"""Change the colors of an image (brightness, contrast, saturation, hue), or blur it."""

import math

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.data.augmentation._pixels import as_pixels, check_amount, luma, to_dtype


def adjust_brightness(image: ArrayLike, factor: ArrayLike) -> Array:
    """Multiply an image by a brightness factor: 0 makes it black, 1 changes nothing.

    Args:
        image: ``(H, W, C)``, uint8, or floats within [0, 1].
        factor: At least 0; it may be traced.

    Returns:
        The image, clipped to its range, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.

    Example:
        >>> adjust_brightness(jnp.array([[[100], [200]]], jnp.uint8), 1.5).ravel().tolist()
        [150, 255]
    """
    image = as_pixels(image)
    return to_dtype(image * jnp.asarray(factor, jnp.float32), image.dtype)


def adjust_contrast(image: ArrayLike, factor: ArrayLike) -> Array:
    """Scale an image's distance from its mean brightness: 0 makes it gray, 1 changes nothing.

    Args:
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1].
        factor: At least 0; it may be traced.

    Returns:
        The image, clipped to its range, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.
        ValueError: If the image has the wrong number of channels.

    Example:
        >>> adjust_contrast(jnp.array([[[100], [200]]], jnp.uint8), 0.5).ravel().tolist()
        [125, 175]
    """
    image = as_pixels(image)
    return _blend(luma(image).mean(), image, factor)


def adjust_saturation(image: ArrayLike, factor: ArrayLike) -> Array:
    """Scale each pixel's distance from its own brightness: 0 removes all color, 1 changes nothing.

    Args:
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1]. Gray images are
            unchanged.
        factor: At least 0; it may be traced.

    Returns:
        The image, clipped to its range, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.
        ValueError: If the image has the wrong number of channels.

    Example:
        >>> adjust_saturation(jnp.array([[[100, 100, 200]]], jnp.uint8), 0).ravel().tolist()
        [111, 111, 111]
    """
    image = as_pixels(image)
    gray = luma(image)
    return image if image.shape[-1] == 1 else _blend(gray, image, factor)


def adjust_hue(image: ArrayLike, turn: ArrayLike) -> Array:
    """Rotate the hue of every pixel around the color circle, keeping HSV value and saturation.

    Args:
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1]. Gray images are
            unchanged.
        turn: In turns of the circle: 1/3 turns red into green; 1 changes nothing. It may be traced.

    Returns:
        The image, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.
        ValueError: If the image has the wrong number of channels.

    Example:
        >>> adjust_hue(jnp.array([[[200, 100, 100]]], jnp.uint8), 1 / 3).ravel().tolist()
        [100, 200, 100]
    """
    image = as_pixels(image)
    if image.shape[-1] == 1:
        return image
    luma(image)  # raises unless there are 3 channels
    values = image.astype(jnp.float32)
    red, green, blue = values[..., 0], values[..., 1], values[..., 2]
    value = jnp.maximum(jnp.maximum(red, green), blue)
    chroma = value - jnp.minimum(jnp.minimum(red, green), blue)
    divisor = jnp.where(chroma == 0, 1, chroma)
    sixth = jnp.where(  # the hue, in sixths of the circle
        value == red,
        (green - blue) / divisor,
        jnp.where(value == green, (blue - red) / divisor + 2, (red - green) / divisor + 4),
    )
    # Each channel falls from value to value - chroma on its own third of the circle.
    channels = [
        value - chroma * jnp.clip(jnp.minimum(k, 4 - k), 0, 1)
        for k in ((sixth + 6 * jnp.asarray(turn, jnp.float32) + n) % 6 for n in (5, 3, 1))
    ]
    return to_dtype(jnp.stack(channels, axis=-1), image.dtype)


def random_brightness(key: Array, image: ArrayLike, amount: float) -> Array:
    """Multiply an image by a random factor from 1 - `amount` to 1 + `amount`.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floats within [0, 1].
        amount: Largest change of the factor, at most 1.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If `amount` is not a number, or the image has the wrong dtype.
        ValueError: If `amount` is out of range.
    """
    return adjust_brightness(image, _factor("brightness", key, amount))


def random_contrast(key: Array, image: ArrayLike, amount: float) -> Array:
    """Adjust an image's contrast by a random factor from 1 - `amount` to 1 + `amount`.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1].
        amount: Largest change of the factor, at most 1.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If `amount` is not a number, or the image has the wrong dtype.
        ValueError: If `amount` is out of range, or the image has the wrong number of channels.
    """
    return adjust_contrast(image, _factor("contrast", key, amount))


def random_saturation(key: Array, image: ArrayLike, amount: float) -> Array:
    """Adjust an image's saturation by a random factor from 1 - `amount` to 1 + `amount`.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1]. Gray images are
            unchanged.
        amount: Largest change of the factor, at most 1.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If `amount` is not a number, or the image has the wrong dtype.
        ValueError: If `amount` is out of range, or the image has the wrong number of channels.
    """
    return adjust_saturation(image, _factor("saturation", key, amount))


def random_hue(key: Array, image: ArrayLike, amount: float) -> Array:
    """Rotate an image's hue by a random turn from -`amount` to `amount`.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1]. Gray images are
            unchanged.
        amount: Largest rotation, in turns of the color circle, at most 0.5.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If `amount` is not a number, or the image has the wrong dtype.
        ValueError: If `amount` is out of range, or the image has the wrong number of channels.
    """
    check_amount("hue", amount, 0.5)
    return adjust_hue(image, jax.random.uniform(key, minval=-amount, maxval=amount))


def random_grayscale(key: Array, image: ArrayLike, probability: float) -> Array:
    """Remove all color with a given probability, keeping the number of channels.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1].
        probability: Probability that the color is removed.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If `probability` is not a number, or the image has the wrong dtype.
        ValueError: If `probability` is out of range, or the image has the wrong number of channels.
    """
    check_amount("grayscale", probability, 1)
    image = as_pixels(image)
    gray = adjust_saturation(image, 0)
    return jnp.where(jax.random.bernoulli(key, float(probability)), gray, image)


def _factor(name: str, key: Array, amount: float) -> Array:
    check_amount(name, amount, 1)
    return jax.random.uniform(key, minval=1 - amount, maxval=1 + amount)


def _blend(base: Array, image: Array, factor: ArrayLike) -> Array:
    """Extrapolate from `base` to the image by `factor`: 0 gives `base`, 1 the image."""
    # In this form a factor of 1 gives exactly the image, without rounding.
    away = (jnp.asarray(factor, jnp.float32) - 1) * (image - base)
    return to_dtype(image + away, image.dtype)


MAX_SIGMA = 1000.0
MIN_SIGMA = 1e-3  # a smaller sigma gives only the center pixel weight, and 0 divides by 0


def blur(image: ArrayLike, sigma: ArrayLike, radius: int) -> Array:
    """Blur an image with a Gaussian of standard deviation `sigma`, truncated at `radius` pixels.

    Args:
        image: ``(H, W, C)``, uint8, or floating point. Beyond its borders the image is reflected,
            without repeating the border pixels.
        sigma: Standard deviation in pixels; it may be traced.
        radius: Number of pixels on each side that have weight; three times `sigma` is enough.

    Returns:
        The blurred image, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.
        ValueError: If `radius` is negative.

    Example:
        >>> image = jnp.array([0, 0, 100, 0, 0], jnp.uint8).reshape(1, 5, 1)
        >>> blur(image, 0.5, 2).ravel().tolist()
        [0, 11, 79, 11, 0]
    """
    image = as_pixels(image)
    check_int("radius", radius, minimum=0)
    positions = jnp.arange(-radius, radius + 1)
    sigma = jnp.maximum(jnp.asarray(sigma, jnp.float32), MIN_SIGMA)
    weights = jnp.exp(-0.5 * (positions / sigma) ** 2)
    weights /= weights.sum()
    values = image.astype(jnp.float32)
    for axis in (0, 1):
        margins = [(radius, radius) if i == axis else (0, 0) for i in range(3)]
        padded = jnp.pad(values, margins, mode="reflect")
        size = image.shape[axis]
        # A sum of shifted images is far faster on a CPU than a convolution with one kernel per
        # image.
        values = sum(
            weights[i] * jax.lax.slice_in_dim(padded, i, i + size, axis=axis)
            for i in range(2 * radius + 1)
        )
    return to_dtype(jnp.asarray(values), image.dtype)


def random_blur(key: Array, image: ArrayLike, most: float, *, least: float = 0) -> Array:
    """Blur an image with a Gaussian of random standard deviation, from `least` to `most` pixels.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floating point.
        most: Largest standard deviation in pixels.
        least: Smallest standard deviation in pixels.

    Returns:
        The blurred image, of the same shape and dtype. The Gaussian is truncated at three times
        `most`; beyond its borders the image is reflected.

    Raises:
        TypeError: If an amount is not a number, or the image has the wrong dtype.
        ValueError: If an amount is negative, or `least` is above `most`.
    """
    image = as_pixels(image)
    check_amount("blur", most, MAX_SIGMA)
    check_amount("least", least, most)
    radius = min(math.ceil(3 * most), max(image.shape[:2]) - 1)
    return blur(image, jax.random.uniform(key, minval=least, maxval=most), radius)
