"""Flip images, and turn them by quarters, without interpolation."""

import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data.augmentation._pixels import as_image


def random_flip(key: Array, image: ArrayLike) -> Array:
    """Flip an image left to right with probability 1/2.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, any dtype.

    Returns:
        The image, flipped or not, of the same shape and dtype.

    Example:
        >>> image = jnp.arange(3).reshape(1, 3, 1)
        >>> random_flip(jax.random.key(1), image).ravel().tolist()
        [2, 1, 0]
    """
    image = as_image(image)
    return jnp.where(jax.random.bernoulli(key), image[:, ::-1], image)


def alternating_flip(key: Array, image: ArrayLike, epoch: ArrayLike) -> Array:
    """Flip an image left to right in every second epoch.

    Only the flip in epoch 0 is random. Each pair of consecutive epochs thus shows every image in
    both orientations. Independent flips would show half of the images, on average, the same way
    twice.

    Args:
        key: The example's own PRNG key, the same in every epoch.
        image: ``(H, W, C)``, any dtype.
        epoch: The number of the epoch, from 0; it may be traced.

    Returns:
        The image, flipped or not, of the same shape and dtype.

    Example:
        >>> image = jnp.arange(3).reshape(1, 3, 1)
        >>> [alternating_flip(jax.random.key(1), image, e).ravel().tolist() for e in range(3)]
        [[2, 1, 0], [0, 1, 2], [2, 1, 0]]

    Source: Keller Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024,
    https://arxiv.org/abs/2404.00498
    """
    image = as_image(image)
    flipped = jax.random.bernoulli(key) ^ (jnp.asarray(epoch) % 2 == 1)
    return jnp.where(flipped, image[:, ::-1], image)


def random_vertical_flip(key: Array, image: ArrayLike) -> Array:
    """Flip an image upside down with probability 1/2.

    Args:
        key: A PRNG key.
        image: ``(H, W, C)``, any dtype.

    Returns:
        The image, flipped or not, of the same shape and dtype.

    Example:
        >>> image = jnp.arange(3).reshape(3, 1, 1)
        >>> random_vertical_flip(jax.random.key(1), image).ravel().tolist()
        [2, 1, 0]
    """
    image = as_image(image)
    return jnp.where(jax.random.bernoulli(key), image[::-1], image)


def random_quarter_turn(key: Array, image: ArrayLike) -> Array:
    """Turn a square image by 0, 90, 180 or 270 degrees, each with probability 1/4.

    No pixel is interpolated. Use it where no direction is up, as in microscopy and satellite
    pictures.

    Args:
        key: A PRNG key.
        image: ``(H, H, C)``, any dtype.

    Returns:
        The turned image, of the same shape and dtype.

    Raises:
        ValueError: If the image is not square.

    Example:
        >>> image = jnp.arange(4).reshape(2, 2, 1)
        >>> random_quarter_turn(jax.random.key(3), image)[..., 0].shape
        (2, 2)
    """
    image = as_image(image)
    height, width, _ = image.shape
    if height != width:
        raise ValueError(
            f"quarter_turns: expected square images, got {height}×{width} pixels (a turned image "
            "has another shape)"
        )
    # Under vmap every branch is computed for every image, so there are two steps of two.
    half, quarter = jax.random.bernoulli(key, shape=(2,))
    image = jnp.where(half, image[::-1, ::-1], image)
    return jnp.where(quarter, jnp.rot90(image), image)
