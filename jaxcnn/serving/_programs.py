"""`Programs`: a network compiled for batches of several sizes."""

import time
from collections.abc import Callable

import jax
import numpy as np

from jaxcnn.inference import CompiledNetwork, Network
from jaxcnn.serving._batch_sizes import best_first_sizes, powers_of_two

REPEATS = 3
"""Timed calls per batch size, of which the fastest counts."""

DTYPES = {
    "images": (np.uint8, np.float32),
    "signals": (np.float32, np.uint8),
    "volumes": (np.float32, np.uint8),
    "tokens": (np.int32,),
}
"""The dtypes for which a network is compiled, the usual one first."""


class Programs:
    """A network that is compiled for batches of 1, 2, 4, ... inputs.

    Args:
        network: The network.
        max_batch: The largest batch.

    Attributes:
        seconds: The time of a batch by its size.
    """

    def __init__(self, network: Network, max_batch: int) -> None:
        self.network, self.max_batch = network, max_batch
        self._compiled: dict[int, CompiledNetwork] = {}
        self._first_sizes: tuple[int, ...] = ()
        self.seconds: dict[int, float] = {}
        self._predictions = jax.jit(network.task.predictions)

    def compile(self, is_wanted: Callable[[], bool]) -> None:
        """Compile all programs, call them once, and measure how long each size takes.

        Args:
            is_wanted: A function that is asked before each size; False ends the work.
        """
        for size in powers_of_two(self.max_batch):
            if not is_wanted():
                return
            self._compiled[size] = self.network.compile(batch_size=size)
            for dtype in DTYPES[self.network.kind]:
                self.predict(np.zeros((size, *self.network.input_shape), dtype))
            usual = np.zeros((size, *self.network.input_shape), DTYPES[self.network.kind][0])
            self.seconds[size] = min(self._seconds(usual) for _ in range(REPEATS))
        self._first_sizes = best_first_sizes(self.seconds)

    def size_for(self, waiting: int) -> int:
        """Return the size of the next batch if so many examples wait."""
        return self._first_sizes[min(waiting, self.max_batch)]

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Predict one batch that has a compiled size.

        Args:
            inputs: ``(size, *input_shape)``, checked, in one of `DTYPES`.

        Returns:
            ``(size, classes)`` float32: probabilities, or for a regression the numbers.
        """
        logits = self._compiled[len(inputs)].logits(inputs)
        return np.asarray(self._predictions(logits))

    def _seconds(self, inputs: np.ndarray) -> float:
        began = time.perf_counter()
        self.predict(inputs)
        return time.perf_counter() - began
