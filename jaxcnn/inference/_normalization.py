"""Normalize stored pixels per channel, before a network takes them."""

import dataclasses
from collections.abc import Iterable

import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn._support.arguments import check_number
from jaxcnn.data import Dataset, LabeledImages, channel_moments, evenly_spaced

MAX_FILES = 5_000


@dataclasses.dataclass(frozen=True)
class Normalization:
    """Per-channel normalization of inputs: subtract a mean, divide by a standard deviation.

    The mean and the standard deviation are those of pixels scaled to [0, 1]. If both are empty, as
    for tokens, inputs are unchanged.

    Attributes:
        mean: One number per channel, as any sequence.
        std: One positive number per channel, as any sequence.

    Raises:
        TypeError: If `mean` or `std` is not a sequence of numbers.
        ValueError: If their lengths differ, a number is not finite, or a `std` is not positive.

    Example:
        >>> image = jnp.array([0, 255], jnp.uint8).reshape(1, 1, 2, 1)
        >>> Normalization((0.5,), (0.25,))(image).ravel().tolist()
        [-2.0, 2.0]
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            # A frozen dataclass can only be set through `object`; arguments are stored converted.
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        if len(self.mean) != len(self.std):
            raise ValueError(
                f"std: expected {len(self.mean)} numbers like mean, got {len(self.std)}"
            )

    @classmethod
    def of(cls, dataset: LabeledImages) -> "Normalization":
        """Compute the mean and the standard deviation of a data set's pixels; for tokens, none.

        If the data set consists of files, at most 5,000 evenly spaced ones are read. A channel that
        never varies gets a standard deviation of 1.
        """
        if dataset.kind == "tokens":
            return cls((), ())
        if isinstance(dataset, Dataset):
            images = dataset.images
        else:
            images = dataset.read(evenly_spaced(len(dataset), MAX_FILES))
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
        if not self.mean:
            return images
        scale = 255.0 if images.dtype == jnp.uint8 else 1.0
        mean, std = (jnp.array(values, jnp.float32) for values in (self.mean, self.std))
        return (images.astype(jnp.float32) / scale - mean) / std


def _numbers(name: str, values: Iterable[float]) -> tuple[float, ...]:
    """Convert numbers to Python floats, or raise."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected one number per channel, got {values!r}")
    numbers = tuple(values)
    for number in numbers:
        check_number(name, number, above=0 if name == "std" else None)
    return tuple(map(float, numbers))


IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""The normalization by ImageNet's training images, which torchvision's weights expect."""
