"""From stored pixels to what a network is fed."""

import dataclasses

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn.data import Dataset, LabelledImages, channel_moments

FILES_LOOKED_AT = 5_000


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
    def of(cls, dataset: LabelledImages) -> "Normalization":
        """The mean and standard deviation of a set's own pixels.

        Of many files, some thousands are looked at. A channel that never varies gets standard
        deviation 1.
        """
        if isinstance(dataset, Dataset):
            images = dataset.images
        else:
            images = dataset.read(_spread_evenly(len(dataset), FILES_LOOKED_AT))
        mean, std = channel_moments(images)
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


IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""That of ImageNet's training images, which torchvision's weights are for."""


def _spread_evenly(examples: int, most: int) -> np.ndarray:
    """Places in a set, at most so many: classes that lie one after another all have their share."""
    return np.unique(np.linspace(0, examples - 1, most).round().astype(int))
