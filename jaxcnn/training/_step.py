"""One training step, as a pure function: the gradient of a batch's mean loss, and the update."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import optax
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn._support.collectives import is_varying, sum_over_devices, varying
from jaxcnn.data import Loss, SingleLabel, Task
from jaxcnn.inference import (
    Apply,
    Metrics,
    Variables,
    batch_metrics,
    loss_per_example,
    sum_over_axis,
)
from jaxcnn.training._averages import moving_average
from jaxcnn.training._distillation import takes_images
from jaxcnn.training._freezing import NOTHING, Held
from jaxcnn.training._state import Batch, Mixing, TrainState


class Gradients(NamedTuple):
    """The gradients of a batch, or one device's share of them, with its statistics and metrics.

    Attributes:
        params: The gradient of the mean loss, a tree like the trained parameters.
        batch_stats: The running statistics after the batch.
        metrics: Sums over the examples.
    """

    params: nnx.State
    batch_stats: nnx.State
    metrics: Metrics


def gradients(
    variables: Variables,
    batch: Batch,
    key: Array,
    *,
    divisor: Array,
    apply: Apply,
    loss: Loss,
    task: Task,
    axis_name: str | None,
    dtype: DTypeLike | None,
    held: Held,
) -> Gradients:
    """Compute the gradient of a batch's mean loss, or the part that some examples contribute.

    Args:
        variables: The network's parameters and running statistics. With `axis_name`, parameters
            that count as different on each device, from `varying`.
        batch: Some or all examples of the batch.
        key: Randomness for dropout.
        divisor: The divisor of the mean loss: the number of examples in the whole batch, or the sum
            of their weights.
        apply: The network's pure function.
        loss: Loss per example.
        task: What the labels mean.
        axis_name: The mesh axis along which the batch is split; None if the batch is not split.
        dtype: The dtype in which the network computes; None means that of the weights.
        held: The arrays that stay; there is no gradient of frozen weights.
    """
    mode = {
        "train": True,
        "key": key,
        "where": batch.where,
        "axis_name": axis_name,
        "dtype": dtype,
    }

    def share_of_mean(trained):
        params = held.whole(trained, variables.params)
        logits, batch_stats = apply(Variables(params, variables.batch_stats), batch.images, **mode)
        losses = _losses(task, loss, logits, batch)
        metrics = batch_metrics(task, logits, losses, batch.main_labels, batch.where)
        weighted = _weighted_losses(task, loss, logits, batch, losses)
        return weighted.sum(where=batch.where) / divisor, (batch_stats, metrics)

    trained = held.trained(variables.params)
    found, (batch_stats, metrics) = jax.grad(share_of_mean, has_aux=True)(trained)
    return Gradients(found, held.kept(batch_stats, variables.batch_stats), metrics)


def accumulate_gradients(
    gradients_of: Callable[[Variables, Batch, Array], Gradients],
    variables: Variables,
    batch: Batch,
    key: Array,
    pieces: int,
    held: Held,
) -> Gradients:
    """Sum the gradients of micro-batches of equal size, only one of which is in memory at a time.

    Args:
        gradients_of: A function that returns the part of the batch's gradients that a micro-batch
            contributes.
        variables: The network's arrays. Each micro-batch starts with the running statistics that
            the one before left.
        batch: The batch.
        key: Randomness for dropout.
        pieces: Number of micro-batches.
        held: The arrays that stay, which have no gradients.
    """
    if len(batch.labels) % pieces:
        raise ValueError(
            f"accumulate_steps: expected a number that divides the {len(batch.labels)} examples, "
            f"got {pieces}"
        )

    def add(so_far: tuple[nnx.State, nnx.State], piece: tuple[Array, Batch]):
        total, batch_stats = so_far
        number, part = piece
        found = gradients_of(
            Variables(variables.params, batch_stats), part, jax.random.fold_in(key, number)
        )
        total = jax.tree.map(jnp.add, total, found.params)
        return (total, found.batch_stats), found.metrics

    start = jax.tree.map(jnp.zeros_like, held.trained(variables.params)), variables.batch_stats
    parts = jax.tree.map(lambda array: array.reshape(pieces, -1, *array.shape[1:]), batch)
    (total, batch_stats), metrics = jax.lax.scan(add, start, (jnp.arange(pieces), parts))
    return Gradients(total, batch_stats, jax.tree.map(lambda sums: sums.sum(axis=0), metrics))


def _losses(
    task: Task, loss: Loss, logits: Array, batch: Batch, share: Array | None = None
) -> Array:
    """Return the losses ``(N,)``; `share` replaces the share of the own image in mixed ones."""
    if takes_images(loss):
        loss = partial(cast(Callable[..., Array], loss), images=batch.images)
    if batch.mixing is None:
        return loss_per_example(loss, logits, batch.labels)
    share = batch.mixing.share if share is None else share
    checked = partial(loss_per_example, loss)
    return task.mixed_losses(checked, logits, batch.labels, batch.mixing.labels, share)


def _weighted_losses(task: Task, loss: Loss, logits: Array, batch: Batch, losses: Array) -> Array:
    """Return the weighted losses ``(N,)``; each of two mixed labels has its own weight."""
    weights = batch.mixed_weights
    if weights is None:
        return losses
    if batch.mixing is not None and batch.weights is not None and task.has_classes:
        share = batch.mixing.share * batch.weights / jnp.where(weights > 0, weights, 1)
        losses = _losses(task, loss, logits, batch, share)
    return weights * losses


def train_step(
    state: TrainState,
    images: Array,
    labels: Array,
    where: Array | None = None,
    mixing: Mixing | None = None,
    *,
    apply: Apply,
    tx: optax.GradientTransformation,
    loss: Loss,
    task: Task = SingleLabel(),
    axis_name: str | None = None,
    accumulate_steps: int = 1,
    dtype: DTypeLike | None = None,
    ema_decay: float | None = None,
    weights: Array | None = None,
) -> tuple[TrainState, Metrics]:
    """Train on one batch: forward pass, loss, backward pass and update of the weights.

    Use it to write a custom training loop; `fit` is the loop that comes with the library. The
    function is pure. Compile it with ``jax.jit(partial(train_step, apply=..., tx=..., loss=...))``.

    Under `jax.shard_map`, each device gets its share of the images, labels and `where`, and all
    devices get the same state. With `axis_name`, each device then returns the result for the whole
    batch.

    Args:
        state: The state before the step.
        images: Images ``(N, H, W, C)``, augmented and normalized.
        labels: Labels in the form of the task, such as ``(N,)`` integers for single labels.
        where: ``(N,)`` booleans, False for padded examples. None means that no example is padded.
        mixing: The labels and proportions of images that mixup or cutmix mixed into the batch. None
            means that nothing was mixed in.
        apply: The network's pure function, from `functionalize`.
        tx: The optimizer. If its update takes the argument `value`, as for
            `optax.contrib.reduce_on_plateau`, the mean loss is passed.
        loss: A function ``loss(outputs, labels)`` that returns one loss per example. If it has an
            argument `images`, it gets the images, too.
        task: What the labels mean.
        axis_name: The mesh axis along which the batch is split; None if the batch is not split.
        accumulate_steps: Number of micro-batches into which the batch is split, to save memory.
            With several devices, each device splits its own share into this number of
            micro-batches. All micro-batches have equal size. The gradients of the micro-batches add
            up to the gradients of the batch, except that batch norm uses the statistics of each
            micro-batch.
        dtype: The dtype in which the network computes, such as ``jnp.bfloat16``. The weights, their
            updates, the loss and the statistics of batch norm keep their dtypes. None means the
            dtype of the weights.
        ema_decay: Decay of the moving average in ``state.ema``, in [0, 1); with None, the average
            does not change.
        weights: ``(N,)``, how much each example counts in the loss that is minimized, the weighted
            mean ``sum(weights * losses) / sum(weights)`` over the whole batch. None means that all
            count equally. The metrics are not weighted.

    Returns:
        A pair: the `TrainState` after the step, and the `Metrics` of the batch before the update.

    Raises:
        ValueError: If `accumulate_steps` does not divide the number of examples.
    """
    batch = Batch(images, labels, where, mixing, weights)
    found = batch_gradients(
        state,
        batch,
        apply=apply,
        loss=loss,
        task=task,
        axis_name=axis_name,
        accumulate_steps=accumulate_steps,
        dtype=dtype,
    )
    return update_state(state, found, tx=tx, ema_decay=ema_decay), found.metrics


def batch_gradients(
    state: TrainState,
    batch: Batch,
    *,
    apply: Apply,
    loss: Loss,
    task: Task,
    axis_name: str | None,
    accumulate_steps: int,
    dtype: DTypeLike | None,
    held: Held = NOTHING,
) -> Gradients:
    """Compute the gradients of a batch, as `train_step` does; the optimizer's state is not read."""
    key = jax.random.fold_in(state.key, state.step)
    divisor = sum_over_axis(batch.total_weight(), axis_name)
    if batch.weights is not None:
        divisor = jnp.where(divisor > 0, divisor, 1)  # a batch of weights 0 has no gradient
    gradients_of = partial(
        gradients,
        divisor=divisor,
        apply=apply,
        loss=loss,
        task=task,
        axis_name=axis_name,
        dtype=dtype,
        held=held,
    )
    # Each device differentiates the part of the mean that its own examples contribute. All parts
    # are then summed at once.
    before = state.variables
    if axis_name is not None:
        before = before._replace(params=varying(before.params, axis_name))
    if accumulate_steps == 1:
        found = gradients_of(before, batch, key)
    else:
        found = accumulate_gradients(gradients_of, before, batch, key, accumulate_steps, held)
    if axis_name is None:
        return found
    return _sum_of_shares(found, held.trained(state.params), axis_name)


