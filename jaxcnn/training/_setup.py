"""Prepare a training: network, optimizer, training step and batches, from a plan."""

import dataclasses
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array
from jax.sharding import Mesh

from jaxcnn.architecture import build, check_built
from jaxcnn.data import Augmentation, LabeledImages, Loss, epoch_order
from jaxcnn.inference import (
    Network,
    Normalization,
    batch_mesh,
    check_dataset,
    check_same_classes,
    check_same_task,
    check_tokens,
    functionalize,
    loss_per_example,
    replicate,
    spread_channels,
)
from jaxcnn.layers import Layer, initialize_from_data, layer_hint, needs_data, takes_mask
from jaxcnn.training._batches import Batches, batches_of
from jaxcnn.training._learning_step import LearningStep
from jaxcnn.training._norms import record_norms
from jaxcnn.training._plan import Plan
from jaxcnn.training._state import TrainState
from jaxcnn.training._validation_metrics import try_metrics

IMAGES_FOR_INITIALIZATION = 5_000


@dataclasses.dataclass(frozen=True, eq=False)
class TrainingSetup:
    """Everything that a training needs before its first step.

    Attributes:
        plan: The options.
        network: The untrained network.
        learn: The training step.
        batches: The training set, bound to the step.
        state: The state before the first step, on one device.
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
        copy, mesh = jax.tree.map(jnp.copy, state), self.learn.mesh
        return copy if mesh.size == 1 else replicate(mesh, copy)


def set_up_training(model: Layer | nnx.Module, train: LabeledImages, plan: Plan) -> TrainingSetup:
    """Build the network, the optimizer, the training step and its batches.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The training set, checked by `check_sets`.
        plan: The options.

    Raises:
        TypeError: If `model` or `init_from` has the wrong type, or `tx` or `loss` returns something
            wrong.
        ValueError: If the model, the training set and the plan do not fit together.
    """
    _check_size(plan, train)
    steps = len(train) // plan.batch_size
    optimizer = plan.optimizer(plan.epochs * steps, train.task)
    loss = _loss(plan, train)
    batch_mesh(plan.devices)  # raises for a wrong number of devices before anything slow
    init_key, data_key, train_key = run_keys(plan.seed)
    network = fresh_network(model, train, plan, init_key)
    learn = LearningStep(
        apply=network.apply,
        tx=record_norms(optimizer) if plan.log_norms else optimizer,
        loss=loss,
        task=train.task,
        augmentation=_augmentation(plan, train),
        normalization=network.normalization,
        mesh=_mesh(plan, network),
        plan=plan,
    )
    state = TrainState.create(
        network.variables, tx=learn.tx, key=train_key, ema=plan.ema_decay is not None
    )
    settings = {
        "training_set": train.name,
        "training_images": len(train),
        **plan.to_dict(),
        "devices": learn.mesh.size,
        "x64": bool(jax.config.jax_enable_x64),  # pyright: ignore[reportAttributeAccessIssue]
    }
    batches = batches_of(train, data_key, learn)
    return TrainingSetup(plan, network, learn, batches, state, steps, settings)


def check_sets(
    model: Layer | nnx.Module,
    train: LabeledImages,
    validation: LabeledImages | None,
    plan: Plan | None = None,
) -> None:
    """Raise unless both sets are labeled, agree with each other, and suit model and plan."""
    check_dataset("train", train)
    architecture = model if isinstance(model, Layer) else None
    check_tokens("train", train, architecture)
    if validation is not None:
        check_dataset("validation", validation)
        _warn_of_one_set(train, validation)
        if validation.kind != train.kind:
            raise ValueError(f"validation: expected {train.kind}, got {validation.kind}")
        if validation.input_shape != train.input_shape:
            raise ValueError(
                f"validation: expected {train.kind} of shape {train.input_shape} like those of "
                f"`train`, got {validation.input_shape}"
            )
        check_tokens("validation", validation, architecture)
        check_same_task("validation", validation, train.task, train.num_classes)
        check_same_classes("validation", validation, train.class_names, "train")
    if plan is not None:
        try_metrics(plan.metrics or {}, validation)
    stopping = None if plan is None else plan.early_stopping
    if stopping is None:
        return
    accuracies = ("train_accuracy", "validation_accuracy")
    if stopping.monitor in accuracies and not train.task.has_classes:
        raise ValueError(
            f"early_stopping: expected a loss to monitor, because {train.task} has no accuracy, "
            f"got {stopping.monitor}"
        )
    if stopping.monitor.startswith("validation") and validation is None:
        raise ValueError(
            f"early_stopping: expected a validation set for {stopping.monitor}, got none"
        )


def _warn_of_one_set(train: LabeledImages, validation: LabeledImages) -> None:
    if validation is train:
        warnings.warn(
            "validation: expected examples that are not trained on, got the training set itself "
            "(the metrics of validation then show how well the network memorizes)",
            stacklevel=5,  # the caller of `fit`
        )


def _check_size(plan: Plan, train: LabeledImages) -> None:
    """Raise if a batch is larger than the training set."""
    if plan.batch_size > len(train):
        raise ValueError(
            f"batch_size: expected at most the {len(train)} training examples, "
            f"got {plan.batch_size}"
        )


def _loss(plan: Plan, train: LabeledImages) -> Loss:
    """Return the loss; raise if a custom one does not return a number per example."""
    if plan.loss is None:
        return train.task.default_loss(plan.label_smoothing)
    outputs, examples = train.num_classes, plan.batch_size
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

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The training set.
        plan: The options; `normalization` and `init_from` are used.
        key: The key of the initial weights.
    """
    normalization = plan.normalization or Normalization.of(train)
    normalization = spread_channels(normalization, train.kind, train.input_shape)
    architecture = model if isinstance(model, Layer) else None
    if plan.init_from is not None:
        if architecture is None:
            raise TypeError(
                "init_from: expected None with a model that is a module already, got "
                f"{type(plan.init_from).__name__}"
            )
        check_built("init_from", plan.init_from, architecture, train.input_shape)
        module = plan.init_from
    elif isinstance(model, Layer):
        build_key, sample_key = jax.random.split(key)
        module = build(model, train.input_shape, rngs=nnx.Rngs(build_key))
        if needs_data(module):
            order = epoch_order(sample_key, 0, len(train))[:IMAGES_FOR_INITIALIZATION]
            images = train.read(np.asarray(order))
            initialize_from_data(module, normalization(jnp.asarray(images)))
    elif isinstance(model, nnx.Module):
        module = model
    else:
        raise TypeError(
            f"model: expected an architecture or an nnx.Module, got "
            f"{model!r:.200}{layer_hint(model)}"
        )
    apply, variables = functionalize(module)
    network = Network(
        apply,
        variables,
        normalization,
        train.input_shape,
        train.class_names,
        architecture,
        train.task,
        train.kind,
    )
    _check_outputs(network, train)
    return network


