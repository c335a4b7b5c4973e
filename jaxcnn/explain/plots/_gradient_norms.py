"""Where gradients vanish on their way back through the layers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from jax import Array

from jaxcnn.explain.plots._figure import BLUE, GRAY, ORANGE, as_written, new_figure, quiet_frame

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STYLES = ((BLUE, "o-"), (ORANGE, "s--"), (GRAY, "^:"), ("black", "D-."))


def plot_gradient_norms(
    norms: Mapping[str, Mapping[str, Array | float]], *, title: str = "Gradients, layer by layer"
) -> "Figure":
    """Plot the gradient norm of each layer, of several networks of the same depth, say.

    Args:
        norms: for each line's name the layers' norms, from `gradient_norms`, such as
            ``{"sigmoid": gradient_norms(...), "ReLU": gradient_norms(...)}``.
        title: which networks on which data.

    Returns:
        The figure: ``figure.savefig("gradients.png")`` writes it.

    Raises:
        ValueError: for no network, or more than four.
        ImportError: where matplotlib is missing.

    Example:
        >>> from jaxcnn import explain
        >>> norms = {"sigmoid": {"0": 1e-4, "2": 1e-2}, "ReLU": {"0": 0.1, "2": 0.2}}
        >>> [line.get_label() for line in explain.plot_gradient_norms(norms).axes[0].lines]
        ['sigmoid', 'ReLU']
    """
    if not 1 <= len(norms) <= len(STYLES):
        raise ValueError(f"norms must be of 1 to {len(STYLES)} networks; got {len(norms)}")
    longest = max(norms.values(), key=len)
    figure = new_figure(
        max(6.0, 0.45 * len(longest) + 2.4), 4.8, title=title, caption=_caption(norms)
    )
    axes = figure.subplots()
    for (name, by_layer), (color, style) in zip(norms.items(), STYLES, strict=False):
        values = np.array([*map(float, by_layer.values())])
        axes.plot(np.where(values > 0, values, np.nan), style, color=color, label=as_written(name))
    alike = all([*by_layer] == [*longest] for by_layer in norms.values())
    ticks = [as_written(name, 16) if alike else str(k + 1) for k, name in enumerate(longest)]
    axes.set_xticks(range(len(ticks)), ticks, rotation=45 if alike and len(ticks) > 6 else 0)
    axes.set(yscale="log", xlabel="layer, from the images to the output", ylabel="gradient norm")
    quiet_frame(axes)
    axes.legend(frameon=False)
    return figure


def _caption(norms: Mapping[str, Mapping[str, Array | float]]) -> str:
    parts = []
    for name, by_layer in norms.items():
        values = [*map(float, by_layer.values())]
        first, last = values[0], values[-1]
        if first > 0:
            ratio = float(f"{last / first:.2g}")
            parts.append(f"{name}: the last layer's is {ratio:,g} times the first one's")
    return "; ".join(["Norm of each layer's gradient of one batch's loss", *parts]) + "."
