"""What training several networks gives back."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jax.typing import ArrayLike

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import LabeledImages, Task, View
from jaxcnn.inference import UNCHANGED
from jaxcnn.runs import Run


@dataclasses.dataclass(frozen=True)
class EnsembleEvaluation(TableResult):
    """How the members of an ensemble do on a labeled set, each and together.

    Attributes:
        values: Of each member that stayed finite its accuracy (multilabel: the share of examples
            all of whose labels are right), or of a regression its mean error.
        learning_rates: theirs.
        mean: their mean.
        spread: their standard deviation (with M - 1); 0 for a single member.
        interval: the 95 % interval of the mean, for members drawn anew, by Student's t, not below
            0, and of an accuracy not above 1.
        together: the same of the mean of their probabilities, or of their numbers.
        disagreement: share of the pairs of members, over all examples, that answer differently; of
            a regression the standard deviation between members (with M - 1), averaged over
            examples and numbers.
        examples: number of examples.
        measure: What was measured: `"accuracy"`, `"mean squared error"` or `"mean absolute error"`.
    """

    values: tuple[float, ...]
    learning_rates: tuple[float, ...]
    mean: float
    spread: float
    interval: tuple[float, float]
    together: float
    disagreement: float
    examples: int
    measure: str = "accuracy"

    def __str__(self) -> str:
        if self._differ:
            return "\n".join(map(str, self._blocks()))
        return self._together()

    @property
    def _differ(self) -> bool:
        """Whether the members had different learning rates: then their mean means nothing."""
        return len(set(self.learning_rates)) > 1

    @property
    def _form(self) -> str:
        return ".2%" if self.measure == "accuracy" else ".4g"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        name = self.measure.replace(" ", "_")
        for rate, value in zip(self.learning_rates, self.values, strict=True):
            yield {"learning_rate": rate, name: value}

    def _blocks(self) -> Iterable[Block]:
        each = zip(self.learning_rates, self.values, strict=True)
        lines = [(f"{rate:.3g}", f"{value:{self._form}}") for rate, value in each]
        table = Table([("learning rate", self.measure), *lines], words=0)
        return [table, f"n = {self.examples:,}" if self._differ else self._together()]

    def _together(self) -> str:
        form = self._form
        low, high = self.interval
        return (
            f"{self.measure} {self.mean:{form}} ± {self.spread:{form}} over {len(self.values)} "
            f"members (95 % interval of the mean {low:{form}} to {high:{form}}),\n"
            f"together {self.together:{form}}, disagreement {self.disagreement:{form}}, "
            f"n = {self.examples:,}"
        )


_SCORES = ("train_", "validation_")
"""How the names of an epoch's scores begin."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ensemble(TableResult):
    """Several trained networks of one architecture; its table has a row per member.

    Attributes:
        members: each as `fit` would have returned it (without times).
        seeds: one per member.
        learning_rates: one per member.
        stopped_at: for each member None, or the number of the update, from 0, that was not
            finite: it is frozen as it was before, and takes no part in what the ensemble says.
        how: a sentence about how the members were computed.
        seconds_compile: time that building the networks and compiling took.
        seconds_train: time that training took.
    """

    members: tuple[Run, ...]
    seeds: tuple[int, ...]
    learning_rates: tuple[float, ...]
    stopped_at: tuple[int | None, ...]
    how: str = ""
    seconds_compile: float = 0.0
    seconds_train: float = 0.0

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
            scores = {name: last[name] for name in last if name.startswith(_SCORES)}
            yield {"member": number, **dict(zip(names, values, strict=True)), **scores}

    def _blocks(self) -> Iterable[Block]:
        return [repr(self), Table.of(self._rows(), words=0), *([self.how] if self.how else [])]

    @property
    def finite(self) -> tuple[Run, ...]:
        """The members whose loss and weights stayed finite."""
        kept = zip(self.members, self.stopped_at, strict=True)
        return tuple(member for member, step in kept if step is None)

    @property
    def task(self) -> Task:
        """What the outputs mean."""
        return self.members[0].network.task

    def member_predictions(
        self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED
    ) -> np.ndarray:
        """Predict probabilities, or of a regression numbers, by each finite member.

        Args:
            images: Such as the networks take.
            views: Ways to look at each image; see `Network.logits`.

        Returns:
            ``(members, N, K)``.

        Raises:
            ValueError: If no member stayed finite.
        """
        if not self.finite:
            raise ValueError("no member of the ensemble stayed finite: there is nobody to ask")
        logits = [member.network.logits(images, views=views) for member in self.finite]
        return np.stack([np.asarray(self.task.predictions(outputs)) for outputs in logits])

    def predict_proba(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Return the mean of the finite members' probabilities, ``(N, classes)``.

        Raises:
            ValueError: If the task is a regression, or no member stayed finite.
        """
        if not self.task.has_classes:
            raise ValueError(
                "predict_proba: expected networks with classes, got a regression; predict() "
                "returns its numbers"
            )
        return self.member_predictions(images, views=views).mean(axis=0)

    def predict(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Answer in the form of labels, by the mean of the finite members' predictions.

        Returns:
            Class numbers ``(N,)``; multilabel: booleans ``(N, classes)``, with thresholds of 0.5;
            regression: numbers ``(N,)`` or ``(N, K)``.
        """
        return self.task.decide(self.member_predictions(images, views=views).mean(axis=0))

    def disagreement(self, images: ArrayLike, *, views: Sequence[View] = UNCHANGED) -> np.ndarray:
        """Return the share of the pairs of members that answer differently, ``(N,)``.

        Of a regression, it is the standard deviation between members, averaged over the numbers.
        """
        return self._disagreement(self.member_predictions(images, views=views))

    def _disagreement(self, predictions: np.ndarray) -> np.ndarray:
        if not self.task.has_classes:
            return predictions.std(axis=0, ddof=len(predictions) > 1).mean(axis=-1)
        return disagreement(np.stack([self.task.decide(found) for found in predictions]))

    def evaluate(
        self, dataset: LabeledImages, *, views: Sequence[View] = UNCHANGED
    ) -> EnsembleEvaluation:
        """Measure accuracies, or of a regression errors, of each finite member and of all together.

        Args:
            dataset: A labeled set such as the networks were trained on.
            views: ways to look at each image; see `Network.logits`.
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
    """Return the share of pairs of members that answer differently.

    Args:
        answers: ``(members, N)`` class numbers, or ``(members, N, classes)`` booleans, which are
            the same answer where all of them are.

    Returns:
        ``(N,)``; zeros for a single member.

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
    """The 95 % interval of a mean over some members, by Student's t.

    Args:
        mean: of the members' values.
        spread: their standard deviation, with M - 1.
        members: how many there are; a single one says nothing about others.

    Example:
        >>> [round(end, 3) for end in mean_interval(0.8, 0.01, 3)]
        [0.775, 0.825]
    """
    from scipy.special import stdtrit  # reads files when imported

    if members == 1:
        return -math.inf, math.inf
    reach = float(stdtrit(members - 1, 0.975)) * spread / members**0.5
    return mean - reach, mean + reach
