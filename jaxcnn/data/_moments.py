"""The mean and standard deviation of pixels, channel by channel."""

import numpy as np
from numpy.typing import ArrayLike


def channel_moments(images: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, on the scale of [0, 1].

    Args:
        images: `(N, H, W, C)`, uint8 in 0..255, or floating point in [0, 1].

    Returns:
        The means `(C,)` and the standard deviations `(C,)`, float64.

    Example:
        >>> mean, std = channel_moments(np.array([0, 255], np.uint8).reshape(1, 1, 2, 1))
        >>> mean.tolist(), std.tolist()
        ([0.5], [0.5])
    """
    images = np.asarray(images)
    if images.dtype != np.uint8:
        axes = (0, 1, 2)
        return images.mean(axes, dtype=np.float64), images.std(axes, dtype=np.float64)
    # There are only 256 values: their counts give exact moments with no large float array.
    values = np.arange(256) / 255
    shares = [
        np.bincount(images[..., channel].ravel(), minlength=256) / images[..., channel].size
        for channel in range(images.shape[-1])
    ]
    mean = np.array([share @ values for share in shares])
    square = np.array([share @ values**2 for share in shares])
    return mean, np.sqrt(np.maximum(square - mean**2, 0))
