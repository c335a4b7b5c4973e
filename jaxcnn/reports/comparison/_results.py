"""`RunComparison`: the numbers of two or more runs side by side."""

import dataclasses
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import Result, TableResult
from jaxcnn._support.tables import Table
from jaxcnn._support.units import seconds_text

WIDTH = 100
"""Characters in a line of the paragraphs below the table."""


@dataclasses.dataclass(frozen=True)
class PairedDifference(Result):
    """The difference of a run from the first one, on the same test examples.

    Attributes:
        measure: ``"accuracy"``, or the mean absolute error of a predicted number.
        difference: The measure of the run minus that of the first run.
        interval: The 95% interval of the difference, for chance in the choice of the test set. It
            is `jaxcnn.functional.paired_difference_interval` for accuracies, and
            `jaxcnn.functional.normal_interval` of the differences of the errors.
        examples: Number of examples.
        only_this: Number of examples that only this run gets right; None for a regression.
        only_first: Number of examples that only the first run gets right; None for a regression.
        both_right: Number of examples that both get right; None for a regression.
        p_value: p-value of McNemar's test without continuity correction, which is below 0.05
            exactly if the interval excludes 0; None for a regression.
        exact_p_value: p-value of the exact test, if the runs disagree about fewer than 25 examples:
            for so few, the interval and the other test are rough approximations. Otherwise None.
    """

    measure: str
    difference: float
    interval: tuple[float, float]
    examples: int
    only_this: int | None = None
    only_first: int | None = None
    both_right: int | None = None
    p_value: float | None = None
    exact_p_value: float | None = None

    @property
    def is_clear(self) -> bool:
        """True if the interval excludes 0."""
        low, high = self.interval
        return low > 0 or high < 0


@dataclasses.dataclass(frozen=True)
class ComparedRun(Result):
    """A run in a comparison.

    Attributes:
        name: What tables call the run: the last part of its folder, if that is unique.
        folder: The folder of the run.
        model: The name of the network.
        dataset: The name of the test set; if there is none, of the training set.
        accuracy: Accuracy on the run's whole test set; None if it was not measured.
        interval: 95% interval of the accuracy; None if it was not measured.
        test_loss: Mean loss on the test set; None if it was not measured.
        parameters: Number of trained parameters; None for a custom module.
        macs: Multiply-accumulates for one input; None if they are not known.
        weight_bytes: Size of the trained parameters; None for a custom module.
        epochs: Number of epochs that were trained; None if it is not known.
        seconds: Seconds of training without compiling; None if they are not known.
        examples_per_second: Training examples per second; None if it is not known.
        differences: How the run differs from the first one, on the same test examples: one entry
            for classes, or one per predicted number. Empty for the first run.
        reason: Why the run cannot be compared on the same test examples; None if it can be.
    """

    name: str
    folder: str
    model: str
    dataset: str
    accuracy: float | None
    interval: tuple[float, float] | None
    test_loss: float | None
    parameters: int | None
    macs: int | None
    weight_bytes: int | None
    epochs: int | None
    seconds: float | None
    examples_per_second: float | None
    differences: tuple[PairedDifference, ...] = ()
    reason: str | None = None


