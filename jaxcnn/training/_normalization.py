"""From stored pixels to what a network is fed."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn.data import Dataset, channel_moments


@dataclasses.dataclass(frozen=True)
class Normalization:
    """Per-channel mean and standard deviation, of pixels in [0, 1].

    Attributes:
        mean: one number a channel.
        std: one number a channel, positive.

    Example:
        >>> image = jnp.array([0, 255], jnp.uint8).reshape(1, 1, 2, 1)
        >>> Normalization((0.5,), (0.25,))(image).ravel().tolist()
        [-2.0, 2.0]
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, dataset: Dataset) -> "Normalization":
        """The mean and standard deviation of a set's own pixels.

        A channel that never varies gets standard deviation 1.
        """
        mean, std = channel_moments(dataset.images)
        std = np.where(std > 0, std, 1.0)
        return cls(tuple(map(float, mean)), tuple(map(float, std)))

    def __call__(self, images: Array) -> Array:
        """Scale uint8 images to [0, 1], subtract the mean, divide by the standard deviation.

        Args:
            images: ``(N, H, W, C)``, uint8, or floating point in [0, 1].

        Returns:
            float32 of the same shape.
        """
        scale = 255.0 if images.dtype == jnp.uint8 else 1.0
        mean, std = (jnp.array(values, jnp.float32) for values in (self.mean, self.std))
        return (images.astype(jnp.float32) / scale - mean) / std
