"""What the values of an image mean: 0 to 255 in uint8, 0 to 1 in floating point."""

import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike, DTypeLike

# Rec. 601: how bright red, green and blue look.
LUMA = (0.299, 0.587, 0.114)


def as_image(image: ArrayLike) -> Array:
    """One image `(H, W, C)` of any dtype, or ValueError."""
    image = jnp.asarray(image)
    if image.ndim != 3:
        raise ValueError(
            f"image: expected one image of shape (H, W, C), got shape {image.shape}; "
            "use jax.vmap for a batch"
        )
    return image


def as_picture(image: ArrayLike) -> Array:
    """One image `(H, W, C)` in uint8 or floating point, or ValueError or TypeError."""
    image = as_image(image)
    if image.dtype != jnp.uint8 and not jnp.issubdtype(image.dtype, jnp.floating):
        raise TypeError(f"image: expected uint8 or floating point, got {image.dtype}")
    return image


def white(dtype: DTypeLike) -> float:
    """The largest value of a pixel."""
    return 255.0 if dtype == jnp.uint8 else 1.0


def to_dtype(values: Array, dtype: DTypeLike) -> Array:
    """Values in floating point as pixels: cut to their range, in uint8 also rounded."""
    values = jnp.clip(values, 0, white(dtype))
    return (jnp.round(values) if dtype == jnp.uint8 else values).astype(dtype)


def luma(image: Array) -> Array:
    """The brightness `(H, W, 1)` of an image with 1 or 3 channels, in float32."""
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
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not 0 <= value <= most or (value == most and not inclusive):
        bound = "at most" if inclusive else "below"
        raise ValueError(f"{name}: expected at least 0 and {bound} {most:g}, got {value!r}")
