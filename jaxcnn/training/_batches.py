"""Where a training step's examples come from: the device's memory, or files."""

import dataclasses
import itertools
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import PartitionSpec

from jaxcnn.data import Dataset, ImageFiles, LabeledImages, epoch_order, stream_batches
from jaxcnn.inference import BATCH, over_devices, replicate, share_size, split_batch
from jaxcnn.training._learning_step import Examples, LearningStep, StepResult
from jaxcnn.training._state import TrainState

Step = Callable[..., tuple[TrainState, StepResult]]
"""A function of a state and of what `Batches.epoch` yields."""


class Batches(Protocol):
    """A training set bound to the step that learns from it."""

    def step(self) -> Step:
        """Return the step over all devices, not compiled yet."""
        ...

    def epoch(self, epoch: int, steps: int) -> Generator[tuple[Any, ...]]:
        """Yield the arguments behind the state, for each step of an epoch."""
        ...


@dataclasses.dataclass(frozen=True, eq=False)
class ResidentBatches:
    """A set that lives on each device as it is stored; a step is told which examples to take.

    Attributes:
        learn: The step.
        images: ``(N, H, W, C)``; uint8 takes a quarter of float32.
        labels: In the form of the task, for single labels ``(N,)``.
        key: What the order of examples and their augmentation come from.
    """

    learn: LearningStep
    images: Array
    labels: Array
    key: Array

    @classmethod
    def put(cls, dataset: Dataset, key: Array, learn: LearningStep) -> "ResidentBatches":
        """Copy a set to all devices of the step's mesh."""
        data = jnp.asarray(dataset.images), jnp.asarray(dataset.labels), key
        return cls(learn, *(data if learn.mesh.size == 1 else replicate(learn.mesh, data)))

    def step(self) -> Step:
        """Return the step; see `Batches.step`."""
        everywhere = PartitionSpec()
        return over_devices(self.learn.mesh, self.learn_at, everywhere, everywhere)

    def epoch(self, epoch: int, steps: int) -> Generator[tuple[Any, ...]]:
        """Yield the steps' arguments; see `Batches.epoch`."""
        order = epoch_order(self.key, epoch, len(self.labels))
        for position in range(steps):
            yield self.images, self.labels, self.key, order, np.int32(position), np.int32(epoch)

    def learn_at(
        self,
        state: TrainState,
        images: Array,
        labels: Array,
        key: Array,
        order: Array,
        position: Array,
        epoch: Array,
    ) -> tuple[TrainState, StepResult]:
        """Learn from the epoch's batch number `position`.

        With several devices this is what each of them does with its share of the batch.
        """

        def take(indices: Array) -> Examples:
            return Examples(images[indices], labels[indices], indices)

        learn = self.learn
        device = 0 if learn.mesh.size == 1 else jax.lax.axis_index(BATCH)
        places, where = shares(learn)
        where = None if where is None else jnp.asarray(where)[device]
        own = take(order[position * learn.plan.batch_size + jnp.asarray(places)[device]])
        others = None
        if learn.mixes:
            others = take(learn.partners(key, epoch, own.indices, len(labels)))
        return learn(state, own, others, where, key, epoch)


@dataclasses.dataclass(frozen=True, eq=False)
class StreamedBatches:
    """Files that are decoded ahead of the device; a step is handed its examples.

    Attributes:
        learn: The step.
        files: The set.
        key: What the order of examples and their augmentation come from.
    """

    learn: LearningStep
    files: ImageFiles
    key: Array

    @classmethod
    def put(cls, files: ImageFiles, key: Array, learn: LearningStep) -> "StreamedBatches":
        """Copy the key to all devices of the step's mesh."""
        return cls(learn, files, key if learn.mesh.size == 1 else replicate(learn.mesh, key))

    def step(self) -> Step:
        """Return the step; see `Batches.step`."""
        everywhere, shared = PartitionSpec(), PartitionSpec(BATCH)
        specs = everywhere, shared, shared, shared, everywhere, everywhere
        return over_devices(self.learn.mesh, self.learn, specs, everywhere)

    def epoch(self, epoch: int, steps: int) -> Generator[tuple[Any, ...]]:
        """Yield the steps' arguments; see `Batches.epoch`."""
        learn = self.learn
        order = np.asarray(epoch_order(self.key, epoch, len(self.files)))
        places, where = shares(learn)
        where = None if where is None else where.ravel()
        indices = order[learn.plan.batch_size * np.arange(steps)[:, None] + places.ravel()]
        own, others = self._examples(indices), itertools.repeat(None)
        if learn.mixes:
            others = self._examples(self._partners(epoch, indices))
        for batch in zip(own, others, itertools.repeat(where), strict=False):
            on_devices = batch if learn.mesh.size == 1 else split_batch(learn.mesh, batch)
            yield *on_devices, self.key, np.int32(epoch)

    def _examples(self, indices: np.ndarray) -> Iterator[Examples]:
        for batch, images in zip(indices, stream_batches(self.files, indices), strict=True):
            # Host arrays, which `epoch` puts on the devices.
            examples: Any = (images, self.files.labels[batch], batch)
            yield Examples(*examples)

    def _partners(self, epoch: int, indices: np.ndarray) -> np.ndarray:
        partners = self.learn.partners(self.key, epoch, indices.ravel(), len(self.files))
        return np.asarray(partners).reshape(indices.shape)


def batches_of(train: LabeledImages, key: Array, learn: LearningStep) -> Batches:
    """Bind a training set to a step, in the way that suits the set."""
    if isinstance(train, Dataset):
        return ResidentBatches.put(train, key, learn)
    return StreamedBatches.put(train, key, learn)


def shares(learn: LearningStep) -> tuple[np.ndarray, np.ndarray | None]:
    """Say which places of a batch each device takes.

    The devices share every piece of the batch, so that a piece holds the same examples on any
    number of them.

    Returns:
        The places, ``(devices, share)``, piece after piece; and which of them count, of the same
        shape: False for those that only fill up a piece. None: all do.
    """
    devices, pieces = learn.mesh.size, learn.plan.accumulate_steps
    piece = learn.plan.batch_size // pieces
    share = share_size(piece, learn.mesh)
    within = np.arange(devices * share).reshape(devices, 1, share)
    first = piece * np.arange(pieces)[:, None]
    # A piece is filled up with its last example, which counts once.
    places = (first + np.minimum(within, piece - 1)).reshape(devices, -1)
    where = np.repeat(within < piece, pieces, axis=1).reshape(places.shape)
    return places, None if where.all() else where
