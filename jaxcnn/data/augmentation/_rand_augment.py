"""RandAugment: a few randomly chosen operations with one shared magnitude."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax
from jax.typing import ArrayLike

from jaxcnn._support.arguments import is_int
from jaxcnn.data.augmentation._geometric import affine, rotation_matrix
from jaxcnn.data.augmentation._pixels import as_pixels, check_amount, luma, max_pixel, to_dtype

MAX_MAGNITUDE = 10
RAND_AUGMENT_OPERATIONS = (
    "identity",
    "autocontrast",
    "equalize",
    "rotate",
    "solarize",
    "color",
    "posterize",
    "contrast",
    "brightness",
    "sharpness",
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
)
"""The operations that `rand_augment` draws from."""


def rand_augment(key: Array, image: ArrayLike, count: int, magnitude: float) -> Array:
    """Change an image by `count` random operations that share one magnitude (RandAugment).

    The operations are drawn uniformly, with replacement, from a list of fourteen. Nine of the
    fourteen have a random sign. At magnitude m, `rotate` rotates by 3 m degrees. `shear_x` and
    `shear_y` shear by 0.03 m. `translate_x` and `translate_y` shift by 0.045 m of the side, rounded
    to pixels. `color`, `contrast`, `brightness` and `sharpness` have a factor of 1 ± 0.09 m.
    `solarize` inverts values of at least 256 - 25.6 m. `posterize` keeps 8 - 0.4 m bits, rounded.
    `identity`, `autocontrast` and `equalize` do not depend on m.

    With m = 0, only autocontrast and equalize change the image. There are two differences from the
    authors' code. In the authors' code, solarize and posterize become weaker as m grows; here, all
    operations become stronger. In the authors' code, the area beyond the borders is gray; here, the
    image is reflected.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1].
        count: Number of operations, applied one after the other.
        magnitude: The strength m of the operations, from 0 to 10.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If a number or the image has the wrong type.
        ValueError: If `count` or `magnitude` is out of range, or the image has the wrong number of
            channels.

    Example:
        >>> image = jnp.zeros((32, 32, 3), jnp.uint8)
        >>> rand_augment(jax.random.key(0), image, count=2, magnitude=5).shape
        (32, 32, 3)

    Source: Cubuk et al., "RandAugment: Practical automated data augmentation with a reduced search
    space", 2019, https://arxiv.org/abs/1909.13719
    """
    check_rand_augment(count, magnitude)
    image = as_pixels(image)

    def one(image: Array, key: Array) -> tuple[Array, None]:
        operation_key, side_key = jax.random.split(key)
        operation = jax.random.randint(operation_key, (), 0, len(RAND_AUGMENT_OPERATIONS))
        side = jnp.where(jax.random.bernoulli(side_key), 1, -1)
        return distort(image, operation, side * magnitude), None

    return lax.scan(one, image, jax.random.split(key, count))[0]


def check_rand_augment(count: int, magnitude: float) -> None:
    """Raise unless `rand_augment` accepts these numbers."""
    if not is_int(count):
        raise TypeError(f"rand_augment: expected a whole count, got {count!r}")
    if count < 1:
        raise ValueError(f"rand_augment: expected a count of at least 1, got {count}")
    check_amount("rand_augment: magnitude", magnitude, MAX_MAGNITUDE)


def distort(image: ArrayLike, operation: ArrayLike, magnitude: ArrayLike) -> Array:
    """Change an image by one operation of `rand_augment`.

    Args:
        image: ``(H, W, C)`` with C 1 or 3, uint8, or floats within [0, 1].
        operation: The index of the operation in `RAND_AUGMENT_OPERATIONS`; it may be traced.
        magnitude: From -10 to 10; the sign decides the direction. The magnitude may be traced.

    Returns:
        The changed image, of the same shape and dtype.

    Raises:
        TypeError: If the image has the wrong dtype.
        ValueError: If the image has the wrong number of channels.

    Example:
        >>> image = jnp.array([[[10], [200]]], jnp.uint8)
        >>> distort(image, RAND_AUGMENT_OPERATIONS.index("autocontrast"), 5).ravel().tolist()
        [0, 255]
    """
    image = as_pixels(image)
    operation = jnp.asarray(operation, jnp.int32)
    strength = jnp.asarray(magnitude, jnp.float32) / MAX_MAGNITUDE
    # Under vmap every operation is computed for every image, so all geometric ones share one
    # resampling, which changes nothing for the others. The two steps are a loop so that the result
    # of the first is computed once: XLA would otherwise compute it again for each pixel of the
    # second that reads it, which takes five times as long.
    steps = [partial(step, operation, strength) for step in (_photometric, _geometric)]
    return lax.fori_loop(0, 2, lambda i, image: lax.switch(i, steps, image), image)


def _geometric(operation: Array, strength: Array, image: Array) -> Array:
    is_operation = {name: operation == i for i, name in enumerate(RAND_AUGMENT_OPERATIONS)}
    degrees = jnp.where(is_operation["rotate"], 30 * strength, 0)
    shear = jnp.array([is_operation["shear_x"], is_operation["shear_y"]]) * 0.3 * strength
    matrix = rotation_matrix(degrees) + jnp.array([[0, shear[0]], [shear[1], 0]])
    height, width, _ = image.shape
    sides = jnp.array([width * is_operation["translate_x"], height * is_operation["translate_y"]])
    return affine(image, matrix, jnp.round(sides * 0.45 * strength))


def _photometric(operation: Array, strength: Array, image: Array) -> Array:
    to_levels = 255 / max_pixel(image.dtype)
    values = image.astype(jnp.float32) * to_levels
    gray = luma(values)
    mean = gray.mean()
    size = jnp.abs(strength)
    factor = 1 + 0.9 * strength
    changed = {
        "autocontrast": _autocontrast(values),
        "equalize": _equalize(values),
        "solarize": _solarize(values, 256 * (1 - size)),
        "posterize": _posterize(values, 8 - jnp.round(4 * size)),
        "color": gray + factor * (values - gray),
        "contrast": mean + factor * (values - mean),
        "brightness": factor * values,
        "sharpness": _sharpened(values, factor),
    }
    result = values
    for name, new in changed.items():
        result = jnp.where(operation == RAND_AUGMENT_OPERATIONS.index(name), new, result)
    is_photometric = jnp.isin(
        operation, jnp.array(list(map(RAND_AUGMENT_OPERATIONS.index, changed)))
    )
    return jnp.where(is_photometric, to_dtype(result / to_levels, image.dtype), image)


def _sharpened(values: Array, factor: Array) -> Array:
    blurred = jnp.round(_smooth(values))  # Pillow rounds its smoothed image, too
    return blurred + factor * (values - blurred)


# The photometric operations, on values from 0 to 255 in float32.


def _autocontrast(values: Array) -> Array:
    """Stretch each channel so that its darkest value is 0 and its brightest 255."""
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    span = jnp.where(high > low, high - low, 1)
    return jnp.where(high > low, (values - low) * (255 / span), values)


def _equalize(values: Array) -> Array:
    """Equalize the histogram of each channel, as Pillow does."""
    levels = jnp.round(values).astype(jnp.int32)
    channels = levels.shape[-1]
    # The histograms of all channels, 256 bins each, in one scatter.
    bins = levels + 256 * jnp.arange(channels)
    counts = jnp.zeros(256 * channels, jnp.int32).at[bins.ravel()].add(1).reshape(channels, 256)
    counts = counts.astype(jnp.float32)  # faster to divide, and exact for whole numbers
    brightest = jnp.take_along_axis(counts, levels.max(axis=(0, 1))[:, None], axis=1)
    step = jnp.floor((counts.sum(axis=1, keepdims=True) - brightest) / 255)
    # The number of pixels darker than each level; a matrix product is faster than a cumulative sum.
    darker = jnp.dot(counts, jnp.triu(jnp.ones((256, 256)), k=1), precision=lax.Precision.HIGHEST)
    table = jnp.floor((darker + jnp.floor(step / 2)) / jnp.maximum(step, 1))
    table = jnp.where(step > 0, jnp.minimum(table, 255), jnp.arange(256.0))
    return table.ravel()[bins]


def _solarize(values: Array, threshold: Array) -> Array:
    """Invert values that are at least the threshold."""
    return jnp.where(values < threshold, values, 255 - values)


def _posterize(values: Array, bits: Array) -> Array:
    """Keep only the highest bits of each value."""
    step = 2.0 ** (8 - bits)
    return jnp.floor(values / step) * step


def _smooth(values: Array) -> Array:
    """Average 3×3 pixels, the center five times; border pixels are unchanged, as in Pillow."""
    height, width, _ = values.shape
    padded = jnp.pad(values, ((1, 1), (1, 1), (0, 0)))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    sums = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    y, x = jnp.arange(height)[:, None, None], jnp.arange(width)[:, None]
    inner = (y > 0) & (y < height - 1) & (x > 0) & (x < width - 1)
    return jnp.where(inner, (sums + 4 * values) / 13, values)
