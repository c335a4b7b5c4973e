"""`cross_validate`: train on the folds of a data set, and measure each on the examples left out."""

import dataclasses
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import Fold, LabeledImages, as_labeled_set, takes_one_set
from jaxcnn.inference import Evaluation
from jaxcnn.layers import Layer
from jaxcnn.runs import Run
from jaxcnn.training._ensemble_result import mean_interval
from jaxcnn.training._fit import fit
from jaxcnn.training._plan import Plan
from jaxcnn.training._sets import check_model_and_set


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CrossValidation(TableResult):
    """The networks of a cross-validation, and how good each is on the examples of its fold.

    Attributes:
        runs: One `Run` per fold.
        evaluations: One `Evaluation` per fold, on the examples that its network did not learn from.
    """

    runs: tuple[Run, ...]
    evaluations: tuple[Evaluation, ...]

    @property
    def measure(self) -> str:
        """The name of the values: ``"accuracy"``, or the error of a regression."""
        return self.runs[0].network.task.measure

    @property
    def values(self) -> tuple[float, ...]:
        """The accuracy of each fold; for a regression, its mean error."""
        found = self.evaluations
        return tuple(one.loss if one.accuracy is None else one.accuracy for one in found)

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return float(np.mean(self.values))

    @property
    def spread(self) -> float:
        """The sample standard deviation of the values (divisor K - 1 for K folds)."""
        return float(np.std(self.values, ddof=1))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% confidence interval of the mean, by Student's t (`mean_interval`).

        The networks share most of their training examples, so the interval is rather too narrow.
        """
        low, high = mean_interval(self.mean, self.spread, len(self.values))
        has_classes = self.runs[0].network.task.has_classes
        return max(low, 0.0), min(high, 1.0) if has_classes else high

    def __repr__(self) -> str:
        return f"CrossValidation({len(self.runs)} folds of {self.runs[0].network})"

    def __str__(self) -> str:
        form = ".2%" if self.measure == "accuracy" else ".4g"
        low, high = self.interval
        return (
            f"{self.measure} {self.mean:{form}} ± {self.spread:{form}} over {len(self.runs)} folds "
            f"(95% interval of the mean {low:{form}} to {high:{form}})"
        )

    def _content(self) -> Mapping[str, Any]:
        names = ("measure", "mean", "spread", "interval")
        return {"folds": [*self._rows()], **{name: getattr(self, name) for name in names}}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for number, (run, found) in enumerate(zip(self.runs, self.evaluations, strict=True)):
            score = {} if found.accuracy is None else {"accuracy": found.accuracy}
            row = {"fold": number, "examples": found.examples, "loss": found.loss, **score}
            yield row | {"epochs": len(run.history)}

    def _blocks(self) -> Iterable[Block]:
        return [Table.of(self._rows(), words=0), str(self)]


@takes_one_set
def cross_validate(
    model: Layer | nnx.Module,
    data: LabeledImages,
    *,
    folds: int | Sequence[Fold] = 5,
    plan: Plan | None = None,
    progress: bool = True,
    checkpoints: str | os.PathLike[str] | None = None,
    **options: Any,
) -> CrossValidation:
    """Run a k-fold cross-validation: train k networks, each without one fold, and test it on that.

    Use it where a data set is too small for a test set of its own: each example is tested on once.

    Args:
        model: An architecture, or an `nnx.Module`, whose weights all networks start from.
        data: The labeled set.
        folds: The number of folds, which the option `seed` draws by `Dataset.folds`; or the folds
            themselves, pairs of a set to train on and a set to validate on.
        plan: A `Plan` of options, made and checked beforehand. None means the defaults.
        progress: Whether to print one line per epoch and fold.
        checkpoints: A folder in which each fold has a folder with its checkpoints. If the function
            was cut off, make the same call again.
        **options: Options of `fit`, by name. They replace the options of the same name in `plan`.

    Returns:
        A `CrossValidation`, to print: the runs, and the mean of their accuracies with its interval.

    Raises:
        KeyboardInterrupt: If Ctrl-C ended a training.
        TypeError: If an option is unknown, or has the wrong type.
        ValueError: If an option is out of range, or the model and the data do not fit together.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> data = jaxcnn.data.digits().train
        >>> found = cross_validate(net, data, folds=3, epochs=2, progress=False)
        >>> len(found.values), found.mean > 0.8
        (3, True)
    """
    plan = Plan.of(plan, options, function=cross_validate)
    data = as_labeled_set("data", data)
    check_model_and_set(model, data, "data")
    pairs = folds if isinstance(folds, Sequence) else data.folds(folds, seed=plan.seed)
    if len(pairs) < 2:
        raise ValueError(f"folds: expected at least 2, got {len(pairs)}")
    runs, evaluations = [], []
    for number, (train, validation) in enumerate(pairs):
        folder = None if checkpoints is None else Path(checkpoints) / f"fold-{number}"
        run = fit(
            *(model, train),
            validation=validation,
            plan=plan,
            progress=progress,
            checkpoints=folder,
        )
        if run.interrupted:
            raise KeyboardInterrupt(f"interrupted in fold {number} of {len(pairs)}")
        runs.append(run)
        evaluations.append(run.evaluate(validation))
    return CrossValidation(tuple(runs), tuple(evaluations))
