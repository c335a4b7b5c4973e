"""Move the pixels of an image: flip, shift, rotate, scale and shear."""

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn.data.augmentation._pixels import as_image, as_picture, check_amount, to_dtype

MAX_DEGREES, MAX_SHEAR = 180.0, 45.0


def affine(
    image: ArrayLike, matrix: ArrayLike, offset: tuple[float, float] | Array = (0.0, 0.0)
) -> Array:
    """Move the pixels of an image by a linear map around its center.

    The pixel at `(x, y)`, seen from the center, x to the right and y down, comes from
    `matrix @ (x, y) + offset` in the image, interpolated bilinearly. What comes in at a border is
    the image reflected there, without repeating the border itself.

    Args:
        image: `(H, W, C)`, uint8, or floating point.
        matrix: `(2, 2)`, from places in the result to places in the image; it may be traced.
        offset: `(2,)` in pixels; it may be traced.

    Returns:
        The image, resampled; shape and dtype stay.

    Raises:
        TypeError: If the image has another dtype.
        ValueError: If `image`, `matrix` or `offset` has another shape.

    Example:
        >>> image = jnp.arange(4.0).reshape(1, 4, 1) / 4
        >>> affine(image, jnp.eye(2), (0.5, 0.0)).ravel().tolist()
        [0.125, 0.375, 0.625, 0.625]
    """
    image, matrix = as_picture(image), jnp.asarray(matrix, jnp.float32)
    offset = jnp.asarray(offset, jnp.float32)
    for name, found, shape in (("matrix", matrix, (2, 2)), ("offset", offset, (2,))):
        if found.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {found.shape}")
    height, width, channels = image.shape
    center_x, center_y = (width - 1) / 2, (height - 1) / 2
    x = (jnp.arange(width) - center_x)[None, :]
    y = (jnp.arange(height) - center_y)[:, None]
    from_x = matrix[0, 0] * x + matrix[0, 1] * y + offset[0] + center_x
    from_y = matrix[1, 0] * x + matrix[1, 1] * y + offset[1] + center_y
    left, top = jnp.floor(from_x), jnp.floor(from_y)
    columns = [_reflected(left, width), _reflected(left + 1, width)]
    rows = [_reflected(top, height) * width, _reflected(top + 1, height) * width]
    # Whole pixels as rows of a table: under vmap this is one gather for each of the four corners.
    pixels = image.reshape(height * width, channels)
    to_the_right, down = (from_x - left)[..., None], (from_y - top)[..., None]
    above, below = (
        _between(pixels[row + columns[0]], pixels[row + columns[1]], to_the_right) for row in rows
    )
    return to_dtype(_between(above, below, down), image.dtype)


def _between(start: Array, end: Array, share: Array) -> Array:
    start, end = start.astype(jnp.float32), end.astype(jnp.float32)
    return start + share * (end - start)


def _reflected(place: Array, size: int) -> Array:
    """The index within the image that a place of a mirrored plane shows."""
    period = max(2 * (size - 1), 1)
    index = place.astype(jnp.int32) % period
    return jnp.minimum(index, period - index) if size > 1 else index


def rotate(image: ArrayLike, degrees: ArrayLike) -> Array:
    """Turn an image around its center, counter-clockwise.

    Args:
        image: `(H, W, C)`, uint8, or floating point.
        degrees: The angle; it may be traced.

    Returns:
        The image, turned as `affine` says; shape and dtype stay.

    Example:
        >>> image = jnp.array([[0, 1], [2, 3]], jnp.uint8)[..., None]
        >>> rotate(image, 90)[..., 0].tolist()
        [[1, 3], [0, 2]]
    """
    return affine(image, rotation_matrix(degrees))


def rotation_matrix(degrees: ArrayLike) -> Array:
    """Return the matrix with which `affine` turns an image counter-clockwise.

    Args:
        degrees: The angle; it may be traced.

    Returns:
        `(2, 2)` float32.

    Example:
        >>> (rotation_matrix(90).round() + 0.0).tolist()
        [[0.0, -1.0], [1.0, 0.0]]
    """
    angle = jnp.deg2rad(jnp.asarray(degrees, jnp.float32))
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return jnp.array([[cos, -sin], [sin, cos]])


