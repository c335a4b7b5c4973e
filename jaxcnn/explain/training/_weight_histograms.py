"""Count and draw the distribution of each layer's weights."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from flax import nnx

from jaxcnn._support.arguments import check_int
from jaxcnn._support.leaves import named_leaves
from jaxcnn.architecture import short_path
from jaxcnn.explain._inputs import Model, subject_of
from jaxcnn.explain._layer_names import in_order, layer_names
from jaxcnn.explain.drawing._figure import BLUE, GRAY, ORANGE, PALE_BLUE, as_written, new_figure
from jaxcnn.explain.drawing._signed_numbers import as_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class WeightHistogram(NamedTuple):
    """A histogram of the weights of one array.

    Attributes:
        edges: The edges of the bins, ``(bins + 1,)``.
        counts: Weights per bin, ``(bins,)``, integers.
        mean: The mean of the weights.
        std: The standard deviation of the weights.
    """

    edges: np.ndarray
    counts: np.ndarray
    mean: float
    std: float


def weight_histograms(model: Model, *, bins: int = 50) -> dict[str, WeightHistogram]:
    """Compute a histogram of each array of weights of a network.

    Args:
        model: A built module, a trained network or a run.
        bins: Maximum number of bins. The bins have equal widths, from the smallest weight to the
            largest weight. A small array has fewer bins: twice the square root of the array's size.

    Returns:
        A dict that maps the name of each array, such as ``stem.kernel``, to its `WeightHistogram`,
        in the order of the layers.

    Raises:
        TypeError: If `model` has the wrong type.
        ValueError: If `bins` is below 1, or weights are not finite.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Conv(8, 3, name="stem"), jaxcnn.BatchNorm()])
        >>> found = weight_histograms(jaxcnn.build(net, (8, 8, 1), rngs=nnx.Rngs(0)), bins=4)
        >>> [*found], int(found["stem.kernel"].counts.sum())
        (['stem.bias', 'stem.kernel', '1.bias', '1.scale'], 72)
    """
    check_int("bins", bins)
    params = nnx.state(subject_of(model).module, nnx.Param)
    arrays = {short_path(name): np.asarray(leaf, np.float64) for name, leaf in named_leaves(params)}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name}: expected finite weights, got some that are NaN or infinite")
    return {name: _histogram(arrays[name], bins) for name in in_order(arrays, layer_names(model))}


def _histogram(weights: np.ndarray, bins: int) -> WeightHistogram:
    counts, edges = np.histogram(weights, min(bins, math.ceil(2 * math.sqrt(weights.size))))
    return WeightHistogram(edges, counts, float(weights.mean()), float(weights.std()))


COLUMNS, MAX_PANELS = 4, 48


def plot_weights(histograms: Mapping[str, WeightHistogram], *, title: str = "Weights") -> "Figure":
    """Plot the distribution of each array's weights, one panel per array.

    Args:
        histograms: From `weight_histograms`. If there are more than 48 histograms, only the
            histograms of the 48 largest arrays are shown.
        title: The figure's title, such as the network and its training set.

    Returns:
        The figure: ``figure.savefig("weights.png")`` writes it.

    Raises:
        ValueError: If `histograms` is empty.
        ImportError: If matplotlib is not installed.
    """
    if not histograms:
        raise ValueError("histograms: expected at least one, got none")
    sizes = {name: int(shown.counts.sum()) for name, shown in histograms.items()}
    largest = sorted(sizes, key=lambda name: -sizes[name])[:MAX_PANELS]
    chosen = {name: shown for name, shown in histograms.items() if name in largest}
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
        "Histograms of weights. Above each panel: the number n of weights, and their mean ± "
        f"standard deviation (the orange bar). The gray line is 0.{which}"
    )
