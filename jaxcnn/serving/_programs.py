"""`Programs`: a network compiled for batches of several sizes."""

import time
from collections.abc import Callable

import numpy as np
from jax import Array
from numpy.typing import DTypeLike

from jaxcnn.inference import Network, compile_predictions
from jaxcnn.serving._batch_sizes import best_first_sizes, powers_of_two

ROUNDS, MAX_MEASURING_S = 10, 3.0
"""Timed calls per batch size, of which the fastest counts; after so many seconds, none begin."""

DTYPES = {
    "images": (np.uint8, np.float32),
    "signals": (np.float32, np.uint8),
    "volumes": (np.float32, np.uint8),
    "tokens": (np.int32,),
}
"""The dtypes for which a network is compiled, the usual one first."""


class Programs:
    """A network that is compiled for batches of 1, 2, 4, ... inputs of each dtype.

    Args:
        network: The network.
        max_batch: The largest batch.

    Attributes:
        seconds: The time of a batch by its size.
    """

    def __init__(self, network: Network, max_batch: int) -> None:
        self.network, self.max_batch = network, max_batch
        self._compiled: dict[tuple[int, np.dtype], Callable[[np.ndarray], Array]] = {}
        self._first_sizes: tuple[int, ...] = ()
        self.seconds: dict[int, float] = {}

    def compile(self, is_wanted: Callable[[], bool]) -> None:
        """Compile all programs, call them once, and measure how long each size takes.

        Args:
            is_wanted: A function that is asked before each size; False ends the work.
        """
        for size in powers_of_two(self.max_batch):
            if not is_wanted():
                return
            for dtype in map(np.dtype, DTYPES[self.network.kind]):
                self._compiled[size, dtype] = compile_predictions(self.network, size, dtype)
                self.predict(self._zeros(size, dtype))
        self._measure()
        self._first_sizes = best_first_sizes(self.seconds)

    def _measure(self) -> None:
        """Measure each size in several rounds, so that no disturbance meets all rounds of one."""
        ends = time.perf_counter() + MAX_MEASURING_S
        usual = DTYPES[self.network.kind][0]
        for _ in range(ROUNDS):
            for size in powers_of_two(self.max_batch):
                began = time.perf_counter()
                self.predict(self._zeros(size, usual))
                seconds = time.perf_counter() - began
                self.seconds[size] = min(seconds, self.seconds.get(size, seconds))
            if time.perf_counter() > ends:
                return

    def _zeros(self, size: int, dtype: DTypeLike) -> np.ndarray:
        return np.zeros((size, *self.network.input_shape), dtype)

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
        return np.asarray(self._compiled[len(inputs), inputs.dtype](inputs))
