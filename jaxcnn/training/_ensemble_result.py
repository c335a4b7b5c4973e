"""The result of `fit_ensemble`: predictions, accuracy and disagreement of several networks."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.names import difference
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import LabeledImages, Task, View, takes_one_set
from jaxcnn.inference import UNCHANGED
from jaxcnn.runs import Run
from jaxcnn.training._ensemble_evaluation import EnsembleEvaluation


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ensemble(TableResult):
    """Several trained networks of one architecture whose predictions are averaged.

    Attributes:
        members: One `Run` per member, like the result of `fit`, but without durations.
        seeds: One seed per member.
        learning_rates: One learning rate per member.
        stopped_at: One entry per member: None, or the index, from 0, of the first update that was
            not finite. Such a member keeps the weights from before this update, and takes no part
            in predictions and evaluations.
        how: A phrase that says on which devices, and how, the members were computed.
        seconds_compile: Time to build the networks and to compile, in seconds.
        seconds_train: Duration of the training in seconds.
    """

    members: tuple[Run, ...]
    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]
    stopped_at: tuple[int | None, ...]
    how: str = ""
    seconds_compile: float = 0.0
    seconds_train: float = 0.0

    def __post_init__(self) -> None:
        for run in self.members[1:]:
            if lists := difference(self.members[0].class_names, run.class_names):
                raise ValueError(
                    f"members: expected networks of the same classes, {lists[0]}, got {lists[1]}"
                )

    def __repr__(self) -> str:
        return f"Ensemble({len(self.members)} of {self.members[0].network})"

    def _content(self) -> Mapping[str, Any]:
        seconds = {name: getattr(self, name) for name in ("seconds_compile", "seconds_train")}
        return {"members": [*self._rows()], "how": self.how, **seconds}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        columns = (self.seeds, self.learning_rates, self.stopped_at)
        names = ("seed", "learning_rate", "stopped_at")
        for number, (run, *values) in enumerate(zip(self.members, *columns, strict=True)):
            last = run.history[-1] if run.history else {}
            scores = {
                name: last[name] for name in last if name.startswith(("train_", "validation_"))
            }
            yield {"member": number, **dict(zip(names, values, strict=True)), **scores}

    def _blocks(self) -> Iterable[Block]:
        return [repr(self), Table.of(self._rows(), words=0), *([self.how] if self.how else [])]

    @property
    def finite(self) -> tuple[Run, ...]:
        """The members whose loss and weights stayed finite."""
        pairs = zip(self.members, self.stopped_at, strict=True)
        return tuple(member for member, step in pairs if step is None)

    @property
    def task(self) -> Task:
        """The task of the networks, which gives the outputs their meaning."""
        return self.members[0].network.task

    def member_predictions(
        self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED
    ) -> np.ndarray:
        """Predict with each finite member: probabilities, or for a regression values.

        Args:
            images: Images ``(N, H, W, C)`` in the form that the networks expect.
            views: Views of each image whose predictions are averaged (test-time augmentation), such
                as ``jaxcnn.data.flip_views()``. Default: the image unchanged.

        Returns:
            ``(members, N, K)``, one entry per finite member.

        Raises:
            ValueError: If no member stayed finite.
        """
        if not self.finite:
            raise ValueError(
                "members: expected at least one that stayed finite, got none (try smaller learning "
                "rates; `stopped_at` has the steps)"
            )
        logits = [member.network.logits(images, views=views) for member in self.finite]
        return np.stack([np.asarray(self.task.predictions(outputs)) for outputs in logits])

    def predict_proba(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Predict probabilities: the mean of the finite members' probabilities.

        Args:
            images: Images ``(N, H, W, C)`` in the form that the networks expect.
            views: Views of each image whose predictions are averaged (test-time augmentation).

        Returns:
            ``(N, classes)``.

        Raises:
            ValueError: If the task is a regression, or no member stayed finite.
        """
        if not self.task.has_classes:
            raise ValueError(
                "predict_proba: expected networks with classes, got a regression (predict() "
                "returns its numbers)"
            )
        return self.member_predictions(images, views=views).mean(axis=0)

    def predict(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Predict labels from the mean of the finite members' predictions.

        Args:
            images: Images ``(N, H, W, C)`` in the form that the networks expect.
            views: Views of each image whose predictions are averaged (test-time augmentation).

        Returns:
            Single labels: class indices ``(N,)``. Multilabel: booleans ``(N, classes)``, with a
            threshold of 0.5. Regression: values ``(N,)`` or ``(N, K)``.

        Raises:
            ValueError: If no member stayed finite.
        """
        return self.task.decide(self.member_predictions(images, views=views).mean(axis=0))

    def disagreement(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Measure for each image how much the finite members disagree, as a sign of uncertainty.

        Args:
            images: ``(N, H, W, C)``, as the networks take them.
            views: Views of each image whose predictions are averaged (test-time augmentation).

        Returns:
            ``(N,)``: the share of pairs of members that predict differently. For a regression, the
            sample standard deviation over the M members (divisor M - 1), averaged over the targets.

        Raises:
            ValueError: If no member stayed finite.
        """
        return self._disagreement(self.member_predictions(images, views=views))

    def _disagreement(self, predictions: np.ndarray) -> np.ndarray:
        if not self.task.has_classes:
            return predictions.std(axis=0, ddof=len(predictions) > 1).mean(axis=-1)
        return disagreement(np.stack([self.task.decide(found) for found in predictions]))

    @takes_one_set
    def evaluate(
        self, dataset: LabeledImages, *, views: Sequence[View] = UNCHANGED
    ) -> EnsembleEvaluation:
        """Measure the accuracy or error of each finite member and of the ensemble.

        Args:
            dataset: A labeled set of the same task and input shape as the training set.
            views: Views of each image whose predictions are averaged (test-time augmentation).

        Raises:
            ValueError: If the set does not fit the networks, or no member stayed finite.
        """
        self.members[0].network.check_takes(dataset)
        predictions = self.member_predictions(dataset.read(np.arange(len(dataset))), views=views)
        marks = np.stack([self.task.marks(found, dataset.labels) for found in predictions])
        values = marks.mean(axis=-1)
        mean, spread = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0
        low, high = mean_interval(mean, spread, len(values))
        return EnsembleEvaluation(
            values=tuple(map(float, values)),
            learning_rates=tuple(
                rate
                for rate, step in zip(self.learning_rates, self.stopped_at, strict=True)
                if step is None
            ),
            mean=mean,
            spread=spread,
            interval=(max(low, 0.0), min(high, 1.0 if self.task.has_classes else math.inf)),
            together=float(self.task.marks(predictions.mean(axis=0), dataset.labels).mean()),
            disagreement=float(self._disagreement(predictions).mean()),
            examples=len(dataset),
            measure=self.task.measure,
        )


def disagreement(answers: np.ndarray) -> np.ndarray:
    """Compute the share of pairs of members that predict differently.

    Args:
        answers: ``(members, N)`` class indices, or ``(members, N, classes)`` booleans. Two members
            agree about an example if they agree about all classes.

    Returns:
        ``(N,)`` floats in [0, 1]; zeros for a single member.

    Example:
        >>> disagreement(np.array([[0, 1], [0, 1], [0, 2]])).round(3).tolist()
        [0.0, 0.667]
    """
    members, examples = answers.shape[:2]
    if members == 1:
        return np.zeros(examples)
    answers = answers.reshape(members, examples, -1)
    differ = (answers[:, None] != answers[None]).any(axis=-1).sum(axis=(0, 1))
    return differ / (members * (members - 1))


def mean_interval(mean: float, spread: float, members: int) -> tuple[float, float]:
    r"""Compute the 95% confidence interval of a mean over members or seeds, by Student's t.

    :math:`mean \pm t_{0.975,\,M-1}\; spread / \sqrt M` for M members.

    Args:
        mean: The mean of the members' values.
        spread: The sample standard deviation of the values (divisor M - 1, as with ddof=1).
        members: Number of members.

    Returns:
        A pair of floats: the lower and the upper end. For a single member, the two ends are minus
        and plus infinity, because one member says nothing about other members.

    Example:
        >>> [round(end, 3) for end in mean_interval(0.8, 0.01, 3)]
        [0.775, 0.825]
    """
    from scipy.special import stdtrit  # reads files when imported

    if members == 1:
        return -math.inf, math.inf
    reach = float(stdtrit(members - 1, 0.975)) * spread / members**0.5
    return mean - reach, mean + reach
