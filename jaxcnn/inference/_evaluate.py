"""Run a network in eval mode over batches: logits, and loss and accuracy of a labeled set."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from jaxcnn import functional as F
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult, rows_of
from jaxcnn._support.tables import Table
from jaxcnn.data import (
    ClassificationScores,
    LabeledImages,
    Loss,
    MultilabelScores,
    RegressionScores,
    SingleLabel,
    Task,
    View,
    apply_view,
    check_views,
)
from jaxcnn.inference._devices import BATCH, over_devices, own_share
from jaxcnn.inference._metrics import Metrics, batch_metrics, loss_per_example, sum_over_axis
from jaxcnn.inference._normalization import Normalization
from jaxcnn.inference._pure import Apply, Variables
from jaxcnn.inference._shared_batches import (
    labeled_batches,
    mesh_for,
    on_all_devices,
    on_mesh,
    shared_batches,
)

BATCH_SIZE = 500
"""The number of examples per batch, unless a caller passes another number."""
UNCHANGED = (View(),)
"""The default of `views=`: each image once, unchanged."""


@dataclasses.dataclass(frozen=True, repr=False)
class Evaluation(TableResult):
    """Loss, accuracy and other scores of a network on a labeled set.

    `to_dataframe` returns one row; for a regression, one row per predicted number.

    Attributes:
        loss: Mean loss over the examples.
        accuracy: Fraction of examples whose most probable class is right. Multilabel: fraction of
            examples for which all labels are predicted correctly, with thresholds of 0.5. None for
            a regression.
        interval: 95% Wilson interval of the accuracy; None for a regression.
        examples: Number of examples.
        scores: For one class per example: `ClassificationScores`, such as balanced accuracy, macro
            F1, MCC and AUC. For several: `MultilabelScores`. For a regression: `RegressionScores`,
            which are R², and the mean errors with their intervals. None if they are not known.
    """

    loss: float
    accuracy: float | None
    interval: tuple[float, float] | None
    examples: int
    scores: ClassificationScores | MultilabelScores | RegressionScores | None = None

    def __repr__(self) -> str:
        return f"Evaluation({self._line()})"

    def __str__(self) -> str:
        lines = [self._line(), "" if self.scores is None else str(self.scores)]
        return "\n".join(filter(None, lines))

    def _line(self) -> str:
        found = f"loss {self.loss:.4f}"
        if self.accuracy is not None and self.interval is not None:
            low, high = self.interval
            found += f", accuracy {self.accuracy:.2%} (95% interval {low:.2%} to {high:.2%})"
        return f"{found}, n = {self.examples:,}"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        scores = [{}] if self.scores is None else rows_of(self.scores)
        return [{**self._measures(), **row} for row in scores]

    def _measures(self) -> dict[str, Any]:
        measures: dict[str, Any] = {"examples": self.examples, "loss": self.loss}
        if self.accuracy is not None and self.interval is not None:
            low, high = self.interval
            measures |= {"accuracy": self.accuracy, "accuracy_low": low, "accuracy_high": high}
        return measures

    def _blocks(self) -> Iterable[Block]:
        tables = [[self._measures()], [] if self.scores is None else rows_of(self.scores)]
        return [Table.of(rows, words=0) for rows in map(list, tables) if rows]


class SetOutputs(NamedTuple):
    """A network's outputs for all examples of a labeled set, with loss and right answers.

    Attributes:
        outputs: ``(N, outputs)`` float32, on the host.
        loss: Mean loss over the examples.
        correct: Number of right answers; None for a task without right answers.
    """

    outputs: np.ndarray
    loss: float
    correct: int | None

    def evaluation(self, task: Task, labels: np.ndarray) -> Evaluation:
        """Return the `Evaluation` of the outputs."""
        examples, right = len(labels), self.correct
        return Evaluation(
            loss=self.loss,
            accuracy=None if right is None else right / examples,
            interval=None if right is None else F.wilson_interval(right, examples),
            examples=examples,
            scores=task.scores(self.outputs, labels),
        )


def compute_logits(
    variables: Variables,
    images: np.ndarray,
    *,
    apply: Apply,
    normalization: Normalization,
    views: tuple[View, ...] = UNCHANGED,
    batch_size: int = BATCH_SIZE,
    devices: int | None = None,
    everywhere: bool = False,
) -> np.ndarray:
    """Compute the logits ``(N, classes)`` of images ``(N, H, W, C)``, on the host.

    With `everywhere`, the devices of all processes share each batch, and all get all logits.
    """
    check_views(views)
    mesh = mesh_for(len(images), devices, everywhere)
    variables = on_all_devices(mesh, variables)
    outputs = [
        np.asarray(
            _logits(variables, *on_mesh(mesh, images[indices]), apply, normalization, views, mesh)
        )
        for indices in own_share(mesh, shared_batches(len(images), batch_size, mesh)[0])
    ]
    return np.concatenate(outputs)[: len(images)]


def evaluate(
    variables: Variables,
    dataset: LabeledImages,
    *,
    apply: Apply,
    normalization: Normalization,
    loss: Loss,
    task: Task = SingleLabel(),
    views: tuple[View, ...] = UNCHANGED,
    batch_size: int = BATCH_SIZE,
    devices: int | None = None,
) -> Evaluation:
    """Measure loss, accuracy and scores of a pure network on a labeled set.

    The last batch is padded, so that all batches run the same compiled program. The mask leaves the
    padding out, so that every example counts exactly once.

    Args:
        variables: The network's arrays.
        dataset: The labeled set, in memory or in files; files are streamed.
        apply: The network's pure function, from `functionalize`.
        normalization: The normalization of the images.
        loss: Loss per example.
        task: What the labels mean.
        views: Views of each image to average logits over, such as `jaxcnn.data.flip_views()`.
        batch_size: Examples per batch.
        devices: Number of this process's devices that share each batch; None: all of them.

    Returns:
        An `Evaluation`: the loss, the accuracy with its interval, and other scores.
    """
    found = outputs_for(
        variables,
        dataset,
        apply=apply,
        normalization=normalization,
        loss=loss,
        task=task,
        views=views,
        batch_size=batch_size,
        devices=devices,
    )
    return found.evaluation(task, dataset.labels)


def outputs_for(
    variables: Variables,
    dataset: LabeledImages,
    *,
    apply: Apply,
    normalization: Normalization,
    loss: Loss,
    task: Task,
    views: tuple[View, ...],
    batch_size: int,
    devices: int | None,
    everywhere: bool = False,
) -> SetOutputs:
    """Run a pure network over a labeled set; the arguments are those of `evaluate`.

    With `everywhere`, the devices of all processes share each batch. All processes must call the
    function, and all get all outputs.
    """
    check_views(views)
    total_loss, correct, outputs, examples = 0.0, [], [], len(dataset)
    mesh = mesh_for(examples, devices, everywhere)
    variables = on_all_devices(mesh, variables)
    for batch in labeled_batches(dataset, batch_size, mesh, everywhere):
        metrics, found = _eval_step(
            variables, *on_mesh(mesh, *batch), apply, normalization, loss, task, views, mesh
        )
        total_loss += float(metrics.loss)
        correct += [] if metrics.correct is None else [int(metrics.correct)]
        outputs.append(np.asarray(found))
    return SetOutputs(
        outputs=np.concatenate(outputs)[:examples],
        loss=total_loss / examples,
        correct=sum(correct) if correct else None,
    )


def evaluation_of(task: Task, outputs: np.ndarray, labels: np.ndarray, loss: Loss) -> Evaluation:
    """Compute an evaluation on the host, from a network's outputs for all examples of a set.

    Because of rounding, the loss may differ slightly from the loss that `evaluate` returns.
    """
    found, truths = jnp.asarray(outputs), jnp.asarray(labels)
    losses, correct = loss_per_example(loss, found, truths), task.correct(found, truths)
    right = None if correct is None else int(correct.sum())
    mean = float(np.asarray(losses, np.float64).mean())
    return SetOutputs(outputs, mean, right).evaluation(task, labels)


@partial(jax.jit, static_argnums=(2, 3, 4, 5))
def _logits(variables, images, apply, normalization, views, mesh) -> Array:
    def on_share(variables, images):
        return _average_views(apply, normalization, views)(variables, images, train=False)[0]

    in_specs = (PartitionSpec(), PartitionSpec(BATCH))
    logits = over_devices(mesh, on_share, in_specs, PartitionSpec(BATCH))(variables, images)
    return _in_each_process(mesh, logits)


@partial(jax.jit, static_argnums=(4, 5, 6, 7, 8, 9))
def _eval_step(variables, images, labels, where, apply, normalization, loss, task, views, mesh):
    def on_share(variables, images, labels, where) -> tuple[Metrics, Array]:
        call = _average_views(apply, normalization, views)
        outputs, _ = call(variables, images, train=False)
        losses = loss_per_example(loss, outputs, labels)
        metrics = batch_metrics(task, outputs, losses, labels, where)
        return sum_over_axis(metrics, None if mesh.size == 1 else BATCH), outputs

    in_specs = (PartitionSpec(), *[PartitionSpec(BATCH)] * 3)
    out_specs = (PartitionSpec(), PartitionSpec(BATCH))
    metrics, outputs = over_devices(mesh, on_share, in_specs, out_specs)(
        variables, images, labels, where
    )
    return metrics, _in_each_process(mesh, outputs)


def _in_each_process(mesh: Mesh, outputs: Array) -> Array:
    """Gather outputs where several processes share them: each reads all of them."""
    if not mesh.is_multi_process:
        return outputs
    return jax.lax.with_sharding_constraint(outputs, NamedSharding(mesh, PartitionSpec()))


def _average_views(
    apply: Apply, normalization: Normalization, views: tuple[View, ...]
) -> Callable[..., tuple[Array, None]]:
    """Wrap `apply` so that it takes stored pixels and averages its logits over the views."""

    def call(variables: Variables, images: Array, *, train: bool) -> tuple[Array, None]:
        def logits(view: View) -> Array:
            normalized = normalization(apply_view(images, view))
            return view.weight * apply(variables, normalized, train=train)[0]

        first, *others = map(logits, views)
        return sum(others, start=first), None

    return call
