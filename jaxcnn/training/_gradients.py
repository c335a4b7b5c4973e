"""The gradient of a batch's mean loss, whole or piece by piece."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn.data import Loss, Task
from jaxcnn.inference import (
    Apply,
    Metrics,
    Variables,
    batch_metrics,
    loss_per_example,
    sum_over_axis,
)
from jaxcnn.training._batch import Batch


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
            f"microbatches: expected a number that divides the {len(batch.labels)} examples, "
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
