"""The range and the dtype of pixels: 0 to 255 in uint8, 0 to 1 in floating point."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike, DTypeLike

from jaxcnn._support.arguments import is_number
from jaxcnn._support.arrays import as_operand

# Rec. 601: the weights of red, green and blue in the brightness that people see.
LUMA = (0.299, 0.587, 0.114)


def as_image(image: ArrayLike) -> Array:
    """Return one image ``(H, W, C)`` of any dtype as a JAX array, or raise ValueError."""
    image = as_operand("image", image)
    if image.ndim != 3:
        raise ValueError(
            f"image: expected one image of shape (H, W, C), got shape {image.shape} (use jax.vmap "
            "for a batch)"
        )
    return image


def as_pixels(image: ArrayLike) -> Array:
    """Return one image ``(H, W, C)`` in uint8 or floats, or raise ValueError or TypeError."""
    image = as_image(image)
    if image.dtype != jnp.uint8 and not jnp.issubdtype(image.dtype, jnp.floating):
        raise TypeError(f"image: expected uint8 or floating point, got {image.dtype}")
    return image


def max_pixel(dtype: DTypeLike) -> float:
    """Return the largest value of a pixel."""
    return 255.0 if dtype == jnp.uint8 else 1.0


def to_dtype(values: Array, dtype: DTypeLike) -> Array:
    """Convert floats to pixels: clip them to their range, and round them for uint8."""
    values = jnp.clip(values, 0, max_pixel(dtype))
    return (jnp.round(values) if dtype == jnp.uint8 else values).astype(dtype)


def luma(image: Array) -> Array:
    """Return the brightness ``(H, W, 1)`` of an image with 1 or 3 channels, in float32."""
    values = image.astype(jnp.float32)
    channels = image.shape[-1]
    if channels == 1:
        return values
    if channels != 3:
        raise ValueError(f"image: expected 1 or 3 channels, got shape {image.shape}")
    red, green, blue = (LUMA[i] * values[..., i : i + 1] for i in range(3))
    return red + green + blue


def check_amount(name: str, value: float, most: float, *, inclusive: bool = True) -> None:
    """Raise unless `value` is a number from 0 to `most`."""
    if not is_number(value):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not 0 <= value <= most or (value == most and not inclusive):
        bound = "at most" if inclusive else "below"
        raise ValueError(f"{name}: expected at least 0 and {bound} {most:g}, got {value!r}")
