"""Draw how the trainings of several runs went, in one figure."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jaxcnn.explain.drawing._figure import PALETTE, as_written, new_figure, quiet_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^v<>P"

History = Sequence[Mapping[str, Any]]


def plot_compared_curves(
    histories: Mapping[str, History], *, title: str = "Training", held_out: str = "validation"
) -> "Figure":
    """Plot the loss and the accuracy of several runs against the epoch, one color per run.

    Args:
        histories: The history of each run, as for `plot_curves`, by the name of the run; at most
            eight. Runs without a whole epoch are named in the caption.
        title: The figure's title, such as the data set.
        held_out: What the figure calls the examples of `validation_loss`.

    Returns:
        The figure: ``figure.savefig("curves.png")`` writes it. Solid lines are the held-out
        examples, dashed lines the training examples.

    Raises:
        ValueError: If no run has an epoch with `epoch` and `train_loss`, or there are more than
            eight runs.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> epoch = {"epoch": 1, "train_loss": 1.9, "train_accuracy": 0.3}
        >>> figure = explain.plot_compared_curves({"small": [epoch], "large": [epoch]})
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['small', 'large']
    """
    if len(histories) > len(PALETTE):
        raise ValueError(
            f"histories: expected at most {len(PALETTE)} runs, to be readable, got {len(histories)}"
        )
    whole = {name: [logs for logs in each if _is_whole(logs)] for name, each in histories.items()}
    known = {name: each for name, each in whole.items() if each}
    if not known:
        raise ValueError("histories: expected epochs with epoch and train_loss, got none")
    missing = [name for name in histories if name not in known]
    quantities = ["loss", "accuracy"] if _has(known, "accuracy") else ["loss"]
    figure = new_figure(
        5.4 * len(quantities) + 1.6, 4.6, title=title, caption=_caption(held_out, missing)
    )
    panels = figure.subplots(1, len(quantities), squeeze=False)[0]
    for axes, quantity in zip(panels, quantities, strict=True):
        for place, (name, history) in enumerate(known.items()):
            _plot(axes, history, quantity, name, place)
        _finish(axes, quantity)
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=9
    )
    return figure


def _is_whole(logs: Mapping[str, Any]) -> bool:
    return all(logs.get(key) is not None for key in ("epoch", "train_loss"))


def _has(histories: Mapping[str, History], quantity: str) -> bool:
    keys = (f"train_{quantity}", f"validation_{quantity}")
    logs = (logs for history in histories.values() for logs in history)
    return any(each.get(key) is not None for each in logs for key in keys)


def _plot(axes: "Axes", history: History, quantity: str, name: str, place: int) -> None:
    scale = 100 if quantity == "accuracy" else 1
    label: str | None = as_written(name, 24)
    for kind, line, width in (("validation", "-", 1.8), ("train", "--", 1.1)):
        key = f"{kind}_{quantity}"
        known = [logs for logs in history if logs.get(key) is not None]
        if not known:
            continue
        axes.plot(
            [logs["epoch"] for logs in known],
            [scale * logs[key] for logs in known],
            line,
            color=PALETTE[place],
            linewidth=width,
            marker=MARKERS[place],
            markersize=5 if len(known) <= 40 else 0,
            label=label,
        )
        label = None  # one entry of the legend per run


def _finish(axes: "Axes", quantity: str) -> None:
    from matplotlib.ticker import MaxNLocator

    if quantity == "accuracy":
        axes.set(title="Accuracy (higher is better)", ylabel="accuracy (%)")
    else:
        axes.set(title="Loss (lower is better)", ylabel="loss")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    quiet_frame(axes)


def _caption(held_out: str, missing: Sequence[str]) -> str:
    text = f"Solid lines: {held_out} examples. Dashed lines: training examples."
    if missing:
        text += f" Without a recorded epoch: {', '.join(missing)}."
    return text
