"""Compare confidence with accuracy, draw both, and fit the temperature that aligns them."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

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
"""By so much, in bfloat16, a probability may be above 1."""


@dataclasses.dataclass(frozen=True, eq=False)
class Reliability(TableResult):
    """How often a network is right when it is so or so sure; its table has a row per interval.

    Examples lie in equal intervals ``(b / bins, (b + 1) / bins]`` of their confidence: the
    probability of the first guess.

    Attributes:
        edges: the intervals' ends, ``(bins + 1,)``, from 0 to 1.
        counts: examples in each, ``(bins,)``, integers.
        confidence: mean confidence in each, ``(bins,)``; NaN where there is no example.
        accuracy: share of right first guesses in each, ``(bins,)``; NaN where there is none.
        error: the expected calibration error, as from `functional.expected_calibration_error`.
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
        """Of all examples. Above the mean accuracy, the network is too sure of itself."""
        return _weighted(self.confidence, self.counts)

    @property
    def mean_accuracy(self) -> float:
        """Share of all examples whose first guess is right."""
        return _weighted(self.accuracy, self.counts)


def reliability(probabilities: ArrayLike, labels: ArrayLike, *, bins: int = 15) -> Reliability:
    """Compare how sure a network is with how often it is right.

    Args:
        probabilities: predicted distributions, ``(N, K)``.
        labels: true classes, integers ``(N,)``.
        bins: number of intervals, at least 1.

    Returns:
        Counts, confidence and accuracy of each interval, and the calibration error.

    Raises:
        TypeError: for probabilities that are not floating point or labels that are not integers.
        ValueError: for shapes that do not fit together, labels out of range, probabilities that
            do not lie between 0 and 1, or bins below 1.

    Example:
        >>> found = reliability([[0.8, 0.2], [0.8, 0.2]], [0, 1], bins=2)
        >>> found.counts.tolist(), found.accuracy.tolist(), round(found.error, 3)
        ([0, 2], [nan, 0.5], 0.3)

    Source: Guo et al., "On calibration of modern neural networks" (2017),
    https://arxiv.org/abs/1706.04599
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1; got {bins}")
    likely, truths = check_scores("probabilities", probabilities, labels)
    if likely.min() < 0 or likely.max() > 1 + ROUNDING:
        raise ValueError(
            f"probabilities must lie between 0 and 1; got {likely.min():.3g} to "
            f"{likely.max():.3g}; take the softmax of logits"
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


LOWEST, HIGHEST = 0.01, 100.0
PRECISE = {"xatol": 1e-8}


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Find the temperature T at which ``softmax(logits / T)`` fits the labels best.

    It minimizes the mean of ``-log softmax(logits / T)[label]``, which has a single minimum.
    Above 1: the network was too sure of itself. The order of the classes, and so the accuracy,
    stays as it is.

    Args:
        logits: scores before the softmax, ``(N, K)``, best of images that were not trained on.
        labels: true classes, integers ``(N,)``.

    Returns:
        T, from 0.01 (near it, if all answers are right) to 100 (if they say nothing).

    Raises:
        TypeError: for logits that are not floating point or labels that are not integers.
        ValueError: for shapes that do not fit together, labels out of range, or logits that are
            not finite.

    Example:
        Sure to 88 %, and right in 75 %: odds of 3 to 1 make logits of ±2 a difference of log 3.

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

    bounds = math.log(LOWEST), math.log(HIGHEST)
    return math.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options=PRECISE).x)


def plot_reliability(
    reliabilities: Mapping[str, Reliability], *, title: str = "Reliability"
) -> "Figure":
    """Plot accuracy against confidence, and below it how many examples have which confidence.

    Args:
        reliabilities: what stands above each diagram, and what it shows: such as
            ``{"as trained": report.calibration, "temperature 1.4": report.scaled}``.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("reliability.png")`` writes it.

    Raises:
        ValueError: if there is nothing to show.
        ImportError: where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> found = explain.reliability([[0.8, 0.2], [0.6, 0.4]], [0, 1])
        >>> figure = explain.plot_reliability({"as trained": found})
        >>> figure.axes[0].get_title().splitlines()
        ['as trained', 'calibration error 40.0%']
    """
    if not reliabilities:
        raise ValueError("reliabilities must hold at least one; got none")
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
    axes.plot([0, 100], [0, 100], "--", color=GRAY, label="as sure as right")
    axes.vlines(
        confidence, accuracy, confidence, color=ORANGE, linewidth=2.5, label="gap: the error"
    )
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
    axes.set(xlabel="confidence: probability of the first guess (%)")
    axes.spines[["top", "right"]].set_visible(False)


def _caption(reliabilities: Mapping[str, Reliability]) -> str:
    first = next(iter(reliabilities.values()))
    return (
        f"n = {first.counts.sum():,} examples, by the probability of their first guess. A bar "
        "below the dashed line: surer than right; above it: more often right than sure. The "
        "calibration "
        "error is the mean length of the gaps (thick lines), each weighted by its examples."
    )
