"""One training step, as a pure function."""

from functools import partial
from typing import cast

import jax
import optax
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn.data import Loss, SingleLabel, Task
from jaxcnn.inference import Apply, Metrics, Variables, sum_over_axis
from jaxcnn.training._average import moving_average
from jaxcnn.training._batch import Batch, Mixing
from jaxcnn.training._gradients import gradients, piece_by_piece
from jaxcnn.training._state import TrainState


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
    microbatches: int = 1,
    dtype: DTypeLike | None = None,
    average: float | None = None,
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
        apply: the network's pure function, from `purify`.
        tx: the optimizer. One that asks for a `value` (`optax.contrib.reduce_on_plateau`) is
            given the mean loss.
        loss: loss per example.
        task: what the labels mean.
        axis_name: the mesh axis over which the batch is cut; None if it is whole.
        microbatches: pieces to cut the batch (or each device's share of it) into, of which one at
            a time is in memory; they must be of one size. Their gradients add up to those of the
            whole, but for batch norm, whose statistics are those of a piece.
        dtype: what the network computes in, such as ``jnp.bfloat16``; the weights, their updates,
            the loss and batch norm's statistics stay as they are. None: what the weights are.
        average: decay of the running average in ``state.average``; None: it stays as it is.

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
    if microbatches == 1:
        found = gradients_of(state.variables, batch, key)
    else:
        found = piece_by_piece(gradients_of, state.variables, batch, key, microbatches)
    metrics = found.metrics
    updates, opt_state = optax.with_extra_args_support(tx).update(
        found.params, state.opt_state, state.params, value=metrics.loss / metrics.examples
    )
    params = cast(nnx.State, optax.apply_updates(state.params, updates))
    variables = Variables(params, found.batch_stats)
    averaged = state.average
    if averaged is not None and average is not None:
        averaged = moving_average(averaged, variables, state.step, average)
    new_state = TrainState(
        *variables, opt_state, step=state.step + 1, key=state.key, average=averaged
    )
    return new_state, metrics
