"""The photometric operations of RandAugment on values from 0 to 255 in float32."""

import jax.numpy as jnp
from jax import Array, lax


def autocontrast(values: Array) -> Array:
    """Stretch each channel so that its darkest value is 0 and its brightest 255."""
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    span = jnp.where(high > low, high - low, 1)
    return jnp.where(high > low, (values - low) * (255 / span), values)


def equalize(values: Array) -> Array:
    """Map each channel so that every level becomes about as frequent, as Pillow does."""
    levels = jnp.round(values).astype(jnp.int32)
    channels = levels.shape[-1]
    # One histogram of 256 bins for each channel, in one scatter.
    places = levels + 256 * jnp.arange(channels)
    counts = jnp.zeros(256 * channels, jnp.int32).at[places.ravel()].add(1).reshape(channels, 256)
    counts = counts.astype(jnp.float32)  # whole numbers all the same, and faster to divide
    brightest = jnp.take_along_axis(counts, levels.max(axis=(0, 1))[:, None], axis=1)
    step = jnp.floor((counts.sum(axis=1, keepdims=True) - brightest) / 255)
    # How many pixels are darker than each level, as a product: faster than a cumulative sum.
    darker = jnp.dot(counts, jnp.triu(jnp.ones((256, 256)), k=1), precision=lax.Precision.HIGHEST)
    table = jnp.floor((darker + jnp.floor(step / 2)) / jnp.maximum(step, 1))
    table = jnp.where(step > 0, jnp.minimum(table, 255), jnp.arange(256.0))
    return table.ravel()[places]


def solarize(values: Array, threshold: Array) -> Array:
    """Invert what is not below the threshold."""
    return jnp.where(values < threshold, values, 255 - values)


def posterize(values: Array, bits: Array) -> Array:
    """Keep the highest bits of each value only."""
    step = 2.0 ** (8 - bits)
    return jnp.floor(values / step) * step


def smooth(values: Array) -> Array:
    """The mean of 3×3 pixels, the middle one five times; the border stays, as in Pillow."""
    height, width, _ = values.shape
    padded = jnp.pad(values, ((1, 1), (1, 1), (0, 0)))
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    sums = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    y, x = jnp.arange(height)[:, None, None], jnp.arange(width)[:, None]
    inner = (y > 0) & (y < height - 1) & (x > 0) & (x < width - 1)
    return jnp.where(inner, (sums + 4 * values) / 13, values)
