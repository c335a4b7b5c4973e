"""Move the pixels of an image: shift, rotate, scale and shear."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn.data.augmentation._pixels import as_image, as_pixels, check_amount, to_dtype

MAX_DEGREES, MAX_SHEAR = 180.0, 45.0


def affine(
    image: ArrayLike, matrix: ArrayLike, offset: tuple[float, float] | Array = (0.0, 0.0)
) -> Array:
    """Transform an image by an affine map around its center.

    The output pixel at ``(x, y)`` is the bilinear interpolation of the input at ``matrix @ (x, y) +
    offset``. Positions are measured from the center of the image, with x to the right and y down.
    Beyond its borders the input is reflected, without repeating the border pixels.

    Args:
        image: ``(H, W, C)``, uint8, or floating point.
        matrix: ``(2, 2)``, from output positions to input positions; it may be traced.
        offset: ``(2,)`` in pixels; it may be traced.

    Returns:
        The transformed image, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.
        ValueError: If `image`, `matrix` or `offset` has the wrong shape.

    Example:
        >>> image = jnp.arange(4.0).reshape(1, 4, 1) / 4
        >>> affine(image, jnp.eye(2), (0.5, 0.0)).ravel().tolist()
        [0.125, 0.375, 0.625, 0.625]
    """
    image, matrix = as_pixels(image), jnp.asarray(matrix, jnp.float32)
    offset = jnp.asarray(offset, jnp.float32)
    for name, found, shape in (("matrix", matrix, (2, 2)), ("offset", offset, (2,))):
        if found.shape != shape:
            raise ValueError(f"{name}: expected shape {shape}, got {found.shape}")
    height, width, _ = image.shape
    center_x, center_y = (width - 1) / 2, (height - 1) / 2
    x = (jnp.arange(width) - center_x)[None, :]
    y = (jnp.arange(height) - center_y)[:, None]
    from_x = matrix[0, 0] * x + matrix[0, 1] * y + offset[0] + center_x
    from_y = matrix[1, 0] * x + matrix[1, 1] * y + offset[1] + center_y
    return bilinear(
        image,
        from_y,
        from_x,
        lambda y: _reflected_index(y, height),
        lambda x: _reflected_index(x, width),
    )


def bilinear(
    image: Array,
    from_y: Array,
    from_x: Array,
    row_of: Callable[[Array], Array],
    column_of: Callable[[Array], Array],
) -> Array:
    """Interpolate an image at some positions, in pixels from its first pixel.

    Args:
        image: ``(H, W, C)``.
        from_y: Vertical positions, of a shape that broadcasts with that of `from_x`.
        from_x: Horizontal positions.
        row_of: A function from whole positions to the rows to read, which are in the image.
        column_of: The same for columns.
    """
    height, width, channels = image.shape
    left, top = jnp.floor(from_x), jnp.floor(from_y)
    columns = [column_of(left), column_of(left + 1)]
    rows = [row_of(top) * width, row_of(top + 1) * width]
    # Pixels are rows of a table: under vmap this is one gather for each of the four corners.
    pixels = image.reshape(height * width, channels)
    right, down = (from_x - left)[..., None], (from_y - top)[..., None]
    above, below = (
        _interpolate(pixels[row + columns[0]], pixels[row + columns[1]], right) for row in rows
    )
    return to_dtype(_interpolate(above, below, down), image.dtype)


def _interpolate(start: Array, end: Array, share: Array) -> Array:
    start, end = start.astype(jnp.float32), end.astype(jnp.float32)
    return start + share * (end - start)


def _reflected_index(position: Array, size: int) -> Array:
    """Map a position beyond the borders of an image to the pixel that reflection puts there."""
    period = max(2 * (size - 1), 1)
    index = position.astype(jnp.int32) % period
    return jnp.minimum(index, period - index) if size > 1 else index


def rotate(image: ArrayLike, degrees: ArrayLike) -> Array:
    """Rotate an image around its center, counterclockwise.

    Pixels are interpolated bilinearly; beyond its borders the image is reflected.

    Args:
        image: ``(H, W, C)``, uint8, or floating point.
        degrees: The angle; it may be traced.

    Returns:
        The rotated image, of the same shape and dtype.

    Example:
        >>> image = jnp.array([[0, 1], [2, 3]], jnp.uint8)[..., None]
        >>> rotate(image, 90)[..., 0].tolist()
        [[1, 3], [0, 2]]
    """
    return affine(image, rotation_matrix(degrees))


def rotation_matrix(degrees: ArrayLike) -> Array:
    """Return the matrix with which `affine` rotates an image counterclockwise.

    Args:
        degrees: The angle; it may be traced.

    Returns:
        ``(2, 2)`` float32.

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
    """Rotate, scale and shear an image at random, in one resampling.

    The image is rotated by an angle from -`rotate` to `rotate`, scaled by a factor from 1 - `scale`
    to 1 + `scale`, and sheared along each axis by an angle from -`shear` to `shear`. All these
    random numbers are uniform and independent.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floating point.
        rotate: Largest angle in degrees, in either direction, at most 180.
        scale: Largest change of size, below 1.
        shear: Largest shear angle in degrees, in either direction, below 45.

    Returns:
        The transformed image, of the same shape and dtype. Pixels are interpolated bilinearly;
        beyond its borders the image is reflected.

    Raises:
        TypeError: If an amount is not a number, or the image has the wrong dtype.
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
        angles = jax.random.uniform(shear_key, (2,), minval=-shear, maxval=shear)
        shear_x, shear_y = jnp.tan(jnp.deg2rad(angles))
        matrix = jnp.array([[1, shear_x], [shear_y, 1]])
    if scale:
        matrix /= jax.random.uniform(scale_key, minval=1 - scale, maxval=1 + scale)
    if rotate:
        degrees = jax.random.uniform(rotate_key, minval=-rotate, maxval=rotate)
        # Elementwise, because hardware may compute a matrix product in lower precision.
        matrix = (rotation_matrix(degrees)[:, :, None] * matrix[None]).sum(axis=1)
    return affine(image, matrix)


def check_affine(rotate: float, scale: float, shear: float) -> None:
    """Raise unless `random_affine` accepts these amounts."""
    check_amount("rotate", rotate, MAX_DEGREES)
    check_amount("scale", scale, 1, inclusive=False)
    check_amount("shear", shear, MAX_SHEAR, inclusive=False)


def random_shift(key: Array, image: ArrayLike, max_shift: int) -> Array:
    """Shift an image by up to `max_shift` pixels along each axis.

    Beyond its borders the image is reflected, without repeating the border pixels.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, any dtype.
        max_shift: Largest shift in pixels, in either direction; every whole number is equally
            likely.

    Returns:
        The shifted image, of the same shape and dtype.

    Raises:
        ValueError: If `max_shift` is negative, or not below the height and width.

    Example:
        >>> image = jnp.arange(5).reshape(1, 5, 1).repeat(5, axis=0)
        >>> random_shift(jax.random.key(4), image, 2)[0].ravel().tolist()
        [1, 0, 1, 2, 3]
    """
    image = as_image(image)
    check_int("max_shift", max_shift, minimum=None)
    if not 0 <= max_shift < min(image.shape[:2]):
        raise ValueError(
            f"max_shift: expected at least 0 and below the height and width {image.shape[:2]}, got "
            f"{max_shift}"
        )
    margin = (max_shift, max_shift)
    padded = jnp.pad(image, (margin, margin, (0, 0)), mode="reflect")
    top, left = jax.random.randint(key, (2,), 0, 2 * max_shift + 1)
    # Under vmap this becomes a gather. On a CPU that is as fast as gathering rows and columns, and
    # five times as fast as multiplying by one-hot matrices.
    return lax.dynamic_slice(padded, (top, left, 0), image.shape)
