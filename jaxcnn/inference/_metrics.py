"""Losses and counts of a batch, as sums that add up over batches and devices."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array

from jaxcnn._support.collectives import sum_over_devices
from jaxcnn.data import Loss, SingleLabel, Task
from jaxcnn.inference._pure import Variables


class Metrics(NamedTuple):
    """Sums over the examples of a batch, so that batches of any size add up exactly.

    Attributes:
        loss: Sum of the examples' losses.
        correct: Number of examples whose prediction is right, as the task defines it; None for a
            task without right answers, such as a regression.
        examples: Number of examples.
    """

    loss: Array
    correct: Array | None
    examples: Array


def eval_step(
    variables: Variables,
    images: Array,
    labels: Array,
    where: Array | None = None,
    *,
    apply: Callable[..., tuple[Array, Any]],
    loss: Loss,
    task: Task = SingleLabel(),
    axis_name: str | None = None,
) -> Metrics:
    """Compute the metrics of a batch in eval mode.

    Args:
        variables: The network's arrays.
        images: ``(N, H, W, C)``, already normalized.
        labels: In the form of the task; for single labels ``(N,)`` integers.
        where: ``(N,)``, True for examples that count, False for padded examples; None means that
            all count.
        apply: The network's pure function, from `functionalize`.
        loss: Loss per example.
        task: What the labels mean.
        axis_name: The mesh axis along which the batch is split; None if it is not split.

    Returns:
        The `Metrics` of the batch: the sum of the losses, the number of correct answers, and the
        number of examples. With `axis_name`, these are totals over all devices.
    """
    logits, _ = apply(variables, images, train=False)
    metrics = batch_metrics(task, logits, loss_per_example(loss, logits, labels), labels, where)
    return sum_over_axis(metrics, axis_name)


def batch_metrics(
    task: Task, outputs: Array, losses: Array, labels: Array, where: Array | None
) -> Metrics:
    """Sum the losses and the right answers of a batch, without its padded examples.

    Args:
        task: What the labels mean.
        outputs: ``(N, classes)``, the outputs of the network.
        losses: ``(N,)``, the loss of each example.
        labels: In the form of the task; for single labels ``(N,)`` integers.
        where: ``(N,)``, False for padded examples; None means that all examples count.
    """
    correct = task.correct(outputs, labels)
    return Metrics(
        loss=losses.sum(where=where),
        correct=None if correct is None else correct.sum(where=where),
        examples=jnp.asarray(losses.size) if where is None else where.sum(),
    )


def loss_per_example(loss: Loss, logits: Array, labels: Array) -> Array:
    """Compute the loss of each example, ``(N,)``.

    Raises:
        TypeError: If the loss does not return an array.
        ValueError: If the loss does not return one number per example.
    """
    losses = loss(logits, labels)
    if not isinstance(losses, Array):
        raise TypeError(
            f"loss: expected a function that returns one value per example, {labels.shape[:1]}, "
            f"got one that returns a {type(losses).__name__}"
        )
    if losses.shape != labels.shape[:1]:
        raise ValueError(
            f"loss: expected one value per example, {labels.shape[:1]}, got {losses.shape} (return "
            "the losses without a mean or a sum)"
        )
    return losses


def sum_over_axis(sums, axis_name: str | None):
    """Sum arrays over all devices of a mesh axis, if there is one; numbers become arrays."""
    if axis_name is None:
        return jax.tree.map(jnp.asarray, sums)
    return sum_over_devices(sums, axis_name)
