"""Train the same networks in other libraries; one short file per library."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from _networks import CLASSES, IMAGE


class Trainer(NamedTuple):
    """A network that is ready to be trained, repeatedly on one batch.

    Attributes:
        parameters: Number of trained parameters.
        train: Takes a number of steps, waits for the last one, and returns its loss.
    """

    parameters: int
    train: Callable[[int], float]


def batch(size: int, image: tuple[int, ...] = IMAGE) -> tuple[np.ndarray, np.ndarray]:
    """Draw images ``(N, H, W, C)`` and labels ``(N,)``, the same for all libraries."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((size, *image), np.float32)
    return images, rng.integers(0, CLASSES, size, np.int32)


def repeat(step: Callable[[], Any], loss: Callable[[Any], float]) -> Callable[[int], float]:
    """Make `Trainer.train` from a step with its own state and a function that reads its loss."""

    def train(steps: int) -> float:
        result = None
        for _ in range(steps):
            result = step()
        return loss(result)

    return train
