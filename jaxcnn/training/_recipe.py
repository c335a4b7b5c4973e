"""What one step does with its batch: everything in a run that is not an array."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jax.typing import DTypeLike

from jaxcnn.data import Augmentation
from jaxcnn.training._batch import Mixing
from jaxcnn.training._devices import BATCH, share_size
from jaxcnn.training._gradients import Loss, Metrics
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._optimizer import learning_rate
from jaxcnn.training._pure import Apply
from jaxcnn.training._state import TrainState
from jaxcnn.training._step import train_step


class StepResult(NamedTuple):
    """What the host reads of a step: its metrics, and its learning rate if it is known."""

    metrics: Metrics
    learning_rate: Array | None


class Examples(NamedTuple):
    """Some examples of a training set, as they are stored.

    Attributes:
        indices: ``(N,)``, their places in the set.
        images: ``(N, H, W, C)``.
        labels: ``(N,)``; multilabel: ``(N, classes)``.
    """

    indices: Array
    images: Array
    labels: Array


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class DeviceData:
    """A training set that lives on each device, as it is stored: uint8 takes a quarter of float32.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: ``(N,)``; multilabel: ``(N, classes)``.
        key: what the order of examples and their augmentation come from.
    """

    images: Array
    labels: Array
    key: Array

    def take(self, indices: Array) -> Examples:
        """The examples at some places."""
        return Examples(indices, self.images[indices], self.labels[indices])


@dataclasses.dataclass(frozen=True, eq=False)
class Recipe:
    """Everything in a run that is not an array.

    Attributes:
        apply: the network's pure function.
        tx: the optimizer.
        loss: loss per example.
        augmentation: how images are varied.
        normalization: what is done to pixels before they are fed in.
        batch_size: images a step, those of all devices together.
        mesh: the devices that share them.
        microbatches: pieces that a batch is cut into, of one size.
        dtype: what the network computes in; None: what its weights are.
        average: decay of the running average of the weights; None: there is none.
    """

    apply: Apply
    tx: optax.GradientTransformation
    loss: Loss
    augmentation: Augmentation
    normalization: Normalization
    batch_size: int
    mesh: Mesh
    microbatches: int = 1
    dtype: DTypeLike | None = None
    average: float | None = None

    def shares(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Which places of a batch each device takes.

        The devices share every piece of the batch, so that a piece holds the same examples on any
        number of them.

        Returns:
            The places, ``(devices, share)``, piece after piece; and which of them count, of the
            same shape: False for those that only fill up a piece. None: all do.
        """
        piece = self.batch_size // self.microbatches
        share = share_size(piece, self.mesh)
        within = np.arange(self.mesh.size * share).reshape(self.mesh.size, 1, share)
        first = piece * np.arange(self.microbatches)[:, None]
        # A piece is filled up with its last example, which counts once.
        places = (first + np.minimum(within, piece - 1)).reshape(self.mesh.size, -1)
        where = np.repeat(within < piece, self.microbatches, axis=1).reshape(places.shape)
        return places, None if where.all() else where

    def from_device_data(
        self, state: TrainState, data: DeviceData, order: Array, position: Array, epoch: Array
    ) -> tuple[TrainState, StepResult]:
        """Learn from the epoch's batch number `position`.

        With several devices this is what each of them does with its share of the batch.
        """
        device = 0 if self.mesh.size == 1 else jax.lax.axis_index(BATCH)
        places, where = self.shares()
        where = None if where is None else jnp.asarray(where)[device]
        own = data.take(order[position * self.batch_size + jnp.asarray(places)[device]])
        others = None
        if self.augmentation.mixes:
            partners = self.augmentation.partners(
                key=data.key, epoch=epoch, indices=own.indices, examples=len(data.labels)
            )
            others = data.take(partners)
        return self.from_examples(state, own, others, where, data.key, epoch)

    def from_examples(
        self,
        state: TrainState,
        own: Examples,
        others: Examples | None,
        where: Array | None,
        key: Array,
        epoch: Array,
    ) -> tuple[TrainState, StepResult]:
        """Augment, normalise and learn from a batch, or a device's share of it.

        Args:
            state: the state before the step.
            own: the batch.
            others: what is mixed into its images; None where the augmentation mixes nothing.
            where: ``(N,)``, False for examples that only fill up the batch; None: all count.
            key: the run's, that augmentation comes from.
            epoch: number of the epoch.
        """
        images, mixing = self._varied(own, key, epoch), None
        if others is not None:
            images, share = self.augmentation.mix(
                images,
                self._varied(others, key, epoch),
                key=key,
                epoch=epoch,
                indices=own.indices,
            )
            mixing = Mixing(others.labels, share)
        state, metrics = train_step(
            state,
            self.normalization(images),
            own.labels,
            where,
            mixing,
            apply=self.apply,
            tx=self.tx,
            loss=self.loss,
            axis_name=None if self.mesh.size == 1 else BATCH,
            microbatches=self.microbatches,
            dtype=self.dtype,
            average=self.average,
        )
        return state, StepResult(metrics, learning_rate(state.opt_state))

    def _varied(self, examples: Examples, key: Array, epoch: Array) -> Array:
        return self.augmentation.apply(
            examples.images, key=key, epoch=epoch, indices=examples.indices
        )

    def over_devices(
        self, step: Callable[..., tuple[TrainState, StepResult]], *in_specs: PartitionSpec
    ) -> Callable[..., tuple[TrainState, StepResult]]:
        """One of the two steps above over all devices.

        Args:
            step: `from_device_data` or `from_examples`.
            in_specs: how each argument behind the state is spread.
        """
        if self.mesh.size == 1:
            return step
        everywhere = PartitionSpec()
        return jax.shard_map(
            step, mesh=self.mesh, in_specs=(everywhere, *in_specs), out_specs=everywhere
        )
