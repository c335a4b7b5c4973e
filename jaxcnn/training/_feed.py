"""Where a training step's examples come from: the device's memory, or files."""

import dataclasses
import itertools
from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import PartitionSpec

from jaxcnn.data import Dataset, ImageFiles, LabelledImages, epoch_order, stream_batches
from jaxcnn.training._devices import BATCH, replicate, split_batch
from jaxcnn.training._recipe import DeviceData, Examples, Recipe, StepResult
from jaxcnn.training._state import TrainState

Step = Callable[..., tuple[TrainState, StepResult]]


class Feed(Protocol):
    """A training set in the form that a compiled step takes it."""

    def program(self, recipe: Recipe) -> Step:
        """The step over all devices: a function of a state and of what `epoch` yields."""
        ...

    def epoch(self, recipe: Recipe, epoch: int, steps: int) -> Generator[tuple[Any, ...]]:
        """The arguments behind the state, for each step of an epoch."""
        ...


@dataclasses.dataclass(frozen=True, eq=False)
class ResidentFeed:
    """A set that lives on each device; a step is told which examples to take."""

    data: DeviceData

    @classmethod
    def put(cls, dataset: Dataset, key: Array, recipe: Recipe) -> "ResidentFeed":
        """Copy a set to all devices of the recipe's mesh."""
        data = DeviceData(jnp.asarray(dataset.images), jnp.asarray(dataset.labels), key)
        return cls(data if recipe.mesh.size == 1 else replicate(recipe.mesh, data))

    def program(self, recipe: Recipe) -> Step:
        """The step; see `Feed.program`."""
        return recipe.over_devices(recipe.from_device_data, *[PartitionSpec()] * 4)

    def epoch(self, recipe: Recipe, epoch: int, steps: int) -> Generator[tuple[Any, ...]]:
        """The steps' arguments; see `Feed.epoch`."""
        del recipe
        order = epoch_order(self.data.key, epoch, len(self.data.labels))
        for position in range(steps):
            yield self.data, order, np.int32(position), np.int32(epoch)


@dataclasses.dataclass(frozen=True, eq=False)
class StreamFeed:
    """Files that are decoded ahead of the device; a step is handed its examples."""

    files: ImageFiles
    key: Array

    @classmethod
    def put(cls, files: ImageFiles, key: Array, recipe: Recipe) -> "StreamFeed":
        """Copy the key to all devices of the recipe's mesh."""
        return cls(files, key if recipe.mesh.size == 1 else replicate(recipe.mesh, key))

    def program(self, recipe: Recipe) -> Step:
        """The step; see `Feed.program`."""
        everywhere, shared = PartitionSpec(), PartitionSpec(BATCH)
        return recipe.over_devices(
            recipe.from_examples, shared, shared, shared, everywhere, everywhere
        )

    def epoch(self, recipe: Recipe, epoch: int, steps: int) -> Generator[tuple[Any, ...]]:
        """The steps' arguments; see `Feed.epoch`."""
        order = np.asarray(epoch_order(self.key, epoch, len(self.files)))
        places, where = recipe.shares()
        where = None if where is None else where.ravel()
        indices = order[recipe.batch_size * np.arange(steps)[:, None] + places.ravel()]
        own, others = self._examples(indices), itertools.repeat(None)
        if recipe.augmentation.mixes:
            others = self._examples(self._partners(recipe, epoch, indices))
        for batch in zip(own, others, itertools.repeat(where), strict=False):
            on_devices = batch if recipe.mesh.size == 1 else split_batch(recipe.mesh, batch)
            yield *on_devices, self.key, np.int32(epoch)

    def _examples(self, indices: np.ndarray) -> Iterator[Examples]:
        for batch, images in zip(indices, stream_batches(self.files, indices), strict=True):
            # Host arrays, which `epoch` puts on the devices.
            examples: Any = (batch, images, self.files.labels[batch])
            yield Examples(*examples)

    def _partners(self, recipe: Recipe, epoch: int, indices: np.ndarray) -> np.ndarray:
        partners = recipe.augmentation.partners(
            key=self.key, epoch=epoch, indices=indices.ravel(), examples=len(self.files)
        )
        return np.asarray(partners).reshape(indices.shape)


def feed_of(train: LabelledImages, key: Array, recipe: Recipe) -> Feed:
    """The feed that suits a training set."""
    if isinstance(train, Dataset):
        return ResidentFeed.put(train, key, recipe)
    return StreamFeed.put(train, key, recipe)
