"""What training gives back."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jax.typing import ArrayLike

from jaxcnn.data import LabelledImages, View
from jaxcnn.training._inference import AS_IT_IS, Evaluation
from jaxcnn.training._network import Network
from jaxcnn.training._state import TrainState

Logs = dict[str, Any]
"""Numbers of one epoch: `epoch` (from 1), `step` (updates so far), `train_loss`,
`train_accuracy`, `learning_rate`, `seconds`, `images_per_second`; with a validation set
`validation_loss` and `validation_accuracy`; with ``norms=True`` the last step's `gradient_norms`
and `update_norms`, a number for each layer by its name."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Trained:
    """A trained network and how it came about.

    Attributes:
        network: the trained network, to predict with.
        state: the training state at the end.
        history: the `Logs` of each whole epoch.
        seconds_compile: time that compiling the step took.
        seconds_train: time that the steps took; no compiling, no evaluation.
        images_seen: training images that went through, each as often as it did.
        interrupted: whether Ctrl-C ended the run early.
        restored_epoch: the epoch, from 1, whose weights early stopping kept; None: there was none.
        settings: what `fit` was asked to do, as far as it is plain data.
    """

    network: Network
    state: TrainState
    history: tuple[Logs, ...] = ()
    seconds_compile: float = 0.0
    seconds_train: float = 0.0
    images_seen: int = 0
    interrupted: bool = False
    restored_epoch: int | None = None
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.network}, {len(self.history)} epochs)"

    @property
    def images_per_second(self) -> float:
        """Training images over `seconds_train`; 0 before the first step."""
        return self.images_seen / self.seconds_train if self.seconds_train else 0.0

    def evaluate(self, dataset: LabelledImages, *, views: Sequence[View] = AS_IT_IS) -> Evaluation:
        """Loss and accuracy on a labelled set; see `Network.evaluate`."""
        return self.network.evaluate(dataset, views=views)

    def predict(
        self,
        images: ArrayLike,
        *,
        thresholds: ArrayLike | None = None,
        views: Sequence[View] = AS_IT_IS,
    ) -> np.ndarray:
        """The most probable class of each image, or its labels; see `Network.predict`."""
        return self.network.predict(images, thresholds=thresholds, views=views)

    def predict_proba(self, images: ArrayLike, *, views: Sequence[View] = AS_IT_IS) -> np.ndarray:
        """The probability of each class; see `Network.predict_proba`."""
        return self.network.predict_proba(images, views=views)

    def classify(
        self, path: str | os.PathLike[str], *, top: int | None = None
    ) -> list[tuple[str, float]]:
        """Name what a picture shows; see `Network.classify`."""
        return self.network.classify(path, top=top)


class NonFiniteLossError(FloatingPointError):
    """The loss, or a weight, became NaN or infinite, and training stopped.

    Attributes:
        trained: the network and history after the last epoch in which every loss and every
            weight was finite; the fresh network, if there was none.
        step: number of the update, from 0, in or after which something was not finite.
        epoch: number of its epoch, from 1.
        learning_rate: the rate then; None if the optimizer does not show it.
    """

    def __init__(
        self, trained: Trained, *, what: str, step: int, epoch: int, learning_rate: float | None
    ) -> None:
        self.trained, self.step, self.epoch = trained, step, epoch
        self.learning_rate = learning_rate
        shown = "unknown" if learning_rate is None else f"{learning_rate:.3g}"
        super().__init__(
            f"training diverged: {what} at step {step} "
            f"(epoch {epoch}, learning rate {shown}); "
            "try a learning rate ten times smaller, a longer warm-up, or gradient clipping "
            "(optax.clip_by_global_norm). The last good state, that after "
            f"{len(trained.history)} whole epochs, is this error's `trained`"
        )
