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

from jaxcnn.data import Loss, SingleLabel, Task
from jaxcnn.inference import (
    Apply,
    Metrics,
    Variables,
    batch_metrics,
    loss_per_example,
    sum_over_axis,
)
from jaxcnn.training._state import Batch, Mixing, TrainState


class Gradients(NamedTuple):
    """What comes of a batch.

    Attributes:
        params: The gradient of its mean loss, a tree like the parameters.
        batch_stats: The batch statistics after it.
        metrics: Sums over its examples.
    """

    params: nnx.State
    batch_stats: nnx.State
    metrics: Metrics


def gradients(
    variables: Variables,
    batch: Batch,
    key: Array,
    *,
    examples: Array,
    apply: Apply,
    loss: Loss,
    task: Task,
    axis_name: str | None,
    dtype: DTypeLike | None,
) -> Gradients:
    """Differentiate a mean loss over so many `examples`, of which `batch` holds some.

    For the other arguments, see `train_step`.
    """
    mode = {
        "train": True,
        "key": key,
        "where": batch.where,
        "axis_name": axis_name,
        "dtype": dtype,
    }

    def share_of_mean(params):
        logits, batch_stats = apply(Variables(params, variables.batch_stats), batch.images, **mode)
        losses = _losses(task, loss, logits, batch)
        metrics = batch_metrics(task, logits, losses, batch.main_labels, batch.where)
        return losses.sum(where=batch.where) / examples, (batch_stats, metrics)

    # On several devices each differentiates its own examples' part of the mean. The parameters
    # are the same on all of them, which `jax.shard_map` knows (check_vma), so that the transpose
    # of using them everywhere is the sum of the parts: the gradients come out summed.
    params, (batch_stats, metrics) = jax.grad(share_of_mean, has_aux=True)(variables.params)
    return Gradients(params, batch_stats, sum_over_axis(metrics, axis_name))


def piece_by_piece(
    gradients_of: Callable[[Variables, Batch, Array], Gradients],
    variables: Variables,
    batch: Batch,
    key: Array,
    pieces: int,
) -> Gradients:
    """Sum the gradients of equal pieces of a batch, of which one at a time is in memory.

    Args:
        gradients_of: The gradients of one piece, as a part of those of the whole.
        variables: The network's arrays; each piece begins with the last one's statistics.
        batch: The batch.
        key: Randomness for dropout.
        pieces: How many there are.
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

    start = jax.tree.map(jnp.zeros_like, variables.params), variables.batch_stats
    parts = jax.tree.map(lambda array: array.reshape(pieces, -1, *array.shape[1:]), batch)
    (total, batch_stats), metrics = jax.lax.scan(add, start, (jnp.arange(pieces), parts))
    return Gradients(total, batch_stats, jax.tree.map(lambda sums: sums.sum(axis=0), metrics))


def _losses(task: Task, loss: Loss, logits: Array, batch: Batch) -> Array:
    if batch.mixing is None:
        return loss_per_example(loss, logits, batch.labels)
    others, share = batch.mixing
    checked = partial(loss_per_example, loss)
    return task.mixed_losses(checked, logits, batch.labels, others, share)


def moving_average(
    average: Variables, variables: Variables, step: Array, decay: float
) -> Variables:
    r"""Move an exponential average towards the variables after update number `step`.

    :math:`a \leftarrow d\,a + (1 - d)\,w` with :math:`d = \min(decay, (1 + t) / (10 + t))`: early
    on, when the first weights are worth forgetting, the average is over fewer steps.

    Source: Polyak and Juditsky 1992; the warm-up is that of TensorFlow's
    ``ExponentialMovingAverage``.

    Args:
        average: the average so far.
        variables: parameters and batch statistics; what is not floating point is taken as it is.
        step: number of updates before this one.
        decay: how much of the average stays, in [0, 1).
    """
    kept = jnp.minimum(decay, (1 + step) / (10 + step))

    def move(old: Array, new: Array) -> Array:
        if not jnp.issubdtype(new.dtype, jnp.floating):
            return new
        return (kept * old + (1 - kept) * new).astype(new.dtype)

    return jax.tree.map(move, average, variables)


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
) -> tuple[TrainState, Metrics]:
    """Forward, loss, backward, update: one step of gradient descent on the mean loss of a batch.

    Pure, so it goes under `jax.jit`: ``jax.jit(partial(train_step, apply=..., tx=..., loss=...))``.
    Under `jax.shard_map`, each device is given its share of the images, labels and `where`, and
    all of them the same state; with `axis_name`, each then gives back the same as one device with
    the whole batch.

    Args:
        state: the state before the step.
        images: ``(N, H, W, C)``, as the network takes them.
        labels: in the form of the task, for single labels ``(N,)`` integers.
        where: ``(N,)``, False for examples that only fill up the batch; None: all count.
        mixing: what was mixed into the images; None: nothing.
        apply: the network's pure function, from `functionalize`.
        tx: the optimizer. One that asks for a `value` (`optax.contrib.reduce_on_plateau`) is
            given the mean loss.
        loss: loss per example.
        task: what the labels mean.
        axis_name: the mesh axis over which the batch is cut; None if it is whole.
        accumulate_steps: pieces to cut the batch (or each device's share of it) into, of which one
            at a time is in memory; they must be of one size. Their gradients add up to those of the
            whole, but for batch norm, whose statistics are those of a piece.
        dtype: what the network computes in, such as ``jnp.bfloat16``; the weights, their updates,
            the loss and batch norm's statistics stay as they are. None: what the weights are.
        ema_decay: decay of the running average in ``state.ema``; None: it stays as it is.

    Returns:
        The state after the step, and the metrics of the batch before the update.
    """
    batch = Batch(images, labels, where, mixing)
    key = jax.random.fold_in(state.key, state.step)
    examples = sum_over_axis(batch.how_many(), axis_name)
    gradients_of = partial(
        gradients,
        examples=examples,
        apply=apply,
        loss=loss,
        task=task,
        axis_name=axis_name,
        dtype=dtype,
    )
    if accumulate_steps == 1:
        found = gradients_of(state.variables, batch, key)
    else:
        found = piece_by_piece(gradients_of, state.variables, batch, key, accumulate_steps)
    metrics = found.metrics
    updates, opt_state = optax.with_extra_args_support(tx).update(
        found.params, state.opt_state, state.params, value=metrics.loss / metrics.examples
    )
    params = cast(nnx.State, optax.apply_updates(state.params, updates))
    variables = Variables(params, found.batch_stats)
    averaged = state.ema
    if averaged is not None and ema_decay is not None:
        averaged = moving_average(averaged, variables, state.step, ema_decay)
    new_state = TrainState(*variables, opt_state, step=state.step + 1, key=state.key, ema=averaged)
    return new_state, metrics
