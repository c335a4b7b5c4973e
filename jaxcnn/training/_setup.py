"""Prepare a training: network, optimizer, training step and batches, from a plan."""

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.typing import ArrayLike

from jaxcnn._support.arrays import without_device
from jaxcnn.architecture import build, check_built
from jaxcnn.data import (
    Augmentation,
    Dataset,
    LabeledBatches,
    LabeledImages,
    Loss,
    SingleLabel,
    balanced_order,
    epoch_order,
)
from jaxcnn.inference import (
    Network,
    Normalization,
    batch_mesh,
    functionalize,
    loss_per_example,
    spread_channels,
)
from jaxcnn.layers import Layer, initialize_from_data, needs_data
from jaxcnn.training._batches import Batches, ResidentBatches, StreamedBatches
from jaxcnn.training._class_weights import check_sampler, class_weights_for
from jaxcnn.training._freezing import held_apply, held_arrays
from jaxcnn.training._host_order import MANY, host_epoch_order
from jaxcnn.training._iterated_batches import IteratedBatches
from jaxcnn.training._learning_step import LearningStep
from jaxcnn.training._mesh import training_mesh
from jaxcnn.training._norms import record_norms
from jaxcnn.training._placement import Placement, where_built
from jaxcnn.training._plan import Plan, batch_size_of
from jaxcnn.training._state import TrainState

IMAGES_FOR_INITIALIZATION = 5_000


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
        TypeError: If `init_from` has the wrong type, or `tx` or `loss` returns something wrong.
        ValueError: If the model, the training set and the plan do not fit together.
    """
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


def fresh_network(
    model: Layer | nnx.Module, train: LabeledImages, plan: Plan, key: Array
) -> Network:
    """Build the untrained network; layers that need data are initialized from training images.

    Its `pictures` are None: whoever trains it measures them, once per training set.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The training set.
        plan: The options; `normalization` and `init_from` are used.
        key: The key of the initial weights.
    """
    start = plan.init_from
    known = start if isinstance(start, Network) else None
    normalization = plan.normalization or (known and known.normalization) or Normalization.of(train)
    normalization = spread_channels(normalization, train.kind, train.input_shape)
    architecture = model if isinstance(model, Layer) else None
    if start is not None:
        if architecture is None:
            raise TypeError(
                "init_from: expected None with a model that is a module already, got "
                f"{type(start).__name__}"
            )
        module = start.module if isinstance(start, Network) else start
        check_built("init_from", module, architecture, train.input_shape)
    elif isinstance(model, Layer):
        build_key, sample_key = jax.random.split(key)
        module = build(model, train.input_shape, rngs=nnx.Rngs(build_key))
        if needs_data(module):
            order = epoch_order(sample_key, 0, len(train))[:IMAGES_FOR_INITIALIZATION]
            images = train.read(np.asarray(order))
            initialize_from_data(module, normalization(jnp.asarray(images)))
    else:
        module = model
    apply, variables = functionalize(module)
    # Else the text of the step, and so its checkpoints, would depend on where weights came from.
    variables = jax.tree.map(without_device, variables)
    network = Network(
        apply,
        variables,
        normalization,
        train.input_shape,
        train.class_names,
        architecture,
        train.task,
        train.kind,
        preprocessing=train.preprocessing,
        origin=known.origin if known else None,
    )
    _check_outputs(network, train)
    return network


def _check_outputs(network: Network, train: LabeledImages) -> None:
    outputs = network.output_shape
    if outputs != (train.num_classes,):
        hint = " (put a Flatten or a GlobalAvgPool before the last layer)" * (len(outputs) > 1)
        if len(outputs) == 1:
            hint = _gap_hint(train, outputs[0]) or _last_layer_hint(train)
        raise ValueError(
            f"model: expected one output for each of the {train.num_classes} "
            f"{train.task.outputs_in_words}, "
            f"got outputs of shape {outputs} for one input{hint}"
        )


def _last_layer_hint(train: LabeledImages) -> str:
    what = "class" if train.task.has_classes else "number"
    return f" (one output per {what}: end with Dense({train.num_classes}))"


def _gap_hint(train: LabeledImages, outputs: int) -> str:
    """Return a hint if a model has no outputs for the numbers that no label has; else nothing."""
    is_unnamed = train.class_names == tuple(map(str, range(train.num_classes)))
    used = np.unique(train.labels)
    if train.task != SingleLabel() or not is_unnamed or len(used) != outputs:
        return ""
    return (
        f" (the labels are {outputs} numbers from {used[0]} to {used[-1]}, but classes are "
        "numbered from 0: np.unique(labels, return_inverse=True)[1] does that)"
    )


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
