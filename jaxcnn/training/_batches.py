"""Feed training steps with batches, from the device's memory or from streamed files."""

import dataclasses
import itertools
from collections.abc import Generator, Iterator
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import PartitionSpec

from jaxcnn.data import Dataset, ImageFiles, LabeledSequence, stream_batches
from jaxcnn.inference import (
    BATCH,
    blank_batch,
    first_copy,
    own_share,
    replicate,
    share_size,
    split_batch,
)
from jaxcnn.training._learning_step import Examples, LearningStep, Step
from jaxcnn.training._plan import batch_size_of


class Batches(Protocol):
    """A training set bound to the step that learns from it."""

    @property
    def learn(self) -> LearningStep:
        """The training step, as a function of arrays."""
        ...

    def step(self) -> Step:
        """Return the step over all devices, not yet compiled."""
        ...

    def example(self) -> tuple[Any, ...]:
        """Return arguments of the step after the state, to trace it."""
        ...

    def epoch(self, epoch: int, steps: int, start: int = 0) -> Generator[tuple[Any, ...]]:
        """Yield the step's arguments after the state, one tuple for each step from `start`."""
        ...


@dataclasses.dataclass(frozen=True, eq=False)
class ResidentBatches:
    """A data set in the memory of each device; a step takes its batch from there by position.

    Attributes:
        learn: The training step.
        images: ``(N, H, W, C)``, in the stored dtype: uint8 takes a quarter of float32's memory.
        labels: In the form of the task, for single labels ``(N,)``.
        weights: The weights of the examples in the loss, ``(N,)``; None: all weights are 1.
        key: The key from which the order of the examples and their augmentation derive.
    """

    learn: LearningStep
    images: Array
    labels: Array
    weights: Array | None
    key: Array

    @classmethod
    def put(cls, dataset: Dataset, key: Array, learn: LearningStep) -> "ResidentBatches":
        """Copy a data set to all devices of the step's mesh."""
        weights = None if dataset.weights is None else jnp.asarray(dataset.weights)
        data = jnp.asarray(dataset.images), jnp.asarray(dataset.labels), weights, key
        return cls(learn, *(data if learn.mesh.size == 1 else replicate(learn.mesh, data)))

    def step(self) -> Step:
        """Return the step over all devices, not yet compiled."""
        return self.learn.over_devices(self.share_at, (PartitionSpec(),) * 7)

    def example(self) -> tuple[Any, ...]:
        """Return arguments of the step after the state, to trace it."""
        return next(self.epoch(0, 1))  # also compiles the shuffling of an epoch

    def epoch(self, epoch: int, steps: int, start: int = 0) -> Generator[tuple[Any, ...]]:
        """Yield the step's arguments after the state, one tuple for each step from `start`."""
        order, data = self._order(epoch), (self.images, self.labels, self.weights)
        for position in range(start, steps):
            yield *data, self.key, order, np.int32(position), np.int32(epoch)

    def _order(self, epoch: int) -> Array:
        """Compute the order of an epoch on one device, and copy it to all."""
        order, mesh = self.learn.order(first_copy(self.key), epoch), self.learn.mesh
        return order if mesh.size == 1 else replicate(mesh, order)

    def share_at(
        self,
        images: Array,
        labels: Array,
        weights: Array | None,
        key: Array,
        order: Array,
        position: Array,
        epoch: Array,
    ) -> tuple[Any, ...]:
        """Take batch number `position` of the epoch, as the step's arguments after the state.

        On several devices, each of them calls this for its share of the batch.
        """
        learn = self.learn

        def take(numbers: Array) -> Examples:
            indices = learn.indices(order, numbers)
            weight = None if weights is None else weights[indices]
            return Examples(images[indices], labels[indices], numbers, weight)

        device = 0 if learn.mesh.size == 1 else jax.lax.axis_index(BATCH)
        positions, where = positions_per_device(learn)
        where = None if where is None else jnp.asarray(where)[device]
        positions = position * batch_size_of(learn.plan) + jnp.asarray(positions)[device]
        examples = take(learn.numbers(order, positions))
        partners = None
        if learn.mixes:
            partners = take(learn.partner_indices(key, epoch, examples.indices, len(labels)))
        return examples, partners, where, key, epoch


