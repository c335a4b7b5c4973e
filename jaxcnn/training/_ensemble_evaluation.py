"""Accuracies or errors of an ensemble on a labeled set."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table


@dataclasses.dataclass(frozen=True)
class EnsembleEvaluation(TableResult):
    """Accuracies or errors on a labeled set, of each ensemble member and of the ensemble.

    Attributes:
        values: One value per member that stayed finite. For a regression, the mean error of the
            member; else the accuracy (multilabel: the share of examples with all labels right).
        learning_rates: The learning rates of these members.
        mean: The mean of the values.
        spread: The sample standard deviation of the values (divisor M - 1 for M members); 0 for a
            single member.
        interval: The 95% confidence interval (Student's t) of the mean that one would get over
            many more members. The interval does not go below 0 or, for an accuracy, above 1.
        together: The accuracy or error of the ensemble, which predicts the mean of the members'
            probabilities or values.
        disagreement: Share of pairs of members that predict differently, averaged over the
            examples. For a regression, the sample standard deviation over the members (divisor M -
            1), averaged over examples and targets.
        examples: Number of examples.
        measure: The measure: ``"accuracy"``, ``"mean squared error"`` or
            ``"mean absolute error"``.
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
        return "\n".join(map(str, self._blocks())) if self._differ else self._together()

    @property
    def _differ(self) -> bool:
        """True if the members had different learning rates: a mean over them would mean nothing."""
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
            f"members (95% interval of the mean {low:{form}} to {high:{form}}),\n"
            f"together {self.together:{form}}, disagreement {self.disagreement:{form}}, "
            f"n = {self.examples:,}"
        )
