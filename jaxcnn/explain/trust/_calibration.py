"""Compare confidence with accuracy, draw both, and fit the temperature that aligns them."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.explain._inputs import check_scores
from jaxcnn.explain.drawing._figure import BLUE, GRAY, ORANGE, PALE_BLUE, as_written, new_figure
from jaxcnn.functional import confidence_bin

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


ROUNDING = 1e-2
"""How far a probability may exceed 1 when it was rounded to bfloat16."""


@dataclasses.dataclass(frozen=True, eq=False)
class Reliability(TableResult):
    """A reliability diagram: confidence against accuracy, in bins of confidence.

    Printed, a `Reliability` is a table with one row per bin.

    The confidence of an example is the probability of its most probable class. The bins are the
    equal intervals ``(b / bins, (b + 1) / bins]``.

    Attributes:
        edges: The edges of the bins, ``(bins + 1,)``, from 0 to 1.
        counts: Examples per bin, ``(bins,)``, integers.
        confidence: Mean confidence per bin, ``(bins,)``; NaN for an empty bin.
        accuracy: Share of examples per bin whose most probable class is right, ``(bins,)``; NaN for
            an empty bin.
        error: The expected calibration error, as computed by
            `functional.expected_calibration_error`.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float

    _between = "\n"

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        columns = (self.edges[:-1], self.edges[1:], self.counts, self.confidence, self.accuracy)
        names = ("above", "up_to", "examples", "confidence", "accuracy")
        for row in zip(*(values.tolist() for values in columns), strict=True):
            yield dict(zip(names, row, strict=True))

    def _blocks(self) -> Iterable[Block]:
        rows = [row for row in self._rows() if row["examples"]]
        return [Table.of(rows), f"expected calibration error {self.error:.2%}"]

    @property
    def mean_confidence(self) -> float:
        """The mean confidence; if it exceeds the mean accuracy, the network is overconfident."""
        return _weighted(self.confidence, self.counts)

    @property
    def mean_accuracy(self) -> float:
        """Share of all examples whose most probable class is right."""
        return _weighted(self.accuracy, self.counts)


def reliability(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 15) -> Reliability:
    """Compute a reliability diagram: a classifier's accuracy in bins of its confidence.

    Use it before you rely on predicted probabilities: a calibrated network is right on 80% of the
    examples with a confidence of 80%.

    Args:
        probabilities: Predicted distributions, ``(N, K)``.
        labels: True classes, integers ``(N,)``.
        bins: Number of equal intervals of confidence, at least 1.

    Returns:
        A `Reliability`: counts, confidence and accuracy per bin, and the expected calibration
        error.

    Raises:
        TypeError: If the probabilities are not floating point or the labels are not integers.
        ValueError: If the shapes do not fit together, labels are out of range, probabilities are
            not between 0 and 1, or `bins` is below 1.

    Example:
        >>> found = reliability([[0.8, 0.2], [0.8, 0.2]], [0, 1], bins=2)
        >>> found.counts.tolist(), found.accuracy.tolist(), round(found.error, 3)
        ([0, 2], [nan, 0.5], 0.3)

    Source: Guo et al., "On calibration of modern neural networks" (2017),
    https://arxiv.org/abs/1706.04599
    """
    check_int("bins", bins)
    likely, truths = check_scores("probabilities", probabilities, labels)
    if likely.min() < 0 or likely.max() > 1 + ROUNDING:
        raise ValueError(
            f"probabilities: expected values from 0 to 1, got {likely.min():.3g} to "
            f"{likely.max():.3g} (take the softmax of logits)"
        )
    sure = likely.max(axis=1)
    hits = likely.argmax(axis=1) == truths
    places = np.asarray(confidence_bin(jnp.asarray(sure, jnp.float32), bins))
    counts = np.bincount(places, minlength=bins)
    confidences, right = (np.bincount(places, weights, bins) for weights in (sure, hits))
    filled = np.where(counts > 0, counts, np.nan)
    return Reliability(
        edges=np.linspace(0, 1, bins + 1),
        counts=counts,
        confidence=confidences / filled,
        accuracy=right / filled,
        error=float(np.abs(right - confidences).sum() / len(truths)),
    )


def _weighted(values: np.ndarray, counts: np.ndarray) -> float:
    filled = counts > 0
    return float(np.average(values[filled], weights=counts[filled]))


