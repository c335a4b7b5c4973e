"""Prepare a training: network, optimizer, training step and batches, from a plan."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn.data import (
    Augmentation,
    Dataset,
    LabeledBatches,
    LabeledImages,
    Loss,
    balanced_order,
    epoch_order,
)
from jaxcnn.distributed import check_started
from jaxcnn.inference import (
    Network,
    batch_mesh,
    loss_per_example,
)
from jaxcnn.layers import Layer
from jaxcnn.training._batches import Batches, ResidentBatches, StreamedBatches
from jaxcnn.training._class_weights import check_sampler, class_weights_for
from jaxcnn.training._freezing import held_apply, held_arrays
from jaxcnn.training._fresh_network import fresh_network
from jaxcnn.training._host_order import MANY, host_epoch_order
from jaxcnn.training._iterated_batches import IteratedBatches
from jaxcnn.training._learning_step import LearningStep
from jaxcnn.training._mesh import training_mesh
from jaxcnn.training._norms import record_norms
from jaxcnn.training._placement import Placement, where_built
from jaxcnn.training._plan import Plan, batch_size_of
from jaxcnn.training._state import TrainState


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingSetup:
    """Everything that a training needs before its first step.

    Attributes:
        plan: The options, with a batch size.
        network: The untrained network.
        learn: The training step.
        batches: The training set, bound to the step.
        state: The state before the first step, in whole arrays.
        steps: Number of steps per epoch.
        settings: The options and the training set's name and size, as plain data.
    """

    plan: Plan
    network: Network
    learn: LearningStep
    batches: Batches
    state: TrainState
    steps: int
    settings: Mapping[str, Any]

    def copy_for_step(self, state: TrainState) -> TrainState:
        """Copy a state to all devices of the compiled step, which overwrites its memory."""
        return self.placement.put(state)

    @property
    def placement(self) -> Placement:
        """The placement of the training's state on the devices."""
        return self.learn.placement


def set_up_training(
    model: Layer | nnx.Module,
    train: LabeledImages | LabeledBatches,
    plan: Plan,
    *,
    everywhere: bool = False,
) -> TrainingSetup:
    """Build the network, the optimizer, the training step and its batches.

    Args:
        model: An architecture, or an `nnx.Module`, checked by `check_sets`.
        train: The training set, checked by `check_sets`.
        plan: The options.
        everywhere: Whether the devices of all processes share each batch, or those of this one.

    Raises:
        RuntimeError: If `everywhere`, and there are other processes that this one has not joined.
        TypeError: If `init_from` has the wrong type, or `tx` or `loss` returns something wrong.
        ValueError: If the model, the training set and the plan do not fit together.
    """
    if everywhere:
        check_started()
    sample = train.sample if isinstance(train, LabeledBatches) else train
    plan = plan.for_set(len(sample))
    if sample.weights is not None and not sample.weights.any():
        raise ValueError("train: expected weights above 0, got only zeros")
    steps = len(train) // batch_size_of(plan)
    _check_draws(plan, train)
    optimizer = plan.optimizer(plan.epochs * steps, sample.task)
    loss = _loss(plan, sample)
    # This raises for a wrong number of devices before anything slow.
    devices = batch_mesh(plan.devices, everywhere=everywhere).size
    building = partial(where_built, is_split=plan.shard is not None and devices > 1)
    order, class_weights = _order(plan, sample), class_weights_for(plan.class_weights, train)
    init_key, data_key, train_key = run_keys(plan.seed)
    with building():
        network = fresh_network(model, sample, plan, init_key)
    held = held_arrays(plan.freeze, network.module)
    learn = LearningStep(
        apply=held_apply(network, held),
        tx=record_norms(optimizer) if plan.log_norms else optimizer,
        loss=loss,
        task=sample.task,
        augmentation=_augmentation(plan, sample),
        normalization=network.normalization,
        mesh=training_mesh(plan, network, everywhere),
        plan=plan,
        order=order,
        class_weights=class_weights,
        held=held,
        steps=steps,
    )
    has_average = plan.ema_decay is not None or plan.swa_start is not None
    with building():
        state = TrainState.create(
            network.variables, tx=held.of_trained(learn.tx), key=train_key, ema=has_average
        )
    state = learn.placement.at_rest(state)
    network = network.with_variables(state.variables)
    settings = {
        "training_set": train.name,
        "training_images": len(train),
        **plan.to_dict(),
        "devices": learn.mesh.size,
        "x64": bool(jax.config.jax_enable_x64),  # pyright: ignore[reportAttributeAccessIssue]
    }
    if learn.mesh.is_multi_process:
        settings["processes"] = jax.process_count()
    batches = _batches(train, data_key, learn)
    return TrainingSetup(plan, network, learn, batches, state, steps, settings)


def _loss(plan: Plan, train: LabeledImages) -> Loss:
    """Return the loss; raise if a custom one does not return a number per example."""
    if plan.loss is None:
        return train.task.default_loss(plan.label_smoothing)
    outputs, examples = train.num_classes, batch_size_of(plan)
    labels = (examples, *train.task.label_shape(outputs))
    losses = jax.eval_shape(
        partial(loss_per_example, plan.loss),
        jax.ShapeDtypeStruct((examples, outputs), jnp.float32),
        jax.ShapeDtypeStruct(labels, train.task.label_dtype),
    )
    if not jnp.issubdtype(losses.dtype, jnp.floating):
        raise TypeError(
            f"loss: expected a function that returns floating-point numbers, got {losses.dtype}, "
            "which cannot be differentiated"
        )
    return plan.loss


def run_keys(seed: int) -> tuple[Array, Array, Array]:
    """Derive a run's three keys: for the initial weights, the data, and the training steps.

    The second key decides the order of the examples and their augmentation.
    """
    init_key, data_key, train_key = jax.random.split(jax.random.key(seed), 3)
    return init_key, data_key, train_key


def _augmentation(plan: Plan, train: LabeledImages) -> Augmentation | None:
    """Return the augmentation; None for inputs that are not images, which are never augmented."""
    if plan.augmentation is not None:
        plan.augmentation.check_takes(train.kind)
    return plan.augmentation or Augmentation() if train.kind == "images" else None


def _order(plan: Plan, train: LabeledImages) -> Callable[[Array, ArrayLike], Any]:
    """Return the function of a key and an epoch that returns the order of the examples."""
    check_sampler(plan.sampler, train)
    if plan.sampler == "balanced":
        return jax.jit(partial(balanced_order, labels=train.labels))
    are_streamed = not isinstance(train, Dataset)
    order = host_epoch_order if are_streamed and len(train) >= MANY else epoch_order
    return partial(order, n=len(train))


def _check_draws(plan: Plan, train: LabeledImages | LabeledBatches) -> None:
    """Raise if an option needs all labels, and the batches of an iterable are not known yet."""
    for name in ("sampler", "class_weights"):
        if isinstance(train, LabeledBatches) and getattr(plan, name) == "balanced":
            raise ValueError(
                f"{name}: expected no 'balanced', which needs all labels, for an iterable of "
                "batches, got 'balanced'"
            )


def _batches(train: LabeledImages | LabeledBatches, key: Array, learn: LearningStep) -> Batches:
    """Bind a training set to a step: resident in memory, or streamed."""
    if isinstance(train, Dataset):
        return ResidentBatches.put(train, key, learn)
    if isinstance(train, LabeledBatches):
        return IteratedBatches.put(train, key, learn)
    return StreamedBatches.put(train, key, learn)