def _check_outputs(network: Network, train: LabeledImages) -> None:
    outputs = network.output_shape
    if outputs != (train.num_classes,):
        hint = " (put a Flatten or a GlobalAvgPool before the last layer)" * (len(outputs) > 1)
        if len(outputs) == 1:
            what = "class" if train.task.has_classes else "number"
            hint = f" (one output per {what}: end with Dense({train.num_classes}))"
        raise ValueError(
            f"model: expected one output for each of the {train.num_classes} "
            f"{train.task.outputs_in_words}, "
            f"got outputs of shape {outputs} for one input{hint}"
        )


def _augmentation(plan: Plan, train: LabeledImages) -> Augmentation | None:
    """Return the augmentation; None for inputs that are not images, which are never augmented."""
    if plan.augmentation is not None:
        plan.augmentation.check_takes(train.kind)
    return plan.augmentation or Augmentation() if train.kind == "images" else None


def _mesh(plan: Plan, network: Network) -> Mesh:
    """Return the mesh of the requested devices; by default, all devices that can share a batch."""
    mesh = batch_mesh(plan.devices)

    def fits(size: int) -> bool:
        return plan.batch_size % (size * plan.accumulate_steps) == 0

    if fits(mesh.size) or takes_mask(network.module):
        return mesh
    if plan.devices is None:
        return batch_mesh(max(filter(fits, range(1, mesh.size))))
    pieces = f" in {plan.accumulate_steps} pieces" if plan.accumulate_steps > 1 else ""
    raise ValueError(
        f"devices: expected a number that divides the batch size, {plan.batch_size}{pieces}, "
        f"got {plan.devices} (the model has a batch norm that cannot mask padded examples)"
    )
