"""Paint over part of an image: cutout and random erasing."""

import math

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.data.augmentation._pixels import as_image, as_pixels, check_amount


def cutout(key: Array, image: ArrayLike, size: int) -> Array:
    """Paint a square in the image's mean color at a random position (cutout).

    The center is a random pixel, so the square may reach beyond the border. The paper paints zeros
    after normalization; zero is then the mean color of the training set.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, any dtype.
        size: Side of the square in pixels; 0 changes nothing.

    Returns:
        The painted image, of the same shape and dtype.

    Raises:
        ValueError: If `size` is negative.

    Example:
        >>> image = jnp.array([0, 4, 8, 4]).reshape(1, 4, 1)
        >>> cutout(jax.random.key(1), image, 2).ravel().tolist()
        [0, 4, 4, 4]

    Source: DeVries and Taylor, "Improved Regularization of Convolutional Neural Networks with
    Cutout", 2017, https://arxiv.org/abs/1708.04552
    """
    image = as_image(image)
    check_int("size", size, minimum=0)
    height, width, _ = image.shape
    center = jax.random.randint(key, (2,), 0, jnp.array([height, width]))
    top, left = center - size // 2
    rows, columns = jnp.arange(height)[:, None, None], jnp.arange(width)[:, None]
    inside = (rows >= top) & (rows < top + size) & (columns >= left) & (columns < left + size)
    color = image.mean(axis=(0, 1), dtype=jnp.float32).astype(image.dtype)
    return jnp.where(inside, color, image)


def random_erase(
    key: Array,
    image: ArrayLike,
    probability: float,
    *,
    area: tuple[float, float] = (0.02, 0.4),
    aspect: tuple[float, float] = (0.3, 1 / 0.3),
) -> Array:
    """Paint noise over a random rectangle, with a given probability (random erasing).

    The rectangle's area is uniform. Its aspect ratio is log-uniform among the ratios that fit into
    the image, so that tall and wide rectangles are equally likely. Its position is uniform among
    the positions inside the image. The paper instead draws area and aspect ratio uniformly, and
    repeats the draw until the rectangle fits.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floats within [0, 1].
        probability: Probability that anything is painted.
        area: Smallest and largest fraction of the image's area.
        aspect: Smallest and largest ratio of height to width.

    Returns:
        The painted image, of the same shape and dtype.

    Raises:
        TypeError: If an amount is not a number, or the image has the wrong dtype.
        ValueError: If an amount is out of range, or the start of a range is above its end.

    Example:
        >>> image = jnp.zeros((32, 32, 3), jnp.uint8)
        >>> painted = random_erase(jax.random.key(0), image, 1.0, area=(0.25, 0.25))
        >>> bool(0.2 < (painted > 0).any(axis=-1).mean() < 0.3)
        True

    Source: Zhong et al., "Random Erasing Data Augmentation", 2017, https://arxiv.org/abs/1708.04896
    """
    image = as_pixels(image)
    check_amount("erase", probability, 1)
    for name, (low, high), most in (("area", area, 1), ("aspect", aspect, 1000)):
        if not 0 < low <= high <= most:
            raise ValueError(f"{name}: expected 0 < low <= high <= {most}, got {(low, high)}")
    coin_key, box_key, noise_key = jax.random.split(key, 3)
    inside = _rectangle(box_key, image.shape[0], image.shape[1], area, aspect)
    painted = jax.random.bernoulli(coin_key, float(probability)) & inside[..., None]
    return jnp.where(painted, _noise(noise_key, image), image)


def _rectangle(
    key: Array, height: int, width: int, area: tuple[float, float], aspect: tuple[float, float]
) -> Array:
    """Draw a random rectangle as a mask of its pixels, ``(H, W)`` bool."""
    area_key, aspect_key, place_key = jax.random.split(key, 3)
    pixels = height * width * jax.random.uniform(area_key, minval=area[0], maxval=area[1])
    # The ratios at which the rectangle is as wide, and as high, as the image.
    low, high = jnp.clip(jnp.array(aspect), pixels / width**2, height**2 / pixels)
    ratio = jnp.exp(jax.random.uniform(aspect_key, minval=jnp.log(low), maxval=jnp.log(high)))
    sides = jnp.round(jnp.sqrt(jnp.array([pixels * ratio, pixels / ratio])))
    sides = jnp.clip(sides, 1, jnp.array([height, width]))
    free = jnp.array([height, width]) - sides
    top, left = jnp.floor(jax.random.uniform(place_key, (2,)) * (free + 1))
    rows, columns = jnp.arange(height)[:, None], jnp.arange(width)
    return (rows >= top) & (rows < top + sides[0]) & (columns >= left) & (columns < left + sides[1])


def _noise(key: Array, image: Array) -> Array:
    if image.dtype == jnp.uint8:
        # One random word gives four pixels, where drawing single bytes costs a word each.
        words = jax.random.bits(key, (math.ceil(image.size / 4),), jnp.uint32)
        pixels = lax.bitcast_convert_type(words, jnp.uint8).ravel()
        return pixels[: image.size].reshape(image.shape)
    return jax.random.uniform(key, image.shape, image.dtype)
