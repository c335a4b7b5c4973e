"""The gradient of a batch's mean loss, whole or piece by piece."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.typing import DTypeLike

from jaxcnn.training._batch import Batch
from jaxcnn.training._pure import Apply, Variables

Loss = Callable[[Array, Array], Array]
"""``loss(logits, labels)``: ``(N, classes)`` and ``(N,)``, or multilabel ``(N, classes)``, to one
loss per example, ``(N,)``."""


class Metrics(NamedTuple):
    """Sums over the examples of a batch, so that batches of any size add up exactly.

    Attributes:
        loss: sum of the examples' losses.
        correct: number of examples whose highest logit is their label's; multilabel: whose logits
            are negative for all but exactly their labels.
        examples: number of examples.
    """

    loss: Array
    correct: Array
    examples: Array


class Gradients(NamedTuple):
    """What comes of a batch.

    Attributes:
        params: the gradient of its mean loss, a tree like the parameters.
        batch_stats: the batch statistics after it.
        metrics: sums over its examples.
    """

    params: nnx.State
    batch_stats: nnx.State
    metrics: Metrics


def gradients(
    variables: Variables,
    batch: Batch,
    key: Array,
    *,
    apply: Apply,
    loss: Loss,
    axis_name: str | None,
    microbatches: int,
    dtype: DTypeLike | None,
) -> Gradients:
    """The gradient of a batch's mean loss; for the arguments, see `train_step`."""
    if len(batch.labels) % microbatches:
        raise ValueError(
            f"microbatches: expected a number that divides the {len(batch.labels)} examples, "
            f"got {microbatches}"
        )
    examples = over_axis(_count(batch), axis_name)
    of_batch = partial(
        _of_one_pass,
        examples=examples,
        apply=apply,
        loss=loss,
        axis_name=axis_name,
        dtype=dtype,
    )
    if microbatches == 1:
        return of_batch(variables, batch, key)

    def add(so_far: tuple[nnx.State, nnx.State], piece: tuple[Array, Batch]):
        total, batch_stats = so_far
        number, part = piece
        found = of_batch(
            Variables(variables.params, batch_stats), part, jax.random.fold_in(key, number)
        )
        total = jax.tree.map(jnp.add, total, found.params)
        return (total, found.batch_stats), found.metrics

    start = jax.tree.map(jnp.zeros_like, variables.params), variables.batch_stats
    pieces = jax.tree.map(lambda array: array.reshape(microbatches, -1, *array.shape[1:]), batch)
    numbered = jnp.arange(microbatches), pieces
    (total, batch_stats), metrics = jax.lax.scan(add, start, numbered)
    return Gradients(total, batch_stats, jax.tree.map(lambda sums: sums.sum(axis=0), metrics))


def metrics_of(logits: Array, losses: Array, labels: Array, where: Array | None) -> Metrics:
    """The metrics of a batch; for the arguments, see `Batch`."""
    if labels.ndim == 2:
        correct = ((logits >= 0) == (labels > 0)).all(axis=-1)
    else:
        correct = logits.argmax(axis=-1) == labels
    return Metrics(
        loss=losses.sum(where=where),
        correct=correct.sum(where=where),
        examples=jnp.asarray(losses.size) if where is None else where.sum(),
    )


def per_example(loss: Loss, logits: Array, labels: Array) -> Array:
    """The loss of each example, checked to be one number each."""
    losses = loss(logits, labels)
    if losses.shape != labels.shape[:1]:
        raise ValueError(
            f"loss: expected one value for each example, {labels.shape[:1]}, got {losses.shape}; "
            "return the losses as they are, with no mean or sum"
        )
    return losses


def over_axis(sums, axis_name: str | None):
    """Sums over all devices of a mesh axis, if there is one."""
    return sums if axis_name is None else jax.lax.psum(sums, axis_name)


def _of_one_pass(
    variables: Variables,
    batch: Batch,
    key: Array,
    *,
    examples: Array,
    apply: Apply,
    loss: Loss,
    axis_name: str | None,
    dtype: DTypeLike | None,
) -> Gradients:
    """The part that these examples have in the gradient of a mean over so many `examples`."""
    mode = {
        "train": True,
        "key": key,
        "where": batch.where,
        "axis_name": axis_name,
        "dtype": dtype,
    }

    def share_of_mean(params):
        logits, batch_stats = apply(Variables(params, variables.batch_stats), batch.images, **mode)
        losses = _mixed_losses(loss, logits, batch)
        metrics = metrics_of(logits, losses, batch.main_labels, batch.where)
        return losses.sum(where=batch.where) / examples, (batch_stats, metrics)

    # On several devices each differentiates its own examples' part of the mean. The parameters
    # are the same on all of them, which `jax.shard_map` knows (check_vma), so that the transpose
    # of using them everywhere is the sum of the parts: the gradients come out summed.
    params, (batch_stats, metrics) = jax.grad(share_of_mean, has_aux=True)(variables.params)
    return Gradients(params, batch_stats, over_axis(metrics, axis_name))


def _count(batch: Batch) -> Array:
    return jnp.asarray(len(batch.labels)) if batch.where is None else batch.where.sum()


def _mixed_losses(loss: Loss, logits: Array, batch: Batch) -> Array:
    losses = per_example(loss, logits, batch.labels)
    if batch.mixing is None:
        return losses
    others, share = per_example(loss, logits, batch.mixing.labels), batch.mixing.share
    return share * losses + (1 - share) * others
