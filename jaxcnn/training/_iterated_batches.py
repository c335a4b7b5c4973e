"""Feed training steps with the batches of an iterable."""

import dataclasses
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
from jax import Array

from jaxcnn.data import LabeledBatches
from jaxcnn.inference import first_copy, replicate, split_batch
from jaxcnn.training._batches import own_positions, shared_step
from jaxcnn.training._learning_step import Examples, LearningStep, Step


@dataclasses.dataclass(frozen=True, eq=False)
class IteratedBatches:
    """Batches of an iterable; a step gets its examples as arguments.

    Of several processes, each takes whole batches, and keeps the examples of its own devices.

    Attributes:
        learn: The training step.
        train: The training set.
        stream: The batches, of which each epoch takes the next ones.
        key: The key from which augmentation derives.
    """

    learn: LearningStep
    train: LabeledBatches
    stream: Iterator[tuple[np.ndarray, np.ndarray]]
    key: Array

    @classmethod
    def put(cls, train: LabeledBatches, key: Array, learn: LearningStep) -> "IteratedBatches":
        """Copy the key to all devices of the step's mesh."""
        key = key if learn.mesh.size == 1 else replicate(learn.mesh, key)
        return cls(learn, train, iter(train), key)

    def step(self) -> Step:
        """Return the step over all devices, not yet compiled."""
        return shared_step(self.learn)

    def example(self) -> tuple[Any, ...]:
        """Return arguments of the step, without taking a batch of the iterable."""
        sample = self.train.sample
        return self._arguments(sample.images, sample.labels, 0, 0)

    def epoch(self, epoch: int, steps: int, start: int = 0) -> Generator[tuple[Any, ...]]:
        """Yield the step's arguments after the state, one tuple for each step from `start`."""
        for position in range(start, steps):
            yield self._arguments(*next(self.stream), position, epoch)

    def _arguments(
        self, images: np.ndarray, labels: np.ndarray, position: int, epoch: int
    ) -> tuple[Any, ...]:
        learn, size = self.learn, len(labels)
        positions, where = own_positions(learn)
        numbers, partners = positions.astype(np.int32), None

        def take(within: np.ndarray) -> Examples:
            # These are host arrays until they are put on the devices.
            examples: Any = (images[within], labels[within], np.int32(position * size) + within)
            return Examples(*examples)

        examples = take(numbers)
        if learn.mixes:  # with examples of the same batch
            key = first_copy(self.key)
            drawn = learn.partner_indices(key, epoch, examples.indices, size)
            partners = take(np.asarray(drawn))
        batch = (examples, partners, where)
        on_devices = batch if learn.mesh.size == 1 else split_batch(learn.mesh, batch)
        return *on_devices, self.key, np.int32(epoch)
