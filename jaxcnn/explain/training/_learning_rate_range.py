"""Draw the result of a learning rate range test."""

import math
from typing import TYPE_CHECKING

from jaxcnn.explain.drawing._figure import BLUE, GRAY, ORANGE, new_figure, quiet_frame
from jaxcnn.training import RateRange

if TYPE_CHECKING:
    from matplotlib.figure import Figure


HEADROOM = 1.25
"""Upper end of the vertical axis, as a multiple of the loss at the start."""


def plot_learning_rate_range(result: RateRange, *, title: str = "Learning rates") -> "Figure":
    """Plot the loss reached with each learning rate, and mark the best and the suggested rate.

    Args:
        result: From `jaxcnn.training.learning_rate_range`.
        title: The figure's title, such as "classic on CIFAR-10, n = 50,000".

    Returns:
        The figure: ``figure.savefig("rates.png")`` writes it.

    Raises:
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> result = RateRange((0.01, 0.1, 1.0), (2.0, 0.5, math.inf), 2.3, steps=100)
        >>> explain.plot_learning_rate_range(result).axes[0].get_xscale()
        'log'
    """
    pairs = list(zip(result.learning_rates, result.losses, strict=True))
    finite = [loss for loss in (result.initial_loss, *result.losses) if math.isfinite(loss)]
    start = result.initial_loss if math.isfinite(result.initial_loss) else max(finite, default=1.0)
    top = HEADROOM * start
    shown = [loss if loss <= top else math.nan for loss in result.losses]
    lost = [rate for rate, loss in pairs if not loss <= top]
    figure = new_figure(7.5, 4.6, title=title, caption=_caption(result))
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.axhline(start, color=GRAY, linestyle=":", label="at the start")
    axes.plot(result.learning_rates, shown, "o-", color=BLUE, label="after training")
    if lost:
        axes.plot(lost, [0.97 * top] * len(lost), "x", color=ORANGE, label="diverged or far above")
    if result.best is not None:
        axes.plot(
            result.best,
            min(result.losses),
            "o",
            markersize=13,
            markerfacecolor="none",
            color=BLUE,
            label=f"lowest, {result.best:.3g}",
        )
    if result.suggestion is not None:
        axes.axvline(
            result.suggestion,
            color=ORANGE,
            linestyle="--",
            label=f"suggested peak, {result.suggestion:.3g}",
        )
    axes.set(xlabel="learning rate", ylabel="training loss (nat)", ylim=(-0.04 * top, top))
    quiet_frame(axes)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def _caption(result: RateRange) -> str:
    caption = (
        f"Mean training loss over the last fifth of {result.steps} steps at a constant rate. All "
        "rates start from the same weights and use the same batches."
    )
    if result.suggestion is None:
        return f"{caption} No rate made the loss fall."
    return (
        f"{caption} Suggested: half the largest rate that achieved at least 90% of the largest "
        "fall in loss."
    )