@dataclasses.dataclass(frozen=True, eq=False)
class StreamedBatches:
    """Examples that are read in the background; a step gets them as arguments.

    Of several processes, each reads the examples of its own devices.

    Attributes:
        learn: The training step.
        files: The training set.
        key: The key from which the order of the examples and their augmentation derive.
    """

    learn: LearningStep
    files: ImageFiles | LabeledSequence
    key: Array

    @classmethod
    def put(
        cls, files: ImageFiles | LabeledSequence, key: Array, learn: LearningStep
    ) -> "StreamedBatches":
        """Copy the key to all devices of the step's mesh."""
        return cls(learn, files, key if learn.mesh.size == 1 else replicate(learn.mesh, key))

    def step(self) -> Step:
        """Return the step over all devices, not yet compiled."""
        return shared_step(self.learn)

    def example(self) -> tuple[Any, ...]:
        """Return arguments of the step, without reading an example."""
        positions, where = own_positions(self.learn)
        numbers = positions.astype(np.int32)
        examples = self._example(numbers, numbers, blank_batch(self.files, len(numbers)))
        return self._arguments(examples, examples if self.learn.mixes else None, where, 0)

    def epoch(self, epoch: int, steps: int, start: int = 0) -> Generator[tuple[Any, ...]]:
        """Yield the step's arguments after the state, one tuple for each step from `start`."""
        learn = self.learn
        order: Any = np.asarray(learn.order(first_copy(self.key), epoch))
        positions, where = own_positions(learn)
        first = batch_size_of(learn.plan) * np.arange(start, steps, dtype=np.int32)[:, None]
        in_epoch: Any = first + positions.astype(np.int32)
        numbers: Any = learn.numbers(order, in_epoch)
        examples, partners = self._examples(order, numbers), itertools.repeat(None)
        if learn.mixes:
            partners = self._examples(order, self._partner_numbers(epoch, numbers))
        del order, in_epoch, numbers  # they are large if there are millions of examples
        for batch in zip(examples, partners, itertools.repeat(where), strict=False):
            yield self._arguments(*batch, epoch)

    def _arguments(self, examples: Any, partners: Any, where: Any, epoch: int) -> tuple[Any, ...]:
        batch, mesh = (examples, partners, where), self.learn.mesh
        on_devices = batch if mesh.size == 1 else split_batch(mesh, batch)
        return *on_devices, self.key, np.int32(epoch)

    def _examples(self, order: Any, numbers: Any) -> Iterator[Examples]:
        """Read the examples of each batch that `numbers` stand for."""
        indices = np.asarray(self.learn.indices(order, numbers))
        return itertools.starmap(
            self._example, zip(numbers, indices, stream_batches(self.files, indices), strict=True)
        )

    def _example(self, numbers: np.ndarray, indices: np.ndarray, images: np.ndarray) -> Examples:
        files = self.files
        weights = None if files.weights is None else files.weights[indices]
        # These are host arrays until `epoch` puts them on the devices.
        examples: Any = (images, files.labels[indices], numbers, weights)
        return Examples(*examples)

    def _partner_numbers(self, epoch: int, numbers: np.ndarray) -> np.ndarray:
        key = first_copy(self.key)
        partners = self.learn.partner_indices(key, epoch, numbers.ravel(), len(self.files))
        return np.asarray(partners).reshape(numbers.shape)


def shared_step(learn: LearningStep) -> Step:
    """Return the step over all devices, each of which gets its share of a batch as arguments."""
    everywhere, shared = PartitionSpec(), PartitionSpec(BATCH)
    specs = shared, shared, shared, everywhere, everywhere
    return learn.over_devices(lambda *batch: batch, specs)


def own_positions(learn: LearningStep) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the positions in a batch for this process's devices, ``(n,)``, and their mask."""
    positions, where = positions_per_device(learn)
    where = None if where is None else own_share(learn.mesh, where.ravel())
    return own_share(learn.mesh, positions.ravel()), where


def positions_per_device(learn: LearningStep) -> tuple[np.ndarray, np.ndarray | None]:
    """Assign the positions of a batch to the devices.

    The devices share every micro-batch, so that a micro-batch has the same examples on any number
    of devices.

    Returns:
        The positions, ``(devices, share)``, one micro-batch after the other; and a mask of the same
        shape, False for padded examples, or None if there are none.
    """
    devices, pieces = learn.mesh.size, learn.plan.accumulate_steps
    piece = batch_size_of(learn.plan) // pieces
    share = share_size(piece, learn.mesh)
    within = np.arange(devices * share).reshape(devices, 1, share)
    first = piece * np.arange(pieces)[:, None]
    # A micro-batch is padded with copies of its last example, which the mask excludes.
    positions = (first + np.minimum(within, piece - 1)).reshape(devices, -1)
    where = np.repeat(within < piece, pieces, axis=1).reshape(positions.shape)
    return positions, None if where.all() else where
