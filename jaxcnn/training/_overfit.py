"""`overfit_one_batch`: check that a network can memorize a single batch."""

import dataclasses
import math
from typing import Any

import numpy as np
from flax import nnx

from jaxcnn._support.arguments import check_int
from jaxcnn._support.results import Result
from jaxcnn.data import Dataset, LabeledImages, Task, as_labeled_set, epoch_order, takes_one_set
from jaxcnn.inference import Evaluation, Normalization
from jaxcnn.layers import Layer
from jaxcnn.runs import Run
from jaxcnn.training._fit import fit
from jaxcnn.training._loop import NonFiniteLossError
from jaxcnn.training._plan import Plan
from jaxcnn.training._sets import check_model_and_set
from jaxcnn.training._setup import run_keys

EXCLUDED = (
    *("epochs", "batch_size", "augmentation", "label_smoothing", "swa_start", "early_stopping"),
    *("metrics", "sampler", "max_steps", "max_seconds"),
)
"""Options of `fit` that `overfit_one_batch` decides by itself or does not have."""

MAX_LOSS_LEFT = 1 / 10
"""Share of the first loss to which the loss must fall."""


@dataclasses.dataclass(frozen=True)
class OverfitResult(Result):
    """The result of overfitting one batch; `str()` describes the result.

    Attributes:
        losses: The loss before each step, in train mode.
        train_accuracy: Accuracy on the batch, measured just before the last step, in train mode
            (with dropout); None for a regression.
        evaluation: Evaluation on the batch, measured after the last step, in eval mode (with
            running statistics).
        diverged: Whether training ended early because a loss or a weight was not finite.
    """

    losses: tuple[float, ...]
    train_accuracy: float | None
    evaluation: Evaluation
    diverged: bool

    _derived = ("accuracy", "passed", "suspicion")

    @property
    def accuracy(self) -> float | None:
        """Accuracy on the batch in the better of train and eval mode; None for a regression."""
        if self.train_accuracy is None or self.evaluation.accuracy is None:
            return None
        return max(self.train_accuracy, self.evaluation.accuracy)

    @property
    def passed(self) -> bool:
        """True if all examples are right in one mode, and the loss fell to a tenth in one mode."""
        all_right = self.accuracy in (None, 1)
        return not self.diverged and all_right and self._loss_left <= MAX_LOSS_LEFT

    @property
    def suspicion(self) -> str:
        """Probable causes of a failure, or of different results in the two modes; else empty."""
        if self.diverged:
            return (
                "The loss or a weight became NaN or infinite: the learning rate is too high, or "
                "pixels or initial weights are far too large. `learning_rate_range` shows which "
                "rates train."
            )
        if not self.passed and self._loss_left > 0.9:
            return (
                "The loss did not fall: the learning rate is far too low or too high "
                "(`learning_rate_range`), no gradient reaches the weights (`dry_run`), or the "
                "network ignores its input."
            )
        if not self.passed:
            return (
                f"The loss fell to {self._loss_left:.0%} of the first loss instead of a tenth: "
                "there were too few steps (try twice as many), the learning rate is too low "
                "(`learning_rate_range`), the network is too small or has much dropout, or "
                "equal inputs have different labels (`jaxcnn.data.check`)."
            )
        if self.evaluation.accuracy not in (None, 1):
            return (
                "The network memorized the batch in train mode, but not in eval mode: the running "
                "statistics of batch norm lag behind (use more steps, or a lower momentum), or the "
                "network computes something else in eval mode."
            )
        return ""

    @property
    def _loss_left(self) -> float:
        """The last loss as a share of the first, in the better of the two modes."""
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


@takes_one_set
def overfit_one_batch(
    model: Layer | nnx.Module,
    train: LabeledImages,
    *,
    examples: int = 32,
    steps: int = 100,
    plan: Plan | None = None,
    **options: Any,
) -> OverfitResult:
    """Overfit one batch, to check that a network and its training work.

    A sound network memorizes a small batch. If a network does not memorize the batch, there is a
    mistake in the model, the labels, the loss or the learning rate. The images are not augmented,
    and labels are not smoothed. The function does not change its arguments, and writes no files.

    Args:
        model: An architecture, or an `nnx.Module`.
        train: The labeled training set from which the batch is drawn.
        examples: Number of examples in the batch, drawn at random by the seed.
        steps: Number of steps, each with the whole batch.
        plan: A `Plan` of options, made and checked beforehand. Its `epochs`, `batch_size`,
            `augmentation`, `label_smoothing`, `swa_start`, `early_stopping`, `metrics`,
            `sampler`, `max_steps` and `max_seconds` are ignored. None means the defaults.
        **options: Options of `fit`, such as `tx`, `loss`, `normalization`, `dtype`, `seed` or
            `devices`; they replace the options of the same name in `plan`. The options that are
            ignored in a plan are not accepted here.

    Returns:
        An `OverfitResult`, to print. The result says whether the network `passed`. If the network
        did not pass, there is a `suspicion`.

    Raises:
        TypeError: If an argument or option has the wrong type, or an option is unknown.
        ValueError: If an argument or option is out of range, or the model and the data do not fit
            together.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> train = jaxcnn.data.digits().train
        >>> overfit_one_batch(net, train, steps=40, devices=1).passed
        True

    Source: Karpathy 2019, *A Recipe for Training Neural Networks*.
    """
    train = as_labeled_set("train", train)
    check_model_and_set(model, train)
    check_int("examples", examples)
    check_int("steps", steps)
    if examples > len(train):
        raise ValueError(
            f"examples: expected 1 to {len(train)}, the number of training examples, got {examples}"
        )
    plan = Plan.of(plan, options, function=overfit_one_batch, excluded=EXCLUDED)
    plan = plan.having(
        epochs=steps,
        batch_size=examples,
        augmentation=None,
        label_smoothing=0.0,
        normalization=plan.normalization or Normalization.of(train),
    )
    batch, diverged = _draw_batch(train, examples, plan.seed), False
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


def _draw_batch(train: LabeledImages, examples: int, seed: int) -> Dataset:
    """Read random examples into memory; the first examples of a set may all be of one class."""
    order = np.asarray(epoch_order(run_keys(seed)[1], 0, len(train)))[:examples]
    return Dataset(
        train.read(order),
        train.labels[order],
        train.class_names,
        train.name,
        task=train.task,
        kind=train.kind,
        weights=None if train.weights is None else train.weights[order],
        preprocessing=train.preprocessing,
    )


def _last_accuracy(run: Run, task: Task) -> float | None:
    if not task.has_classes:
        return None
    return run.history[-1]["train_accuracy"] if run.history else math.nan
