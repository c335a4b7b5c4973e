"""`WaitingRequest`: a request for predictions, whose examples can be in several batches."""

import asyncio
import dataclasses
from typing import NamedTuple

import numpy as np


@dataclasses.dataclass(eq=False)
class WaitingRequest:
    """Inputs of one request, and the predictions that they have so far."""

    inputs: np.ndarray
    future: "asyncio.Future[np.ndarray]"
    arrived: float
    begun: int = 0
    parts: dict[int, np.ndarray] = dataclasses.field(default_factory=dict)
    """Predictions by the position of their first example: a later batch can be done earlier."""

    @property
    def left(self) -> int:
        """The number of examples that are in no batch yet."""
        return len(self.inputs) - self.begun

    @property
    def is_done(self) -> bool:
        """True if all predictions are there."""
        return sum(map(len, self.parts.values())) == len(self.inputs)

    @property
    def predictions(self) -> np.ndarray:
        """The predictions, in the order of the inputs."""
        return np.concatenate([self.parts[first] for first in sorted(self.parts)])


class Part(NamedTuple):
    """Examples of a request in a batch.

    Attributes:
        request: The request.
        first: The position of the first of these examples among those of the request.
        start: The position of the first in the batch.
        stop: The position after the last in the batch.
    """

    request: WaitingRequest
    first: int
    start: int
    stop: int