MIN_TEMPERATURE, MAX_TEMPERATURE = 0.01, 100.0
OPTIMIZER_OPTIONS = {"xatol": 1e-8}


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Fit the temperature T for which ``softmax(logits / T)`` is best calibrated.

    Use examples that the network was not trained on. Then divide the network's logits by T. T
    minimizes the mean of ``-log softmax(logits / T)[label]``. This mean has a single minimum. A T
    above 1 means that the network was overconfident. Dividing by T changes neither the order of the
    classes nor the accuracy.

    Args:
        logits: Scores before the softmax, ``(N, K)``.
        labels: True classes, integers ``(N,)``.

    Returns:
        T, between 0.01 and 100. T is 0.01 if all examples are right, and 100 if the logits carry no
        information.

    Raises:
        TypeError: If the logits are not floating point or the labels are not integers.
        ValueError: If the shapes do not fit together, labels are out of range, or logits are not
            finite.

    Example:
        A network is 88% confident, but right on only 75% of the examples. The logits of its two
        classes differ by 2. For odds of 3 to 1, the two logits must differ by log 3.

        >>> round(fit_temperature([[2.0, 0.0]] * 4, [0, 0, 0, 1]), 4), round(2 / np.log(3), 4)
        (1.8205, np.float64(1.8205))

    Source: Guo et al., "On calibration of modern neural networks" (2017),
    https://arxiv.org/abs/1706.04599
    """
    from scipy.optimize import minimize_scalar  # reads files when imported
    from scipy.special import log_softmax

    scores, truths = check_scores("logits", logits, labels)

    def loss(log_temperature: float) -> float:
        logs = log_softmax(scores / math.exp(log_temperature), axis=1)
        return -float(np.take_along_axis(logs, truths[:, None], axis=1).mean())

    bounds = math.log(MIN_TEMPERATURE), math.log(MAX_TEMPERATURE)
    found: Any = minimize_scalar(loss, bounds=bounds, method="bounded", options=OPTIMIZER_OPTIONS)
    # The search never reaches the limits themselves.
    for limit in (MAX_TEMPERATURE, MIN_TEMPERATURE):
        if loss(math.log(limit)) <= found.fun:
            return limit
    return math.exp(found.x)


def temperature_in_words(temperature: float) -> str:
    """Write a temperature for people, and say so if the search ended at one of its limits.

    Example:
        >>> temperature_in_words(1.23456), temperature_in_words(100.0)
        ('1.23', 'at least 100')
    """
    if temperature >= MAX_TEMPERATURE:
        return f"at least {MAX_TEMPERATURE:g}"
    if temperature <= MIN_TEMPERATURE:
        return f"at most {MIN_TEMPERATURE:g}"
    return f"{temperature:.3g}"


def plot_reliability(
    reliabilities: Mapping[str, Reliability], *, title: str = "Reliability"
) -> "Figure":
    """Plot reliability diagrams: accuracy against confidence, with the number of examples below.

    Args:
        reliabilities: A dict that maps the title of each diagram to its data, such as ``{"as
            trained": report.calibration, "temperature 1.4": report.scaled}``.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("reliability.png")`` writes it.

    Raises:
        ValueError: If `reliabilities` is empty.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> found = explain.reliability([[0.8, 0.2], [0.6, 0.4]], [0, 1])
        >>> figure = explain.plot_reliability({"as trained": found})
        >>> figure.axes[0].get_title().splitlines()
        ['as trained', 'calibration error 40.0%']
    """
    if not reliabilities:
        raise ValueError("reliabilities: expected at least one, got none")
    columns = len(reliabilities)
    figure = new_figure(4.4 * columns + 0.4, 5.8, title=title, caption=_caption(reliabilities))
    panels = figure.subplots(
        2, columns, height_ratios=[3.2, 1], sharex=True, sharey="row", squeeze=False
    )
    for (name, shown), (diagram, histogram) in zip(reliabilities.items(), panels.T, strict=True):
        _draw_diagram(diagram, shown)
        _draw_counts(histogram, shown)
        diagram.set_title(f"{as_written(name)}\ncalibration error {shown.error:.1%}", fontsize=10)
    panels[0, 0].set_ylabel("accuracy (%)")
    panels[0, 0].legend(loc="upper left", fontsize=9, edgecolor="none", borderpad=0.2)
    panels[1, 0].set_ylabel("examples")
    return figure


def _draw_diagram(axes: "Axes", shown: Reliability) -> None:
    edges, width = 100 * shown.edges[:-1], 100 * np.diff(shown.edges)
    filled = shown.counts > 0
    accuracy, confidence = 100 * shown.accuracy[filled], 100 * shown.confidence[filled]
    axes.bar(
        edges[filled],
        accuracy,
        width[filled],
        align="edge",
        color=PALE_BLUE,
        edgecolor=BLUE,
        label="accuracy",
    )
    axes.plot([0, 100], [0, 100], "--", color=GRAY, label="perfectly calibrated")
    axes.vlines(confidence, accuracy, confidence, color=ORANGE, linewidth=2.5, label="gap")
    axes.set(xlim=(0, 100), ylim=(0, 100))
    axes.spines[["top", "right"]].set_visible(False)


def _draw_counts(axes: "Axes", shown: Reliability) -> None:
    bars = axes.bar(
        100 * shown.edges[:-1],
        shown.counts,
        100 * np.diff(shown.edges),
        align="edge",
        color="#BBBBBB",
        edgecolor=GRAY,
    )
    axes.bar_label(bars, [f"{n:,}" if n else "" for n in shown.counts], fontsize=6)
    axes.margins(y=0.15)
    axes.set(xlabel="confidence: probability of the predicted class (%)")
    axes.spines[["top", "right"]].set_visible(False)


def _caption(reliabilities: Mapping[str, Reliability]) -> str:
    first = next(iter(reliabilities.values()))
    return (
        f"n = {first.counts.sum():,} examples, grouped by the probability of the predicted class. "
        "Where bars end below the dashed line, the network is overconfident; where they end above "
        "it, it is underconfident. The calibration error is the mean length of the gaps "
        "(thick lines), weighted by the number of examples."
    )