def _sum_of_shares(found: Gradients, params: nnx.State, axis_name: str) -> Gradients:
    """Sum gradients and metrics over the devices, but for parameters that these have split."""
    leaves, treedef = jax.tree.flatten(found.params)
    whole = [i for i, leaf in enumerate(jax.tree.leaves(params)) if not is_varying(leaf, axis_name)]
    sums, metrics = sum_over_devices(([leaves[i] for i in whole], found.metrics), axis_name)
    for i, total in zip(whole, sums, strict=True):
        leaves[i] = total
    return Gradients(jax.tree.unflatten(treedef, leaves), found.batch_stats, metrics)


def update_state(
    state: TrainState,
    found: Gradients,
    *,
    tx: optax.GradientTransformation,
    ema_decay: float | None,
    held: Held = NOTHING,
) -> TrainState:
    """Return the state after the update that follows from a batch's gradients."""
    metrics, trained = found.metrics, held.trained(state.params)
    updates, opt_state = optax.with_extra_args_support(tx).update(
        found.params, state.opt_state, trained, value=metrics.loss / metrics.examples
    )
    trained = cast(nnx.State, optax.apply_updates(trained, updates))
    variables = Variables(held.whole(trained, state.params), found.batch_stats)
    averaged = state.ema
    if averaged is not None and ema_decay is not None:
        moved = moving_average(held.moving(averaged), held.moving(variables), state.step, ema_decay)
        averaged = held.resting(moved, averaged)
    return TrainState(*variables, opt_state, step=state.step + 1, key=state.key, ema=averaged)
