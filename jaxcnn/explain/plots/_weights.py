"""How the weights of each layer are spread."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from jaxcnn.explain.plots._figure import BLUE, GRAY, ORANGE, PALE_BLUE, as_written, new_figure
from jaxcnn.explain.plots._signed import as_number
from jaxcnn.explain.progress._weights import WeightHistogram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, MOST_PANELS = 4, 48


def plot_weights(histograms: Mapping[str, WeightHistogram], *, title: str = "Weights") -> "Figure":
    """Plot how the weights of each array are spread, a panel each.

    Args:
        histograms: from `weight_histograms`. Of more than 48, those of the most weights are shown.
        title: which network, trained on what.

    Returns:
        The figure: ``figure.savefig("weights.png")`` writes it.

    Raises:
        ValueError: if there is nothing to show.
        ImportError: where matplotlib is missing.
    """
    if not histograms:
        raise ValueError("histograms must hold at least one; got none")
    sizes = {name: int(shown.counts.sum()) for name, shown in histograms.items()}
    kept = sorted(sizes, key=lambda name: -sizes[name])[:MOST_PANELS]
    chosen = {name: shown for name, shown in histograms.items() if name in kept}
    columns = min(COLUMNS, len(chosen))
    rows = math.ceil(len(chosen) / columns)
    figure = new_figure(
        max(2.5 * columns, 5), 1.85 * rows + 1.1, title=title, caption=_caption(sizes, len(chosen))
    )
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, shown) in zip(panels, chosen.items(), strict=False):
        _draw(axes, name, shown, sizes[name])
    for axes in panels[len(chosen) :]:
        axes.set_visible(False)
    return figure


def _draw(axes: "Axes", name: str, shown: WeightHistogram, size: int) -> None:
    axes.stairs(shown.counts, shown.edges, fill=True, facecolor=PALE_BLUE, edgecolor=BLUE)
    axes.axvline(0, color=GRAY, linewidth=0.8)
    low, high = shown.mean - shown.std, shown.mean + shown.std
    axes.plot([low, high], [0, 0], color=ORANGE, linewidth=4, solid_capstyle="butt", clip_on=False)
    axes.set_title(
        f"{as_written(name, 26)}\nn = {size:,}: {as_number(shown.mean)} ± {as_number(shown.std)}",
        fontsize=8,
    )
    axes.set_yticks([])
    axes.tick_params(labelsize=7)
    axes.xaxis.get_offset_text().set_fontsize(7)
    axes.locator_params(axis="x", nbins=5)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _caption(sizes: Mapping[str, int], shown: int) -> str:
    which = "" if shown == len(sizes) else f" The {shown} largest of {len(sizes)} arrays."
    return (
        "How many weights (upwards) have which value (to the right). Above each panel: their "
        "number n, their mean ± standard deviation, which is the orange bar; the gray "
        f"line is 0.{which}"
    )