@dataclasses.dataclass(frozen=True)
class RunComparison(TableResult):
    """Two or more runs side by side; ``print`` shows a table and what the differences mean.

    Attributes:
        runs: The runs. Each is compared with the first one.
        examples: Number of test examples that all compared runs share; 0 if there are none.
        noun: The word for one example, such as ``"image"``.
    """

    runs: tuple[ComparedRun, ...]
    examples: int
    noun: str = "image"

    @property
    def sentences(self) -> tuple[str, ...]:
        """The meaning of each difference, in one sentence each."""
        first, *others = self.runs
        return tuple(
            sentence_of(run, first, difference, self.noun)
            for run in others
            for difference in run.differences
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons why some runs cannot be compared on the same test examples."""
        first, *others = self.runs
        how = f"{self.noun} by {self.noun}"
        return tuple(
            f"{run.name} is not compared with {first.name} {how}: {run.reason}."
            for run in others
            if run.reason is not None
        )

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for run in self.runs:
            row = run.to_dict()
            differences = row.pop("differences")
            for name in ("difference", "interval", "p_value", "exact_p_value"):
                values = [each[name] for each in differences]
                row[name if name != "interval" else "difference_interval"] = (
                    values[0] if len(values) == 1 else values or None
                )
            yield row

    def _blocks(self) -> Iterable[Block]:
        head = (
            *("run", "network", "accuracy", "95% interval", "difference", "95% interval"),
            *("parameters", "epochs", "seconds"),
        )
        paragraphs = (textwrap.fill(text, WIDTH) for text in (*self.sentences, *self.reasons))
        return [Table([head, *map(_line, self.runs)], words=2), *paragraphs]


def points(difference: float) -> str:
    """Return a difference of accuracies in percentage points, with its sign.

    Example:
        >>> points(0.0123), points(-0.5)
        ('+1.23', '−50.00')
    """
    return f"{100 * difference:+.2f}".replace("-", "\N{MINUS SIGN}")


def interval_text(found: PairedDifference) -> str:
    """Return the ends of the interval: percentage points for accuracies, else four digits."""
    if found.measure == "accuracy":
        return " to ".join(map(points, found.interval))
    return " to ".join(f"{end:+.4g}".replace("-", "\N{MINUS SIGN}") for end in found.interval)


def sentence_of(run: ComparedRun, first: ComparedRun, found: PairedDifference, noun: str) -> str:
    """Say in words what a difference is, and whether chance in the test set could explain it."""
    verdict = _verdict(found)
    if found.measure != "accuracy":
        change = "lower" if found.difference < 0 else "higher"
        return (
            f"The {found.measure} of {run.name} is {abs(found.difference):.4g} {change} than that "
            f"of {first.name} (95% interval {interval_text(found)}, on the same {found.examples:,} "
            f"test {noun}s){verdict}."
        )
    if found.difference == 0:
        size = f"{run.name} is as accurate as {first.name}"
    else:
        more = "more" if found.difference > 0 else "less"
        size = (
            f"{run.name} is {abs(100 * found.difference):.2f} points {more} accurate than "
            f"{first.name}"
        )
    exact = "" if found.exact_p_value is None else f", exact test: p {p_text(found.exact_p_value)}"
    return (
        f"{size} (95% interval {interval_text(found)} points, on the same {found.examples:,} test "
        f"{noun}s: {_count(found.only_this, noun)} that only {run.name} gets right, "
        f"{found.only_first:,} that only {first.name} gets right; "
        f"McNemar's test: p {p_text(found.p_value)}{exact}){verdict}."
    )


def _count(number: int | None, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _verdict(found: PairedDifference) -> str:
    chance = "chance in the choice of the test set can explain it"
    if not found.is_clear:
        return f"; {chance}"
    is_chance = found.exact_p_value is not None and found.exact_p_value >= 0.05
    return f"; by the exact test, {chance}" if is_chance else ""


def p_text(p_value: float | None) -> str:
    """Return a p-value with its relation.

    Example:
        >>> p_text(0.0312), p_text(1e-9)
        ('= 0.031', '< 0.001')
    """
    if p_value is None:
        return "unknown"
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"


def _line(run: ComparedRun) -> tuple[str, ...]:
    found = run.differences[0] if len(run.differences) == 1 else None
    is_accuracy = found is not None and found.measure == "accuracy"
    return (
        run.name,
        run.model,
        "" if run.accuracy is None else f"{run.accuracy:.2%}",
        "" if run.interval is None else f"{run.interval[0]:.2%} to {run.interval[1]:.2%}",
        points(found.difference) if found is not None and is_accuracy else "",
        interval_text(found) if found is not None and is_accuracy else "",
        "" if run.parameters is None else f"{run.parameters:,}",
        "" if run.epochs is None else f"{run.epochs}",
        "" if run.seconds is None else seconds_text(run.seconds),
    )
