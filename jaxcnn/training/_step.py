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
"""``loss(logits, labels)``: ``(N, classes)`` and ``(N,)`` to one loss per example, ``(N,)``."""


class Metrics(NamedTuple):
    """Sums over the examples of a batch, so that batches of any size add up exactly.

    Attributes:
        loss: sum of the examples' losses.
        correct: number of examples whose highest logit is their label's.
        examples: number of examples.
    """

    loss: Array
    correct: Array
    examples: Array


def train_step(
    state: TrainState,
    images: Array,
    labels: Array,
    *,
    apply: Apply,
    tx: optax.GradientTransformation,
    loss: Loss,
) -> tuple[TrainState, Metrics]:
    """Forward, loss, backward, update: one step of gradient descent on the mean loss of a batch.

    Pure, so it goes under `jax.jit`: ``jax.jit(partial(train_step, apply=..., tx=..., loss=...))``.

    Args:
        state: the state before the step.
        images: ``(N, H, W, C)``, as the network takes them.
        labels: ``(N,)``, integers.
        apply: the network's pure function, from `purify`.
        tx: the optimizer.
        loss: loss per example.

    Returns:
        The state after the step, and the metrics of the batch before the update.
    """
    key = jax.random.fold_in(state.key, state.step)

    def mean_loss(params):
        variables = Variables(params, state.batch_stats)
        logits, batch_stats = apply(variables, images, train=True, key=key)
        losses = _per_example(loss, logits, labels)
        return losses.mean(), (batch_stats, _metrics(logits, labels, losses, None))

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
) -> Metrics:
    """Metrics of a batch in eval mode.

    Args:
        variables: the network's arrays.
        images: ``(N, H, W, C)``, as the network takes them.
        labels: ``(N,)``, integers.
        where: ``(N,)``, False for examples that only fill up the batch; None: all count.
        apply: the network's pure function, from `purify`.
        loss: loss per example.
    """
    logits, _ = apply(variables, images, train=False)
    return _metrics(logits, labels, _per_example(loss, logits, labels), where)


def _per_example(loss: Loss, logits: Array, labels: Array) -> Array:
    losses = loss(logits, labels)
    if losses.shape != labels.shape:
        raise ValueError(
            f"loss: expected one value for each example, {labels.shape}, got {losses.shape}; "
            "return the losses as they are, with no mean or sum"
        )
    return losses


def _metrics(logits: Array, labels: Array, losses: Array, where: Array | None) -> Metrics:
    correct = logits.argmax(axis=-1) == labels
    return Metrics(
        loss=losses.sum(where=where),
        correct=correct.sum(where=where),
        examples=jnp.asarray(losses.size) if where is None else where.sum(),
    )
