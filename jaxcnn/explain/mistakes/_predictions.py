"""Draw predicted numbers against the true ones."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn.data import Regression, RegressionScores, evenly_spaced
from jaxcnn.explain.drawing._drawable import as_finite, check_names
from jaxcnn.explain.drawing._figure import BLUE, GRAY, as_written, new_figure, quiet_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_PANELS, SIDE = 6, 3.6
MAX_POINTS = 5000
MARGIN = 0.04
"""Empty space at each end of the axes, as a share of their range."""


def plot_predictions(
    predictions: ArrayLike,
    labels: ArrayLike,
    names: Sequence[str] | None = None,
    *,
    title: str = "Predicted against true values",
) -> "Figure":
    """Plot the predictions of a regression against the true values, one panel per target.

    Use it to see what R² and the mean error hide: outliers, values that are predicted too low or
    too high throughout, and predictions that shrink toward the mean. The title of each panel has R²
    and the root mean squared error with its 95% interval. `Regression.scores` computes both from
    all examples. Only the first six targets are drawn. If there are more than 5,000 examples, 5,000
    evenly spaced ones are drawn.

    Args:
        predictions: The predicted values, ``(N,)``, or ``(N, K)`` for K targets, as from
            ``run.predict(test.images)``; at least two examples.
        labels: The true values, in the shape of `predictions`.
        names: The names of the K targets, such as ``test.class_names``. None means ``"value"``, or
            ``"value 0"``, ``"value 1"`` and so on.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("predictions.png")`` writes it.

    Raises:
        TypeError: If the labels are not real numbers.
        ValueError: If the shapes differ, there are fewer than two examples, there is not one name
            per target, or values are NaN or infinite.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_predictions([2.5, 0.0, 2.0, 8.0], [3, -0.5, 2, 7], ["height"])
        >>> figure.axes[0].get_title().splitlines()[0]
        'height: R² 0.949'
    """
    predicted = as_finite("predictions", predictions, "(N,) or (N, K)", (1, 2))
    predicted = predicted.reshape(len(predicted), -1)
    examples, targets = predicted.shape
    if examples < 2:
        raise ValueError(f"predictions: expected at least 2 examples, got {examples}")
    task = Regression()
    truths = task.check_labels(labels, examples=examples, outputs=targets)
    names = task.settle_names(names, truths)
    check_names("names", names, targets, "targets")
    scores = task.scores(predicted, truths)
    shown = min(targets, MAX_PANELS)
    columns = shown if shown <= 3 else -(-shown // 2)
    rows = -(-shown // columns)
    figure = new_figure(
        (SIDE + 0.4) * max(columns, 1.3),
        (SIDE + 0.6) * rows + 1.2,
        title=title,
        caption=_caption(examples, targets),
    )
    points = evenly_spaced(examples, MAX_POINTS)
    pairs = np.stack([truths.reshape(predicted.shape), predicted])[:, points]
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for k, axes in enumerate(panels):
        if k < shown:
            _draw(axes, *pairs[..., k], name=names[k])
            axes.set_title(_panel_title(names[k], scores, k), fontsize=10)
        else:
            axes.axis("off")
    return figure


def _draw(axes: "Axes", truths: np.ndarray, predicted: np.ndarray, *, name: str) -> None:
    few = len(truths) <= 300
    axes.scatter(
        truths,
        predicted,
        s=16 if few else 7,
        color=BLUE,
        alpha=0.6 if few else 0.3,
        linewidths=0,
        zorder=3,
    )
    limits = _limits(truths, predicted)
    axes.plot(limits, limits, "--", color=GRAY, linewidth=1.2, zorder=2)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set_xlabel(f"true {as_written(name, 30)}")
    axes.set_ylabel(f"predicted {as_written(name, 30)}")
    axes.locator_params(nbins=6)
    quiet_frame(axes)


def _limits(*values: np.ndarray) -> tuple[float, float]:
    """Return the ends of both axes, which contain all values."""
    low, high = (float(end) for end in (np.min(values), np.max(values)))
    margin = MARGIN * (high - low) or max(abs(low), 1.0) / 2
    return low - margin, high + margin


def _panel_title(name: str, scores: RegressionScores, k: int) -> str:
    low, high = scores.rmse_interval[k]
    return (
        f"{as_written(name, 30)}: R² {scores.r2[k]:.3f}\n"
        f"RMSE {_number(scores.rmse[k])} ({_number(low)} to {_number(high)})"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= value < 1e7 else f"{value:.3g}"


def _caption(examples: int, targets: int) -> str:
    which = f", of which {MAX_POINTS:,} are drawn" if examples > MAX_POINTS else ""
    text = (
        f"n = {examples:,} examples{which}, one dot each. A dot on the dashed line is a perfect "
        "prediction. Above the line, predictions are too high; below it, too low. R² is 1 for "
        "perfect predictions, and 0 for always predicting the mean. RMSE is the root mean squared "
        "error, in the unit of the values, with its 95% interval."
    )
    if targets > MAX_PANELS:
        text += f" The first {MAX_PANELS} of {targets} targets are drawn."
    return text
