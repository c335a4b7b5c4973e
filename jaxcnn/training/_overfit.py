"""Whether a network can learn one batch by heart: if not, something is broken."""

import dataclasses
import math
from typing import Any

import numpy as np
from flax import nnx

from jaxcnn._support.arguments import check_int
from jaxcnn._support.results import Result
from jaxcnn.data import Dataset, LabeledImages, Task, epoch_order
from jaxcnn.inference import Evaluation, Normalization, check_dataset
from jaxcnn.layers import Layer
from jaxcnn.runs import Run
from jaxcnn.training._fit import fit
from jaxcnn.training._loop import NonFiniteLossError
from jaxcnn.training._plan import Plan
from jaxcnn.training._setup import run_keys

EXCLUDED = ("epochs", "batch_size", "augmentation", "label_smoothing", "early_stopping")
"""Options of `fit` that learning one batch by heart sets by itself, or does without."""

ENOUGH = 10
"""The loss must fall to one part in so many of what it was."""


@dataclasses.dataclass(frozen=True)
class OverfitResult(Result):
    """How a network learned one batch; `str()` says it in words.

    Attributes:
        losses: before each step, in train mode.
        train_accuracy: on the batch before the last step, in train mode (with dropout); None of a
            regression.
        evaluation: on the batch after the last step, in eval mode (with running statistics).
        diverged: whether a loss or a weight was not finite, which ended the run.
    """

    losses: tuple[float, ...]
    train_accuracy: float | None
    evaluation: Evaluation
    diverged: bool

    _derived = ("accuracy", "passed", "suspicion")

    @property
    def accuracy(self) -> float | None:
        """On the batch, in the mode that does better; None of a regression."""
        if self.train_accuracy is None or self.evaluation.accuracy is None:
            return None
        return max(self.train_accuracy, self.evaluation.accuracy)

    @property
    def passed(self) -> bool:
        """Whether all examples are right and the loss fell to a tenth, in either mode."""
        all_right = self.accuracy in (None, 1)
        return not self.diverged and all_right and self._share_left <= 1 / ENOUGH

    @property
    def suspicion(self) -> str:
        """What to look at if it failed, or where the two modes disagree; else empty."""
        if self.diverged:
            return (
                "The loss or a weight became NaN or infinite: the learning rate is too high, or "
                "pixels or initial weights are far too large. `learning_rate_range` shows which "
                "rates go."
            )
        if not self.passed and self._share_left > 0.9:
            return (
                "The loss did not fall: the learning rate is far too low or too high "
                "(`learning_rate_range`), no gradient reaches the weights (`dry_run`), or the "
                "network does not see its input."
            )
        if not self.passed:
            return (
                f"The loss fell to {self._share_left:.0%} of what it was, a tenth is asked for: "
                "too few steps (try twice as many), a learning rate that is too low "
                "(`learning_rate_range`), a network that is too small or has much dropout, or "
                "equal images with different labels (`jaxcnn.data.check`)."
            )
        if self.evaluation.accuracy not in (None, 1):
            return (
                "Train mode has learned the batch, eval mode has not: batch norm's running "
                "statistics lag behind (more steps, or a lower momentum), or the network does "
                "something else in eval mode."
            )
        return ""

    @property
    def _share_left(self) -> float:
        """The last loss over the first."""
        return min(self.losses[-1], self.evaluation.loss) / self.losses[0] if self.losses else 1.0

    def __str__(self) -> str:
        losses = f"{self.losses[0]:.4f} to {self.losses[-1]:.4g}" if self.losses else "never finite"
        accuracy = ""
        if self.train_accuracy is not None:
            accuracy = (
                f", accuracy {self.train_accuracy:.1%} in train mode and "
                f"{self.evaluation.accuracy:.1%} in eval mode"
            )
        return (
            f"{'passed' if self.passed else 'not passed'}: {self.evaluation.examples} examples, "
            f"{len(self.losses)} steps, loss {losses}{accuracy}."
        ) + f"\n{self.suspicion}" * bool(self.suspicion)


def overfit_one_batch(
    model: Layer | nnx.Module,
    train: LabeledImages,
    *,
    examples: int = 32,
    steps: int = 100,
    plan: Plan | None = None,
    **options: Any,
) -> OverfitResult:
    """Train on one batch alone, which any sound network learns by heart.

    There is no augmentation and no label smoothing. Nothing is changed or written. (Karpathy 2019,
    *A Recipe for Training Neural Networks*.)

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The images to draw the batch from.
        examples: How many, drawn by the seed.
        steps: How many steps to take, all of them with the whole batch.
        plan: Options made and checked beforehand; None: the defaults.
        **options: Options of `fit`, by name: `tx`, `loss`, `normalization`, `dtype`, `seed`,
            `devices` and others that go with one batch. They replace those of `plan`.

    Returns:
        Whether it did, and if not, what to suspect.

    Raises:
        TypeError: if an argument is of the wrong type.
        ValueError: if an argument is out of range, or the model and the data do not fit.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> train = jaxcnn.data.digits().train
        >>> overfit_one_batch(net, train, steps=40, devices=1).passed
        True
    """
    check_dataset("train", train)
    check_int("examples", examples)
    check_int("steps", steps)
    if examples > len(train):
        raise ValueError(
            f"examples: expected 1 to {len(train)}, the number of training examples, got {examples}"
        )
    plan = Plan.of(plan, options, excluded=EXCLUDED)
    plan = plan.having(
        epochs=steps,
        batch_size=examples,
        augmentation=None,
        label_smoothing=0.0,
        early_stopping=None,
        normalization=plan.normalization or Normalization.of(train),
    )
    batch, diverged = _drawn(train, examples, plan.seed), False
    try:
        run = fit(model, batch, plan=plan, progress=False)
    except NonFiniteLossError as error:
        run, diverged = error.run, True
    return OverfitResult(
        losses=tuple(logs["train_loss"] for logs in run.history),
        train_accuracy=_last_accuracy(run, batch.task),
        evaluation=run.network.evaluate(batch, loss=plan.loss, devices=plan.devices),
        diverged=diverged,
    )


def _drawn(train: LabeledImages, examples: int, seed: int) -> Dataset:
    """Some of the examples, in memory; drawn, for the first ones may all be of one class."""
    order = np.asarray(epoch_order(run_keys(seed)[1], 0, len(train)))[:examples]
    return Dataset(
        train.read(order),
        train.labels[order],
        train.class_names,
        train.name,
        task=train.task,
        kind=train.kind,
    )


def _last_accuracy(run: Run, task: Task) -> float | None:
    if not task.has_classes:
        return None
    return run.history[-1]["train_accuracy"] if run.history else math.nan
