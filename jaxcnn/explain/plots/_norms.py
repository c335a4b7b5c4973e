"""How large the gradients and updates of each layer are, as training goes on."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxcnn.architecture._walk import spoken
from jaxcnn.explain.plots._figure import as_written, new_figure, quiet_frame
from jaxcnn.explain.progress._order import in_order

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = {"gradient_norms": "Gradients of the loss", "update_norms": "Updates of the weights"}
MARKERS = "os^Dv<>pP*Xhd"
MOST_NAMED = len(MARKERS)


def plot_norms(
    history: Sequence[Mapping[str, Any]],
    *,
    layers: Sequence[str] = (),
    title: str = "Gradients and updates",
) -> "Figure":
    """Plot the norms of each layer's gradients and updates against the epoch.

    Args:
        history: of a run of ``fit(norms=True)``.
        layers: the layers' names in their order, as from `layer_names`; without them, layers
            stand by their names.
        title: what was trained on what.

    Returns:
        The figure: ``figure.savefig("norms.png")`` writes it.

    Raises:
        ValueError: if no epoch has norms.
        ImportError: where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> epoch = {"epoch": 1, "gradient_norms": {"0": 0.1}, "update_norms": {"0": 0.01}}
        >>> explain.plot_norms([epoch]).axes[0].get_yscale()
        'log'
    """
    epochs = [logs for logs in history if all(logs.get(kind) for kind in KINDS)]
    if not epochs:
        raise ValueError("history must hold norms, as after fit(norms=True); got none")
    names = {spoken(name): name for name in epochs[0]["gradient_norms"]}
    order = in_order(names, layers)
    figure = new_figure(10.5, 4.8, title=title, caption=_caption(len(order)))
    for axes, (kind, heading) in zip(figure.subplots(1, 2), KINDS.items(), strict=True):
        for place, name in enumerate(order):
            values = [logs[kind][names[name]] for logs in epochs]
            _draw_layer(axes, [logs["epoch"] for logs in epochs], values, name, place, len(order))
        _finish(axes, heading)
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
    """A line that is the darker the nearer the layer is to the images."""
    from matplotlib import colormaps

    named = layers <= MOST_NAMED or place in (0, layers // 2, layers - 1)
    axes.plot(
        epochs,
        np.where(np.array(norms) > 0, norms, np.nan),
        marker=MARKERS[place % len(MARKERS)],
        markersize=4 if len(epochs) <= 40 else 0,
        linewidth=1.2,
        color=colormaps["viridis"](0.88 * place / max(layers - 1, 1)),
        label=as_written(name, 20) if named else None,
    )


def _finish(axes: "Axes", heading: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set(title=heading, xlabel="epoch", ylabel="Euclidean norm", yscale="log")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    quiet_frame(axes)


def _caption(layers: int) -> str:
    named = "" if layers <= MOST_NAMED else "; the first, middle and last are named"
    return (
        "Norm of the gradient, and of the change, of all of a layer's weights together, in the "
        f"last step of each epoch. {layers} layers, named as in the summary, from the images "
        f"(dark) to the output (light){named}. Where the dark lines lie many times below the light "
        "ones, gradients vanish on their way back; layers of few weights, such as batch norm, lie "
        "lower, too."
    )
