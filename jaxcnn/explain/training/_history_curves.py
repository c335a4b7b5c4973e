"""Draw how training went, epoch by epoch: loss, accuracy, learning rate, gradients and updates."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxcnn.architecture import short_path
from jaxcnn.explain._layer_names import in_order
from jaxcnn.explain.drawing._figure import BLUE, GRAY, ORANGE, as_written, new_figure, quiet_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


Series = tuple[list[int], list[float]]

WIDTHS = {1: 6.0, 2: 9.5, 3: 13.5, 4: 17.5}
"""Widths of figures in inches, by the number of panels."""


def plot_curves(
    history: Sequence[Mapping[str, Any]],
    *,
    title: str = "Training",
    held_out: str = "validation",
) -> "Figure":
    """Plot loss, accuracy, custom metrics and learning rate against the epoch.

    Args:
        history: One mapping per epoch. Each mapping has `epoch` and `train_loss`, and can have
            `train_accuracy` (0 to 1), `validation_loss`, `validation_accuracy`, `learning_rate` and
            `seconds`, and `validation_NAME` for custom metrics. None means that a value is unknown.
            If an epoch has no `train_accuracy`, as in a regression, accuracies are not drawn. If
            accuracies are drawn, losses are in nat.
        title: The figure's title, such as "classic on CIFAR-10, n = 50,000".
        held_out: What the figure calls the examples of `validation_loss`, such as "test" if the
            test set was evaluated after each epoch.

    Returns:
        The figure: ``figure.savefig("curves.png")`` writes it.

    Raises:
        ValueError: If the history is empty, or an epoch lacks `epoch` or `train_loss`.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> epoch = {"epoch": 1, "train_loss": 1.9, "train_accuracy": 0.3}
        >>> figure = explain.plot_curves([epoch], title="classic on digits, n = 1,437")
        >>> [axes.get_ylabel() for axes in figure.axes]
        ['loss (nat)', 'accuracy (%)']
    """
    _check(history)
    with_accuracy = all(logs.get("train_accuracy") is not None for logs in history)
    with_rate = bool(_series(history, "learning_rate")[0])
    metrics = _custom_metrics(history)
    count = 1 + with_accuracy + bool(metrics) + with_rate
    figure = new_figure(WIDTHS[count], 4.4, title=title, caption=_caption(history, held_out))
    panels = iter(figure.subplots(1, count, squeeze=False)[0])
    loss = next(panels)
    _plot_pair(loss, history, "loss", held_out, scale=1)
    loss.set(title="Loss (lower is better)", ylabel="loss (nat)" if with_accuracy else "loss")
    if with_accuracy:
        accuracy = next(panels)
        _plot_pair(accuracy, history, "accuracy", held_out, scale=100)
        accuracy.set(title="Accuracy (higher is better)", ylabel="accuracy (%)")
    if metrics:
        _plot_metrics(next(panels), history, metrics)
    if with_rate:
        rate = next(panels)
        _plot(rate, _series(history, "learning_rate"), "learning rate", GRAY, "s-")
        rate.set(title="Learning rate", ylabel="learning rate")
    for panel in figure.axes:
        _finish(panel)
    return figure


def _check(history: Sequence[Mapping[str, Any]]) -> None:
    if not history:
        raise ValueError("history: expected at least one epoch, got none")
    for place, logs in enumerate(history):
        for key in ("epoch", "train_loss"):
            if logs.get(key) is None:
                raise ValueError(f"history[{place}]: expected {key!r}, got {sorted(logs)}")


def _series(history: Sequence[Mapping[str, Any]], key: str, scale: float = 1) -> Series:
    known = [logs for logs in history if logs.get(key) is not None]
    return [logs["epoch"] for logs in known], [scale * logs[key] for logs in known]


def _plot_pair(
    axes: "Axes",
    history: Sequence[Mapping[str, Any]],
    quantity: str,
    held_out: str,
    *,
    scale: float,
) -> None:
    _plot(axes, _series(history, f"train_{quantity}", scale), "training", ORANGE, "o--")
    validation = _series(history, f"validation_{quantity}", scale)
    if validation[0]:
        _plot(axes, validation, held_out, BLUE, "o-")
    axes.legend(frameon=False)


def _custom_metrics(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the entries of custom metrics of the validation set, in their order."""
    known = ("validation_loss", "validation_accuracy")
    names = dict.fromkeys(name for logs in history for name in logs)
    return [name for name in names if name.startswith("validation_") and name not in known]


def _plot_metrics(
    axes: "Axes", history: Sequence[Mapping[str, Any]], metrics: Sequence[str]
) -> None:
    from matplotlib import colormaps

    for place, name in enumerate(metrics):
        shade = colormaps["viridis"](0.88 * place / max(len(metrics) - 1, 1))
        label = as_written(name.removeprefix("validation_"), 24)
        _plot(axes, _series(history, name), label, shade, f"{MARKERS[place % len(MARKERS)]}-")
    axes.set(title="Custom metrics", ylabel="metric")
    axes.legend(frameon=False)


