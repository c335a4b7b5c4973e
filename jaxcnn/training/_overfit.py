"""Whether a network can learn one batch by heart: if not, something is broken."""

import dataclasses
import math

import numpy as np
from flax import nnx
from jax.typing import DTypeLike

from jaxcnn._support.arguments import check_int
from jaxcnn.data import Dataset, LabelledImages, epoch_order
from jaxcnn.layers import Layer
from jaxcnn.training._fit import fit
from jaxcnn.training._gradients import Loss
from jaxcnn.training._inference import Evaluation
from jaxcnn.training._network import check_dataset
from jaxcnn.training._normalization import Normalization
from jaxcnn.training._optimizer import Optimizer
from jaxcnn.training._prepare import default_optimizer, run_keys
from jaxcnn.training._trained import NonFiniteLossError

ENOUGH = 10
"""The loss must fall to one part in so many of what it was."""


@dataclasses.dataclass(frozen=True)
class Overfit:
    """How a network learned one batch; `str()` says it in words.

    Attributes:
        losses: before each step, in train mode.
        train_accuracy: on the batch before the last step, in train mode (with dropout).
        evaluation: on the batch after the last step, in eval mode (with running statistics).
        diverged: whether a loss or a weight was not finite, which ended the run.
    """

    losses: tuple[float, ...]
    train_accuracy: float
    evaluation: Evaluation
    diverged: bool

    @property
    def accuracy(self) -> float:
        """On the batch, in the mode that does better."""
        return max(self.train_accuracy, self.evaluation.accuracy)

    @property
    def passed(self) -> bool:
        """Whether all examples are right and the loss fell to a tenth, in either mode."""
        return not self.diverged and self.accuracy == 1 and self._share_left <= 1 / ENOUGH

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
        if self.evaluation.accuracy < 1:
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
        return (
            f"{'passed' if self.passed else 'not passed'}: {self.evaluation.examples} examples, "
            f"{len(self.losses)} steps, loss {losses}, accuracy {self.train_accuracy:.1%} in train "
            f"mode and {self.evaluation.accuracy:.1%} in eval mode."
        ) + f"\n{self.suspicion}" * bool(self.suspicion)


def overfit_one_batch(
    model: Layer | nnx.Module,
    train: LabelledImages,
    *,
    examples: int = 32,
    steps: int = 100,
    tx: Optimizer = default_optimizer,
    loss: Loss | None = None,
    normalization: Normalization | None = None,
    dtype: DTypeLike | None = None,
    seed: int = 0,
    devices: int | None = None,
) -> Overfit:
    """Train on one batch alone, which any sound network learns by heart.

    There is no augmentation and no label smoothing. Nothing is changed or written. (Karpathy 2019,
    *A Recipe for Training Neural Networks*.)

    Args:
        model: as in `fit`, like all that is not named here.
        train: the images to draw the batch from.
        examples: how many, drawn by `seed`.
        steps: how many steps to take, all of them with the whole batch.
        tx: the optimizer.
        loss: as in `fit`.
        normalization: as in `fit`; None: by the mean and standard deviation of all of `train`.
        dtype: as in `fit`.
        seed: as in `fit`.
        devices: as in `fit`.

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
    batch, diverged = _drawn(train, examples, seed), False
    try:
        trained = fit(
            model,
            batch,
            epochs=steps,
            batch_size=examples,
            tx=tx,
            loss=loss,
            normalization=normalization or Normalization.of(train),
            dtype=dtype,
            seed=seed,
            devices=devices,
            progress=False,
        )
    except NonFiniteLossError as error:
        trained, diverged = error.trained, True
    return Overfit(
        losses=tuple(logs["train_loss"] for logs in trained.history),
        train_accuracy=trained.history[-1]["train_accuracy"] if trained.history else math.nan,
        evaluation=trained.network.evaluate(batch, loss=loss, devices=devices),
        diverged=diverged,
    )


def _drawn(train: LabelledImages, examples: int, seed: int) -> Dataset:
    """Some of the examples, in memory; drawn, for the first ones may all be of one class."""
    order = np.asarray(epoch_order(run_keys(seed)[1], 0, len(train)))[:examples]
    return Dataset(
        train.read(order),
        train.labels[order],
        train.class_names,
        train.name,
        multilabel=train.multilabel,
    )