def random_affine(
    key: Array, image: ArrayLike, *, rotate: float = 0, scale: float = 0, shear: float = 0
) -> Array:
    """Turn, scale and shear an image by chance, resampling it once.

    It is turned by an angle from -`rotate` to `rotate`, made larger by a factor from 1 - `scale`
    to 1 + `scale`, and slanted along each axis by an angle from -`shear` to `shear`, all
    uniform and independent.

    Args:
        key: A PRNG key.
        image: `(H, W, C)`, uint8, or floating point.
        rotate: Largest angle in degrees, either way, at most 180.
        scale: Largest change of size, below 1.
        shear: Largest slant in degrees, either way, below 45.

    Returns:
        The image, resampled as `affine` says; shape and dtype stay.

    Raises:
        TypeError: If an amount is no number or the image has another dtype.
        ValueError: If an amount is out of range.

    Example:
        >>> image = jnp.zeros((32, 32, 3), jnp.uint8)
        >>> random_affine(jax.random.key(0), image, rotate=15, scale=0.1).shape
        (32, 32, 3)
    """
    check_affine(rotate, scale, shear)
    rotate_key, scale_key, shear_key = jax.random.split(key, 3)
    matrix = jnp.eye(2)
    if shear:
        slants = jax.random.uniform(shear_key, (2,), minval=-shear, maxval=shear)
        slant_x, slant_y = jnp.tan(jnp.deg2rad(slants))
        matrix = jnp.array([[1, slant_x], [slant_y, 1]])
    if scale:
        matrix /= jax.random.uniform(scale_key, minval=1 - scale, maxval=1 + scale)
    if rotate:
        turn = jax.random.uniform(rotate_key, minval=-rotate, maxval=rotate)
        # Elementwise, for a product of matrices may be rounded in the hardware's own way.
        matrix = (rotation_matrix(turn)[:, :, None] * matrix[None]).sum(axis=1)
    return affine(image, matrix)


def check_affine(rotate: float, scale: float, shear: float) -> None:
    """Raise unless these are amounts that `random_affine` takes."""
    check_amount("rotate", rotate, MAX_DEGREES)
    check_amount("scale", scale, 1, inclusive=False)
    check_amount("shear", shear, MAX_SHEAR, inclusive=False)


def random_flip(key: Array, image: ArrayLike) -> Array:
    """Mirror an image left to right with probability 1/2.

    Args:
        key: A PRNG key.
        image: `(H, W, C)`, any dtype.

    Returns:
        The image, mirrored or not; shape and dtype stay.

    Example:
        >>> image = jnp.arange(3).reshape(1, 3, 1)
        >>> random_flip(jax.random.key(1), image).ravel().tolist()
        [2, 1, 0]
    """
    image = as_image(image)
    return jnp.where(jax.random.bernoulli(key), image[:, ::-1], image)


def alternating_flip(key: Array, image: ArrayLike, epoch: ArrayLike) -> Array:
    """Mirror an image left to right in every second epoch.

    Chance decides only in epoch 0. Every pair of epochs so shows both sides of every image,
    where independent coins would show half of the images the same side twice.

    Args:
        key: The example's own PRNG key, the same in every epoch.
        image: `(H, W, C)`, any dtype.
        epoch: The number of the epoch, from 0; it may be traced.

    Returns:
        The image, mirrored or not; shape and dtype stay.

    Reference:
        Keller Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024,
        https://arxiv.org/abs/2404.00498

    Example:
        >>> image = jnp.arange(3).reshape(1, 3, 1)
        >>> [alternating_flip(jax.random.key(1), image, e).ravel().tolist() for e in range(3)]
        [[2, 1, 0], [0, 1, 2], [2, 1, 0]]
    """
    image = as_image(image)
    mirrored = jax.random.bernoulli(key) ^ (jnp.asarray(epoch) % 2 == 1)
    return jnp.where(mirrored, image[:, ::-1], image)


def random_shift(key: Array, image: ArrayLike, max_shift: int) -> Array:
    """Shift an image by up to `max_shift` pixels along each axis.

    What comes in at a border is the image reflected there, without repeating the border itself.

    Args:
        key: A PRNG key.
        image: `(H, W, C)`, any dtype.
        max_shift: Largest shift in pixels, either way; every whole number is equally likely.

    Returns:
        The shifted image; shape and dtype stay.

    Raises:
        ValueError: If `max_shift` is negative or not below the height and width.

    Example:
        >>> image = jnp.arange(5).reshape(1, 5, 1).repeat(5, axis=0)
        >>> random_shift(jax.random.key(4), image, 2)[0].ravel().tolist()
        [1, 0, 1, 2, 3]
    """
    image = as_image(image)
    if not 0 <= max_shift < min(image.shape[:2]):
        raise ValueError(
            f"max_shift: expected at least 0 and less than the height and width of "
            f"{image.shape[:2]}, got {max_shift}"
        )
    margin = (max_shift, max_shift)
    padded = jnp.pad(image, (margin, margin, (0, 0)), mode="reflect")
    top, left = jax.random.randint(key, (2,), 0, 2 * max_shift + 1)
    # Under vmap this becomes a gather: on a CPU as fast as gathering rows and columns, and a
    # fifth of the time of multiplying by one-hot matrices.
    return lax.dynamic_slice(padded, (top, left, 0), image.shape)