def _plot(axes: "Axes", series: Series, label: str, color: Any, style: str) -> None:
    size = 5 if len(series[0]) <= 40 else 0  # markers would cover a long line
    axes.plot(*series, style, label=label, color=color, markersize=size)


def _finish(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    quiet_frame(axes)


def _caption(history: Sequence[Mapping[str, Any]], held_out: str) -> str:
    last = history[-1]
    if last.get("train_accuracy") is not None:
        quantity, form = "accuracy", ".1%"
    else:
        quantity, form = "loss", ".4g"
    parts = [f"After epoch {last['epoch']}: training {quantity} {last[f'train_{quantity}']:{form}}"]
    if last.get(f"validation_{quantity}") is not None:
        parts.append(f"{held_out} {quantity} {last[f'validation_{quantity}']:{form}}")
    seconds = _series(history, "seconds")[1]
    if seconds:
        total, per_epoch = _rounded(sum(seconds)), _rounded(sum(seconds) / len(seconds))
        parts.append(f"{total} s in total, {per_epoch} s per epoch")
    return "; ".join(parts) + "."


def _rounded(seconds: float) -> str:
    return f"{seconds:.3g}" if seconds < 100 else f"{seconds:,.0f}"


KINDS = {"gradient_norms": "Gradients of the loss", "update_norms": "Updates of the weights"}
MARKERS = "os^Dv<>pP*Xhd"
MAX_NAMED = len(MARKERS)


def plot_recorded_norms(
    history: Sequence[Mapping[str, Any]],
    *,
    layers: Sequence[str] = (),
    title: str = "Gradients and updates",
) -> "Figure":
    """Plot the norms of each layer's gradients and updates against the epoch.

    Args:
        history: The history of a run of ``fit(log_norms=True)``.
        layers: The layers' names in their order, as from `layer_names`. Empty: layers are sorted by
            name.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("norms.png")`` writes it.

    Raises:
        ValueError: If no epoch has norms.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> epoch = {"epoch": 1, "gradient_norms": {"0": 0.1}, "update_norms": {"0": 0.01}}
        >>> explain.plot_recorded_norms([epoch]).axes[0].get_yscale()
        'log'
    """
    epochs = [logs for logs in history if all(logs.get(kind) for kind in KINDS)]
    if not epochs:
        raise ValueError("history: expected norms, got none (call fit with log_norms=True)")
    # Layers that are frozen at first have no norms in the first epochs.
    names = {short_path(name): name for logs in epochs for name in logs["gradient_norms"]}
    order = in_order(names, layers)
    figure = new_figure(10.5, 4.8, title=title, caption=_caption_of_norms(len(order)))
    for axes, (kind, heading) in zip(figure.subplots(1, 2), KINDS.items(), strict=True):
        for place, name in enumerate(order):
            values = [logs[kind].get(names[name], np.nan) for logs in epochs]
            _draw_layer(axes, [logs["epoch"] for logs in epochs], values, name, place, len(order))
        _finish_norms(axes, heading)
    figure.legend(
        *figure.axes[0].get_legend_handles_labels(),
        title="layer",
        loc="outside right center",
        frameon=False,
        fontsize=9,
    )
    return figure


def _draw_layer(
    axes: "Axes", epochs: list[int], norms: list[float], name: str, place: int, layers: int
) -> None:
    """Draw the line of a layer; the nearer the layer is to the images, the darker."""
    from matplotlib import colormaps

    named = layers <= MAX_NAMED or place in (0, layers // 2, layers - 1)
    axes.plot(
        epochs,
        np.where(np.array(norms) > 0, norms, np.nan),
        marker=MARKERS[place % len(MARKERS)],
        markersize=4 if len(epochs) <= 40 else 0,
        linewidth=1.2,
        color=colormaps["viridis"](0.88 * place / max(layers - 1, 1)),
        label=as_written(name, 20) if named else None,
    )


def _finish_norms(axes: "Axes", heading: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set(title=heading, xlabel="epoch", ylabel="Euclidean norm", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    quiet_frame(axes)


def _caption_of_norms(layers: int) -> str:
    named = "" if layers <= MAX_NAMED else "; the first, middle and last are named"
    return (
        "One line per layer: the norm of its gradient and of its update, over all its weights, in "
        f"the last step of each epoch. {layers} layers, named as in the summary, from the input "
        f"(dark) to the output (light){named}. If the dark lines are many times below the light "
        "ones, gradients vanish on their way back. Layers with few weights, such as batch norm, "
        "are lower, too."
    )
