"""Normalize stored pixels per channel, before a network takes them."""

import dataclasses
from collections.abc import Iterable, Mapping, Set
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_number
from jaxcnn.data import Dataset, Kind, LabeledImages, channel_moments, evenly_spaced

MAX_FILES = 5_000


@dataclasses.dataclass(frozen=True)
class Normalization:
    """Per-channel normalization of inputs: subtract a mean, divide by a standard deviation.

    The mean and the standard deviation are statistics of pixels scaled to [0, 1]. If `mean` and
    `std` are empty, as for tokens, inputs are unchanged.

    Attributes:
        mean: One number per channel, as any sequence such as a NumPy array, or one number for all
            channels.
        std: One positive number per channel, or one number for all channels.

    Raises:
        TypeError: If `mean` or `std` contains anything but numbers.
        ValueError: If `mean` and `std` differ in length, a number is not finite in float32, or a
            `std` is not positive.

    Example:
        >>> image = jnp.array([0, 255], jnp.uint8).reshape(1, 1, 2, 1)
        >>> Normalization((0.5,), (0.25,))(image).ravel().tolist()
        [-2.0, 2.0]
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __init__(self, mean: ArrayLike | Iterable[float], std: ArrayLike | Iterable[float]):
        # A frozen dataclass can only be set through `object`; arguments are stored converted.
        object.__setattr__(self, "mean", _numbers("mean", mean))
        object.__setattr__(self, "std", _numbers("std", std))
        if len(self.mean) != len(self.std):
            raise ValueError(
                f"std: expected {len(self.mean)} numbers like mean, got {len(self.std)}"
            )

    @classmethod
    def of(cls, dataset: LabeledImages) -> "Normalization":
        """Compute the mean and the standard deviation of a data set's pixels; tokens have neither.

        If the data set consists of files, at most 5,000 evenly spaced files are read. A channel
        that never varies gets a standard deviation of 1.
        """
        if dataset.kind == "tokens":
            return cls((), ())
        if isinstance(dataset, Dataset):
            images = dataset.images
        else:
            images = dataset.read(evenly_spaced(len(dataset), MAX_FILES))
        mean, std = channel_moments(images)
        # What float32 cannot tell from a constant is rounding.
        varies = std > np.maximum(_EPSILON * np.abs(mean), SMALLEST)
        return cls(mean, np.where(varies, std, 1.0))

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


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    """Convert numbers to Python floats, or raise."""
    if hasattr(values, "__array__"):
        values = np.asarray(values).tolist()
    if isinstance(values, str | Set | Mapping):
        raise TypeError(f"{name}: expected a list of one number per channel, got {values!r}")
    numbers = tuple(values) if isinstance(values, Iterable) else (values,)
    for number in numbers:
        check_number(name, number, above=0 if name == "std" else None)
        if not (abs(number) <= LARGEST and (number == 0 or abs(number) >= SMALLEST)):
            raise ValueError(f"{name}: expected numbers within float32, got {number}")
    return tuple(map(float, numbers))


_EPSILON = float(np.finfo(np.float32).eps)
SMALLEST, LARGEST = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)
"""The range of positive float32 numbers, in which pixels are normalized."""


def spread_channels(
    normalization: Normalization, kind: Kind, input_shape: tuple[int, ...]
) -> Normalization:
    """Return a normalization with one number per channel of inputs of this kind and shape.

    A single mean and standard deviation are repeated for all channels.

    Raises:
        ValueError: If the normalization has the wrong number of channels. For tokens, if it is not
            empty. For images, if a mean or a standard deviation is above 1.
    """
    mean, std = normalization.mean, normalization.std
    channels = 0 if kind == "tokens" else input_shape[-1]
    if len(mean) not in (1, channels) or (not channels and mean):
        raise ValueError(
            f"normalization: expected {channels} means and standard deviations, one per channel, "
            f"got {len(mean)}"
        )
    largest = max((*mean, *std), default=0.0)
    if kind == "images" and largest > 1:
        raise ValueError(
            "normalization: expected the mean and std of pixels from 0 to 1, got "
            f"{largest:g} (on the scale of 0 to 255 divide both by 255)"
        )
    if len(mean) == channels:
        return normalization
    return Normalization(mean * channels, std * channels)


IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""The normalization by ImageNet's training images, which torchvision's weights expect."""
