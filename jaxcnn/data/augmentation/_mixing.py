"""Mixup and cutmix: an image and another one, each with its share of the label."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data.augmentation._pixels import as_picture, check_amount, to_dtype

MAX_ALPHA = 1000.0


def mixup(key: Array, image: ArrayLike, other: ArrayLike, alpha: float) -> tuple[Array, Array]:
    r"""Blend two images: :math:`λ x + (1 - λ) x'` with λ from Beta(alpha, alpha).

    Args:
        key: A PRNG key.
        image: `(H, W, C)`, uint8, or floats within [0, 1].
        other: Of the same shape and dtype.
        alpha: Above 0. Small values leave most images nearly alone, 1 makes λ uniform, large
            values bring it near 1/2.

    Returns:
        The blended image, whose shape and dtype stay, and λ, the weight of the first image's
        label, a float32 scalar; the other label's weight is 1 - λ.

    Raises:
        TypeError: If a dtype is wrong or `alpha` no number.
        ValueError: If shapes differ or `alpha` is out of range.

    Reference:
        Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2017,
        https://arxiv.org/abs/1710.09412

    Example:
        >>> black, white = jnp.zeros((2, 2, 1)), jnp.ones((2, 2, 1))
        >>> mixed, share = mixup(jax.random.key(0), black, white, alpha=1.0)
        >>> bool(jnp.allclose(mixed, 1 - share))
        True
    """
    image, other = _pair(image, other, "mixup", alpha)
    share = jax.random.beta(key, alpha, alpha, dtype=jnp.float32)
    own = image.astype(jnp.float32)
    return to_dtype(own + (1 - share) * (other - own), image.dtype), share


def cutmix(key: Array, image: ArrayLike, other: ArrayLike, alpha: float) -> tuple[Array, Array]:
    r"""Paste a rectangle of another image over an image, at the same place.

    With λ from Beta(alpha, alpha) the rectangle has :math:`\sqrt{1 - λ}` of the image's height and
    width, rounded down, and its center is any pixel: what reaches beyond the border is cut off.

    Args:
        key: A PRNG key.
        image: `(H, W, C)`, uint8, or floats within [0, 1].
        other: Of the same shape and dtype.
        alpha: Above 0; 1 makes λ uniform, as in the paper.

    Returns:
        The image with the rectangle, whose shape and dtype stay, and the weight of the first
        image's label, a float32 scalar: exactly the part of its pixels that stayed.

    Raises:
        TypeError: If a dtype is wrong or `alpha` no number.
        ValueError: If shapes differ or `alpha` is out of range.

    Reference:
        Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable
        Features", 2019, https://arxiv.org/abs/1905.04899

    Example:
        >>> black, white = jnp.zeros((8, 8, 1)), jnp.ones((8, 8, 1))
        >>> mixed, share = cutmix(jax.random.key(0), black, white, alpha=1.0)
        >>> bool(mixed.mean() == 1 - share)
        True
    """
    image, other = _pair(image, other, "cutmix", alpha)
    share_key, place_key = jax.random.split(key)
    share = jax.random.beta(share_key, alpha, alpha, dtype=jnp.float32)
    shape = jnp.array(image.shape[:2])
    sides = (shape * jnp.sqrt(1 - share)).astype(jnp.int32)
    start = jax.random.randint(place_key, (2,), 0, shape) - sides // 2
    top, left = jnp.maximum(start, 0)
    bottom, right = jnp.minimum(start + sides, shape)
    rows, columns = jnp.arange(image.shape[0])[:, None, None], jnp.arange(image.shape[1])[:, None]
    inside = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    pixels = image.shape[0] * image.shape[1]
    stayed = pixels - (bottom - top) * (right - left)
    return jnp.where(inside, other, image), stayed.astype(jnp.float32) / pixels


def _pair(image: ArrayLike, other: ArrayLike, name: str, alpha: float) -> tuple[Array, Array]:
    image, other = as_picture(image), as_picture(other)
    if image.shape != other.shape:
        raise ValueError(f"other: expected shape {image.shape}, got {other.shape}")
    if image.dtype != other.dtype:
        raise TypeError(f"other: expected {image.dtype}, got {other.dtype}")
    check_amount(name, alpha, MAX_ALPHA)
    if alpha == 0:
        raise ValueError(f"{name}: expected an alpha above 0, got {alpha!r}")
    return image, other
