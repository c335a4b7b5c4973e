"""Augment, normalize and learn from one batch, resident or streamed."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import jax.numpy as jnp
import optax
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jax.typing import ArrayLike

from jaxcnn.data import Augmentation, Loss, Task
from jaxcnn.inference import BATCH, Apply, Metrics, Normalization, over_devices
from jaxcnn.training._averages import average_epochs
from jaxcnn.training._freezing import NOTHING, Held
from jaxcnn.training._optimizers import learning_rate
from jaxcnn.training._placement import Placement, ShardedApply
from jaxcnn.training._plan import Plan
from jaxcnn.training._state import Batch, Mixing, TrainState
from jaxcnn.training._step import Gradients, batch_gradients, update_state


class StepResult(NamedTuple):
    """The metrics of a step that the host reads, and its learning rate (None if unknown)."""

    metrics: Metrics
    learning_rate: Array | None


Step = Callable[..., tuple[TrainState, StepResult]]
"""A function of a `TrainState` and of the arguments that `Batches.epoch` yields."""


class Examples(NamedTuple):
    """Examples of a training set, as stored: before augmentation and normalization.

    Attributes:
        images: ``(N, H, W, C)``.
        labels: In the form of the task, for single labels ``(N,)``.
        indices: ``(N,)`` integers, the positions of the examples in the set, or in the epoch if a
            sampler draws an example several times: what their augmentation depends on.
        weights: ``(N,)``, the weights of the examples in the loss; None: all weights are 1.
    """

    images: Array
    labels: Array
    indices: Array
    weights: Array | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class LearningStep:
    """One training step as a function of arrays; its fields are everything that is not an array.

    Attributes:
        apply: The network's pure function.
        tx: The optimizer.
        loss: A function ``loss(outputs, labels)`` that returns one loss per example.
        task: What the labels mean.
        augmentation: Random changes of the images; None: no changes.
        normalization: How pixels are scaled before they enter the network.
        mesh: The devices that share a batch.
        plan: The other options.
        order: A function of a key and the number of an epoch that returns the
            order of the examples.
        class_weights: The weight of each class in the loss; None: all weights are 1.
        held: The arrays that the step does not change.
        steps: Number of steps per epoch, of which stochastic weight averaging takes the last.
    """

    apply: Apply
    tx: optax.GradientTransformation
    loss: Loss
    task: Task
    augmentation: Augmentation | None
    normalization: Normalization
    mesh: Mesh
    plan: Plan
    steps: int
    order: Callable[[Array, ArrayLike], Array]
    class_weights: tuple[float, ...] | None = None
    held: Held = NOTHING

    def __call__(
        self,
        state: TrainState,
        examples: Examples,
        partners: Examples | None,
        where: Array | None,
        key: Array,
        epoch: Array,
    ) -> tuple[TrainState, StepResult]:
        """Augment, normalize and learn from a batch, or from one device's share of it.

        The arguments are those of `gradients`.

        Returns:
            The state after the step, and the metrics of the batch before the update.
        """
        return self.update(state, self.gradients(state, examples, partners, where, key, epoch))

    def gradients(
        self,
        state: TrainState,
        examples: Examples,
        partners: Examples | None,
        where: Array | None,
        key: Array,
        epoch: Array,
    ) -> Gradients:
        """Augment and normalize a batch, or one device's share of it, and differentiate its loss.

        Args:
            state: The state before the step.
            examples: The batch.
            partners: The examples that mixup or cutmix mixes into the batch; None: no mixing.
            where: ``(N,)`` booleans, False for padded examples; None: there are none.
            key: The run's data key, from which augmentation derives.
            epoch: Number of the epoch, from 0.
        """
        images, mixing = self._augment(examples, key, epoch), None
        if partners is not None and self.augmentation is not None:
            images, share = self.augmentation.mix(
                images,
                self._augment(partners, key, epoch),
                key=key,
                epoch=epoch,
                indices=examples.indices,
            )
            mixing = Mixing(partners.labels, share, self._weights(partners))
        images = self.normalization(images)
        return batch_gradients(
            state,
            Batch(images, examples.labels, where, mixing, self._weights(examples)),
            apply=self.apply,
            loss=self.loss,
            task=self.task,
            axis_name=None if self.mesh.size == 1 else BATCH,
            accumulate_steps=self.plan.accumulate_steps,
            dtype=self.plan.dtype,
            held=self.held,
        )

    def update(self, state: TrainState, found: Gradients) -> tuple[TrainState, StepResult]:
        """Return the state after the update of the weights, and the metrics of the batch."""
        state = update_state(
            state, found, tx=self.tx, ema_decay=self.plan.ema_decay, held=self.held
        )
        if self.plan.swa_start is not None:
            state = average_epochs(state, self.plan.swa_start, self.steps, self.held)
        return state, StepResult(found.metrics, learning_rate(state.opt_state))

    def over_devices(self, share: Callable[..., tuple[Any, ...]], specs: Sequence[Any]) -> Step:
        """Return the step over all devices, as a function of a state and of further arguments.

        Args:
            share: A function of these arguments, called on each device, that returns the arguments
                of `gradients` after the state.
            specs: How the arguments are split over the devices.
        """
        if not self.placement.is_split:

            def whole(state: TrainState, *arguments: Any) -> tuple[TrainState, StepResult]:
                return self(state, *share(*arguments))

            return over_devices(self.mesh, whole, (PartitionSpec(), *specs), PartitionSpec())

        def step(state: TrainState, *arguments: Any) -> tuple[TrainState, StepResult]:
            read = dataclasses.replace(state, opt_state=(), ema=None)
            split = self.placement.specs(read)
            learn = dataclasses.replace(self, apply=ShardedApply.of(self.apply, split.params))

            def find(state: TrainState, *arguments: Any) -> Gradients:
                return learn.gradients(state, *share(*arguments))

            trained, everywhere = self.held.trained(split.params), PartitionSpec()
            found = over_devices(
                self.mesh,
                find,
                (split, *specs),
                Gradients(trained, cast(Any, everywhere), cast(Any, everywhere)),
            )(read, *arguments)
            # Outside `shard_map`: optimizers may need whole arrays, or norms of all of them. XLA
            # splits what they compute as the state is split.
            state, result = self.update(state, found)
            return self.placement.constrain(state), result

        return step

    @property
    def placement(self) -> Placement:
        """The placement of the training's state on the devices."""
        return Placement(self.mesh, self.plan.shard is not None and self.mesh.size > 1)

    @property
    def mixes(self) -> bool:
        """True if the augmentation mixes examples, as mixup and cutmix do."""
        return self.augmentation is not None and self.augmentation.mixes

    def numbers(self, order: Array, positions: Array) -> Array:
        """Return the numbers that stand for the examples at positions of the epoch.

        Without a sampler, they are the indices of the examples in the set. A sampler may draw an
        example several times, so the position itself is the number, by which it is augmented.
        """
        return order[positions] if self.plan.sampler is None else positions

    def indices(self, order: Array, numbers: Array) -> Array:
        """Return the indices in the set of the examples that `numbers` stand for."""
        return numbers if self.plan.sampler is None else order[numbers]

    def partner_indices(
        self, key: Array, epoch: ArrayLike, indices: ArrayLike, examples: int
    ) -> Array:
        """Draw the numbers of the examples to mix into those of the numbers `indices`."""
        assert self.augmentation is not None  # because `mixes` was checked before
        return self.augmentation.partners(key=key, epoch=epoch, indices=indices, examples=examples)

    def _weights(self, examples: Examples) -> Array | None:
        if self.class_weights is None:
            return examples.weights
        weights = jnp.asarray(self.class_weights, jnp.float32)[examples.labels]
        return weights if examples.weights is None else weights * examples.weights

    def _augment(self, examples: Examples, key: Array, epoch: Array) -> Array:
        if self.augmentation is None:
            return examples.images
        return self.augmentation.apply(
            examples.images, key=key, epoch=epoch, indices=examples.indices
        )
