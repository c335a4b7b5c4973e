"""Random-resized crop: a random box of an image, enlarged to the whole image."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arguments import is_number
from jaxcnn.data.augmentation._geometric import bilinear
from jaxcnn.data.augmentation._pixels import as_pixels

_ATTEMPTS = 10  # as in torchvision


def random_resized_crop(
    key: Array,
    image: ArrayLike,
    area: tuple[float, float] = (0.08, 1.0),
    *,
    aspect: tuple[float, float] = (3 / 4, 4 / 3),
) -> Array:
    """Cut a random box out of an image, and enlarge it to the size of the image.

    The usual augmentation for photographs: objects appear at many sizes and places. The box is
    drawn as torchvision's `RandomResizedCrop` does. Its area is uniform, its ratio of width to
    height is log-uniform, and its position is uniform among those inside the image. Up to ten boxes
    are drawn until one fits; else the box is the largest central one of an allowed ratio. Pixels
    are interpolated bilinearly. A box is never reduced, so that no antialiasing is needed.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floats within [0, 1].
        area: Smallest and largest area of the box, as shares of the image's area.
        aspect: Smallest and largest ratio of width to height.

    Returns:
        The enlarged box, of the shape and dtype of the image.

    Raises:
        TypeError: If a range is not a pair of numbers, or the image has the wrong dtype.
        ValueError: If a range is out of range, or its start is above its end.

    Example:
        >>> image = jnp.zeros((32, 32, 3), jnp.uint8)
        >>> random_resized_crop(jax.random.key(0), image, (0.25, 1)).shape
        (32, 32, 3)

    Source: Szegedy et al., "Going Deeper with Convolutions", 2014, https://arxiv.org/abs/1409.4842
    """
    check_range("area", area, 1)
    check_range("aspect", aspect, 1000)
    image = as_pixels(image)
    return crop_and_resize(image, *_box(key, image.shape[0], image.shape[1], area, aspect))


def check_range(name: str, value: Any, most: float) -> None:
    """Raise unless `value` is a pair of positive numbers in order, of at most `most`."""
    if not isinstance(value, tuple | list) or len(value) != 2 or not all(map(is_number, value)):
        raise TypeError(f"{name}: expected a pair of numbers (low, high), got {value!r}")
    low, high = value
    if not 0 < low <= high <= most:
        raise ValueError(f"{name}: expected 0 < low <= high <= {most}, got {value!r}")


def crop_and_resize(
    image: Array, top: ArrayLike, left: ArrayLike, height: ArrayLike, width: ArrayLike
) -> Array:
    """Enlarge a box of an image to the size of the image, bilinearly.

    Args:
        image: ``(H, W, C)``.
        top: First row of the box; it may be traced, as the other numbers.
        left: First column of the box.
        height: Number of rows of the box.
        width: Number of columns of the box.
    """

    def positions(size: int, first: ArrayLike, extent: ArrayLike) -> Array:
        return (jnp.arange(size) + 0.5) * (jnp.asarray(extent) / size) - 0.5 + first

    def within(first: ArrayLike, extent: ArrayLike):
        last = jnp.asarray(first) + extent - 1
        return lambda index: jnp.clip(index, first, last).astype(jnp.int32)

    return bilinear(
        image,
        positions(image.shape[0], top, height)[:, None],
        positions(image.shape[1], left, width)[None, :],
        within(top, height),
        within(left, width),
    )


def _box(
    key: Array, height: int, width: int, area: tuple[float, float], aspect: tuple[float, float]
) -> tuple[Array, Array, Array, Array]:
    """Draw the top, left, height and width of a box, as whole numbers in float32."""
    area_key, aspect_key, place_key = jax.random.split(key, 3)
    shape = (_ATTEMPTS,)
    pixels = height * width * jax.random.uniform(area_key, shape, minval=area[0], maxval=area[1])
    low, high = math.log(aspect[0]), math.log(aspect[1])
    ratios = jnp.exp(jax.random.uniform(aspect_key, shape, minval=low, maxval=high))
    widths, heights = jnp.round(jnp.sqrt(pixels * ratios)), jnp.round(jnp.sqrt(pixels / ratios))
    fits = (widths > 0) & (widths <= width) & (heights > 0) & (heights <= height)
    first = jnp.argmax(fits)
    own = jnp.stack([heights[first], widths[first]])
    places = jnp.array([height, width]) - own + 1
    start = jnp.floor(jax.random.uniform(place_key, (2,)) * places)
    # No box fits: the largest one in the middle.
    ratio = min(max(width / height, aspect[0]), aspect[1])
    largest = jnp.array(
        [min(height, round(width / ratio)), min(width, round(height * ratio))], jnp.float32
    )
    middle = (jnp.array([height, width], jnp.float32) - largest) // 2
    top, left = jnp.where(fits.any(), start, middle)
    rows, columns = jnp.where(fits.any(), own, largest)
    return top, left, rows, columns
