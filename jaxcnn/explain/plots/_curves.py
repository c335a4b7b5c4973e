"""How training went: loss, accuracy and learning rate, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jaxcnn.explain.plots._figure import BLUE, GRAY, ORANGE, new_figure, quiet_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Series = tuple[list[int], list[float]]


def plot_curves(history: Sequence[Mapping[str, Any]], *, title: str = "Training") -> "Figure":
    """Plot loss, accuracy and learning rate against the epoch.

    Args:
        history: One mapping for each epoch, with `epoch`, `train_loss` (in nat) and
            `train_accuracy` (0 to 1), and where known `validation_loss`,
            `validation_accuracy`, `learning_rate` and `seconds`. None counts as not known.
        title: What was trained on what, such as "classic on CIFAR-10, n = 50,000".

    Returns:
        The figure: ``figure.savefig("curves.png")`` writes it.

    Raises:
        ValueError: For an empty history, or an epoch without one of the first three.
        ImportError: Where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> epoch = {"epoch": 1, "train_loss": 1.9, "train_accuracy": 0.3}
        >>> figure = explain.plot_curves([epoch], title="classic on digits, n = 1,437")
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['loss (nat)', 'accuracy (%)']
    """
    _check(history)
    with_rate = bool(_series(history, "learning_rate")[0])
    figure = new_figure(13.5 if with_rate else 9.5, 4.4, title=title, caption=_caption(history))
    panels = figure.subplots(1, 3 if with_rate else 2)
    _plot_pair(panels[0], history, "loss", scale=1)
    panels[0].set(title="Loss (lower is better)", ylabel="loss (nat)")
    _plot_pair(panels[1], history, "accuracy", scale=100)
    panels[1].set(title="Accuracy (higher is better)", ylabel="accuracy (%)")
    if with_rate:
        _plot(panels[2], _series(history, "learning_rate"), "learning rate", GRAY, "s-")
        panels[2].set(title="Learning rate", ylabel="learning rate")
    for panel in panels:
        _finish(panel)
    return figure


def _check(history: Sequence[Mapping[str, Any]]) -> None:
    if not history:
        raise ValueError("history must hold at least one epoch; got none")
    for place, logs in enumerate(history):
        for key in ("epoch", "train_loss", "train_accuracy"):
            if logs.get(key) is None:
                raise ValueError(f"history[{place}] must hold {key!r}; got {sorted(logs)}")


def _series(history: Sequence[Mapping[str, Any]], key: str, scale: float = 1) -> Series:
    known = [logs for logs in history if logs.get(key) is not None]
    return [logs["epoch"] for logs in known], [scale * logs[key] for logs in known]


def _plot_pair(
    axes: "Axes", history: Sequence[Mapping[str, Any]], quantity: str, *, scale: float
) -> None:
    _plot(axes, _series(history, f"train_{quantity}", scale), "training", ORANGE, "o--")
    validation = _series(history, f"validation_{quantity}", scale)
    if validation[0]:
        _plot(axes, validation, "validation", BLUE, "o-")
    axes.legend(frameon=False)


def _plot(axes: "Axes", series: Series, label: str, color: str, style: str) -> None:
    size = 5 if len(series[0]) <= 40 else 0  # markers would cover a long line
    axes.plot(*series, style, label=label, color=color, markersize=size)


def _finish(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    quiet_frame(axes)


def _caption(history: Sequence[Mapping[str, Any]]) -> str:
    last = history[-1]
    parts = [f"After epoch {last['epoch']}: training accuracy {last['train_accuracy']:.1%}"]
    if last.get("validation_accuracy") is not None:
        parts.append(f"validation accuracy {last['validation_accuracy']:.1%}")
    seconds = _series(history, "seconds")[1]
    if seconds:
        in_all, an_epoch = _rounded(sum(seconds)), _rounded(sum(seconds) / len(seconds))
        parts.append(f"{in_all} s in all, {an_epoch} s an epoch")
    return "; ".join(parts) + "."


def _rounded(seconds: float) -> str:
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:,.0f}"
