"""How occlusion covers pictures where a run's answers are explained: on pages and by predict."""

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from jaxcnn.explain import occlusion
from jaxcnn.inference import Network

WINDOWS = 8
"""So many windows lie side by side along a picture; as many again lie half-way between them."""


def window_and_stride(sides: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What `occlusion` takes for pictures of this height and width.

    Example:
        >>> window_and_stride((32, 48))
        ((4, 6), (2, 3))
    """
    window = tuple(max(side // WINDOWS, 1) for side in sides)
    return window, tuple(max(side // 2, 1) for side in window)


def covered_by_the_mean(network: Network, images: Array) -> Array:
    """`occlusion` of each image's most probable class, by the training images' mean colour."""
    window, stride = window_and_stride(images.shape[1:3])
    mean = jnp.broadcast_to(jnp.asarray(network.normalization.mean), images.shape[1:])
    return occlusion(network, images, window=window, stride=stride, baseline=mean)


def covering_in_words(sides: Sequence[int], largest: Sequence[float]) -> str:
    """What covers, and what each map's largest value stands for: maps hide it by their scale.

    Args:
        sides: height and width of the pictures.
        largest: of each picture, the largest value of its map.

    Example:
        >>> covering_in_words((32, 32), [2.5]).split("; ")[1]
        'its largest value is a fall of the logit (the score before softmax) by 2.50.'
    """
    window = "×".join(map(str, window_and_stride(sides)[0]))
    falls = ", ".join(f"{value:.2f}" for value in largest)
    rows = ", row by row" if len(largest) > 1 else ""
    return (
        f"Occlusion covers {window} pixels at a time with the mean colour of the training images; "
        f"its largest value is a fall of the logit (the score before softmax) by {falls}{rows}."
    )
