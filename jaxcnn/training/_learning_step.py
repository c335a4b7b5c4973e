"""What one training step does with its examples, whichever way they come."""

import dataclasses
from typing import NamedTuple

import optax
from jax import Array
from jax.sharding import Mesh
from jax.typing import ArrayLike

from jaxcnn.data import Augmentation, Loss, Task
from jaxcnn.inference import BATCH, Apply, Metrics, Normalization
from jaxcnn.training._optimizers import learning_rate
from jaxcnn.training._plan import Plan
from jaxcnn.training._state import Mixing, TrainState
from jaxcnn.training._step import train_step


class StepResult(NamedTuple):
    """What the host reads of a step: its metrics, and its learning rate if it is known."""

    metrics: Metrics
    learning_rate: Array | None


class Examples(NamedTuple):
    """Some examples of a training set, as they are stored.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: In the form of the task, for single labels ``(N,)``.
        indices: ``(N,)``, their places in the set.
    """

    images: Array
    labels: Array
    indices: Array


@dataclasses.dataclass(frozen=True, eq=False)
class LearningStep:
    """Everything in a training step that is not an array.

    Attributes:
        apply: The network's pure function.
        tx: The optimizer.
        loss: Loss per example.
        task: What the labels mean.
        augmentation: How images are varied; None: not at all.
        normalization: What is done to pixels before they are fed in.
        mesh: The devices that share a batch.
        plan: The other options.
    """

    apply: Apply
    tx: optax.GradientTransformation
    loss: Loss
    task: Task
    augmentation: Augmentation | None
    normalization: Normalization
    mesh: Mesh
    plan: Plan

    def __call__(
        self,
        state: TrainState,
        own: Examples,
        others: Examples | None,
        where: Array | None,
        key: Array,
        epoch: Array,
    ) -> tuple[TrainState, StepResult]:
        """Augment, normalize and learn from a batch, or a device's share of it.

        Args:
            state: The state before the step.
            own: The batch.
            others: What is mixed into its images; None where the augmentation mixes nothing.
            where: ``(N,)``, False for examples that only fill up the batch; None: all count.
            key: The run's key for data, that augmentation comes from.
            epoch: Number of the epoch.
        """
        images, mixing = self._augment(own, key, epoch), None
        if others is not None and self.augmentation is not None:
            images, share = self.augmentation.mix(
                images,
                self._augment(others, key, epoch),
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
            task=self.task,
            axis_name=None if self.mesh.size == 1 else BATCH,
            accumulate_steps=self.plan.accumulate_steps,
            dtype=self.plan.dtype,
            ema_decay=self.plan.ema_decay,
        )
        return state, StepResult(metrics, learning_rate(state.opt_state))

    @property
    def mixes(self) -> bool:
        """Whether a step mixes other examples into its own."""
        return self.augmentation is not None and self.augmentation.mixes

    def partners(self, key: Array, epoch: ArrayLike, indices: ArrayLike, examples: int) -> Array:
        """Draw the places of the examples that are mixed into those at `indices`."""
        assert self.augmentation is not None  # as it is where something is mixed
        return self.augmentation.partners(key=key, epoch=epoch, indices=indices, examples=examples)

    def _augment(self, examples: Examples, key: Array, epoch: Array) -> Array:
        if self.augmentation is None:
            return examples.images
        return self.augmentation.apply(
            examples.images, key=key, epoch=epoch, indices=examples.indices
        )
