"""One training step and one evaluation step, as pure functions."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array

from jaxcnn.training._pure import Apply, Variables
from jaxcnn.training._state import TrainState

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


def train_step(
    state: TrainState,
    images: Array,
    labels: Array,
    where: Array | None = None,
    *,
    apply: Apply,
    tx: optax.GradientTransformation,
    loss: Loss,
    axis_name: str | None = None,
) -> tuple[TrainState, Metrics]:
    """Forward, loss, backward, update: one step of gradient descent on the mean loss of a batch.

    Pure, so it goes under `jax.jit`: ``jax.jit(partial(train_step, apply=..., tx=..., loss=...))``.
    Under `jax.shard_map`, each device is given its share of the images, labels and `where`, and
    all of them the same state; with `axis_name`, each then gives back the same as one device with
    the whole batch.

    Args:
        state: the state before the step.
        images: ``(N, H, W, C)``, as the network takes them.
        labels: ``(N,)``, integers; multilabel: ``(N, classes)`` of 0 and 1.
        where: ``(N,)``, False for examples that only fill up the batch; None: all count.
        apply: the network's pure function, from `purify`.
        tx: the optimizer.
        loss: loss per example.
        axis_name: the mesh axis over which the batch is cut; None if it is whole.

    Returns:
        The state after the step, and the metrics of the batch before the update.
    """
    key = jax.random.fold_in(state.key, state.step)
    mode = {"train": True, "key": key, "where": where, "axis_name": axis_name}

    def mean_loss(params):
        variables = Variables(params, state.batch_stats)
        logits, batch_stats = apply(variables, images, **mode)
        losses = _per_example(loss, logits, labels)
        metrics = _over_axis(_metrics(logits, labels, losses, where), axis_name)
        if where is None and axis_name is None:
            return losses.mean(), (batch_stats, metrics)
        return losses.sum(where=where) / metrics.examples, (batch_stats, metrics)

    # On several devices each differentiates its own examples' part of the mean. The parameters
    # are the same on all of them, which `jax.shard_map` knows (check_vma), so that the transpose
    # of using them everywhere is the sum of the parts: the gradients come out summed.
    gradients, (batch_stats, metrics) = jax.grad(mean_loss, has_aux=True)(state.params)
    updates, opt_state = tx.update(gradients, state.opt_state, state.params)
    state = dataclasses.replace(
        state,
        params=optax.apply_updates(state.params, updates),
        batch_stats=batch_stats,
        opt_state=opt_state,
        step=state.step + 1,
    )
    return state, metrics


def eval_step(
    variables: Variables,
    images: Array,
    labels: Array,
    where: Array | None = None,
    *,
    apply: Apply,
    loss: Loss,
    axis_name: str | None = None,
) -> Metrics:
    """Metrics of a batch in eval mode.

    Args:
        variables: the network's arrays.
        images: ``(N, H, W, C)``, as the network takes them.
        labels: ``(N,)``, integers; multilabel: ``(N, classes)`` of 0 and 1.
        where: ``(N,)``, False for examples that only fill up the batch; None: all count.
        apply: the network's pure function, from `purify`.
        loss: loss per example.
        axis_name: the mesh axis over which the batch is cut; None if it is whole.
    """
    logits, _ = apply(variables, images, train=False)
    metrics = _metrics(logits, labels, _per_example(loss, logits, labels), where)
    return _over_axis(metrics, axis_name)


def _per_example(loss: Loss, logits: Array, labels: Array) -> Array:
    losses = loss(logits, labels)
    if losses.shape != labels.shape[:1]:
        raise ValueError(
            f"loss: expected one value for each example, {labels.shape[:1]}, got {losses.shape}; "
            "return the losses as they are, with no mean or sum"
        )
    return losses


def _over_axis(metrics: Metrics, axis_name: str | None) -> Metrics:
    return metrics if axis_name is None else jax.lax.psum(metrics, axis_name)


def _metrics(logits: Array, labels: Array, losses: Array, where: Array | None) -> Metrics:
    if labels.ndim == 2:
        correct = ((logits >= 0) == (labels > 0)).all(axis=-1)
    else:
        correct = logits.argmax(axis=-1) == labels
    return Metrics(
        loss=losses.sum(where=where),
        correct=correct.sum(where=where),
        examples=jnp.asarray(losses.size) if where is None else where.sum(),
    )
