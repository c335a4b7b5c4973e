"""Mixup and CutMix: combine two images, and weight their labels accordingly."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data.augmentation._pixels import as_pixels, check_amount, to_dtype

MAX_ALPHA = 1000.0


def mixup(key: Array, image: ArrayLike, other: ArrayLike, alpha: float) -> tuple[Array, Array]:
    """Blend two images by mixup: :math:`λ x + (1 - λ) x'` with λ from Beta(alpha, alpha).

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floats within [0, 1].
        other: The image to blend with, of the same shape and dtype.
        alpha: Above 0. With small values, most images are almost unchanged. With 1, λ is uniform.
            With large values, λ is near 1/2.

    Returns:
        A pair: the blended image, of the same shape and dtype, and λ, a float32 scalar. λ is the
        weight of the first image's label. The weight of the other label is 1 - λ.

    Raises:
        TypeError: If a dtype is wrong, or `alpha` is not a number.
        ValueError: If the shapes differ, or `alpha` is out of range.

    Example:
        >>> black, white = jnp.zeros((2, 2, 1)), jnp.ones((2, 2, 1))
        >>> mixed, share = mixup(jax.random.key(0), black, white, alpha=1.0)
        >>> bool(jnp.allclose(mixed, 1 - share))
        True

    Source: Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2017,
    https://arxiv.org/abs/1710.09412
    """
    image, other = _check_pair(image, other, "mixup", alpha)
    share = jax.random.beta(key, alpha, alpha, dtype=jnp.float32)
    own = image.astype(jnp.float32)
    return to_dtype(own + (1 - share) * (other - own), image.dtype), share


def cutmix(key: Array, image: ArrayLike, other: ArrayLike, alpha: float) -> tuple[Array, Array]:
    r"""Paste a random rectangle of another image into an image, at the same position (CutMix).

    λ is drawn from Beta(alpha, alpha). The rectangle's height and width are :math:`\sqrt{1 - λ}`
    times the height and width of the image, rounded down. Its center is a random pixel. If the
    rectangle reaches beyond the border of the image, the part outside is cut off.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, uint8, or floats within [0, 1].
        other: The image to paste from, of the same shape and dtype.
        alpha: Above 0; 1 makes λ uniform, as in the paper.

    Returns:
        A pair: the image with the rectangle, of the same shape and dtype, and the weight of the
        first image's label, a float32 scalar. This weight is the exact fraction of the first
        image's pixels that remain.

    Raises:
        TypeError: If a dtype is wrong, or `alpha` is not a number.
        ValueError: If the shapes differ, or `alpha` is out of range.

    Example:
        >>> black, white = jnp.zeros((8, 8, 1)), jnp.ones((8, 8, 1))
        >>> mixed, share = cutmix(jax.random.key(0), black, white, alpha=1.0)
        >>> bool(mixed.mean() == 1 - share)
        True

    Source: Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with
    Localizable Features", 2019, https://arxiv.org/abs/1905.04899
    """
    image, other = _check_pair(image, other, "cutmix", alpha)
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


def _check_pair(image: ArrayLike, other: ArrayLike, name: str, alpha: float) -> tuple[Array, Array]:
    image, other = as_pixels(image), as_pixels(other)
    if image.shape != other.shape:
        raise ValueError(f"other: expected shape {image.shape}, got {other.shape}")
    if image.dtype != other.dtype:
        raise TypeError(f"other: expected {image.dtype}, got {other.dtype}")
    check_amount(name, alpha, MAX_ALPHA)
    if alpha == 0:
        raise ValueError(f"{name}: expected an alpha above 0, got {alpha!r}")
    return image, other
