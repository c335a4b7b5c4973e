"""The loss around a trained network, as a map with contour lines."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.explain.plots._figure import ORANGE, new_figure
from jaxcnn.explain.progress._loss_surface import LossSurface

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEVELS = 12


def plot_loss_surface(surface: LossSurface, *, title: str = "Loss surface") -> "Figure":
    """Draw a map of the loss around a trained network: dark is high.

    Args:
        surface: from `loss_surface`.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("surface.png")`` writes it.

    Raises:
        ValueError: if no loss is finite.
        ImportError: where matplotlib is missing.
    """
    known = surface.losses[np.isfinite(surface.losses)]
    if not known.size:
        raise ValueError("surface must hold losses that are finite; none is")
    figure = new_figure(6.6, 5.8, title=title, caption=_caption(surface))
    from matplotlib import colormaps  # there, or the figure would have said so

    axes = figure.subplots()
    # Equal ratios: near the bottom small differences count.
    low = max(known.min(), known.max() / 1e4, 1e-12)
    levels = np.geomspace(low, max(known.max(), 1.001 * low), LEVELS)
    drawn = np.clip(np.ma.masked_invalid(surface.losses), low, None)
    filled = axes.contourf(
        surface.offsets,
        surface.offsets,
        drawn,
        levels=levels,
        colors=colormaps["Blues"](np.linspace(0.02, 0.7, LEVELS - 1)),
    )
    lines = axes.contour(
        surface.offsets, surface.offsets, drawn, levels=levels, colors="black", linewidths=0.6
    )
    axes.clabel(lines, fmt="%.2g", fontsize=8)
    axes.plot(
        0,
        0,
        "*",
        color=ORANGE,
        markersize=16,
        markeredgecolor="black",
        label=f"the trained network, loss {surface.loss:.3g}",
    )
    bar = figure.colorbar(
        filled, ax=axes, ticks=levels[::2], format=lambda level, _: f"{level:.2g}"
    )
    bar.set_label("loss (nat)")
    axes.set(
        xlabel="along the first direction", ylabel="along the second direction", aspect="equal"
    )
    axes.legend(loc="upper right", fontsize=9)
    return figure


def _caption(surface: LossSurface) -> str:
    return (
        f"Mean loss of {surface.examples:,} images at {surface.losses.size:,} points of a plane "
        "through the network's weights, spanned by two random directions. At 1, each filter "
        "has been moved as far as it is long. Contour lines are equal ratios of the loss apart."
    )
