"""The same networks, each in a library's own way; one short file a library."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from _networks import CLASSES, IMAGE


class Trainer(NamedTuple):
    """A network that is ready to be trained on one batch, over and over.

    Attributes:
        parameters: Number of trained numbers.
        train: Takes so many steps, waits for the last one and gives its loss.
    """

    parameters: int
    train: Callable[[int], float]


def batch(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Images ``(N, H, W, C)`` and labels ``(N,)``, the same for all."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((size, *IMAGE), np.float32)
    return images, rng.integers(0, CLASSES, size, np.int32)


def repeat(step: Callable[[], Any], loss: Callable[[Any], float]) -> Callable[[int], float]:
    """`Trainer.train` of a step that keeps its state to itself and gives some form of its loss."""

    def train(steps: int) -> float:
        result = None
        for _ in range(steps):
            result = step()
        return loss(result)

    return train
