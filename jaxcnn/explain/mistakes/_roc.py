"""Draw the ROC curves of classes or labels."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arrays import as_array
from jaxcnn.explain.drawing._drawable import check_names
from jaxcnn.explain.drawing._figure import GRAY, as_written, new_figure, quiet_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colors without yellow and black, each also with a style of its own.
COLORS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
STYLES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (1, 1)))
OTHERS = "#BBBBBB"
CORNER = 20
"""Side of the upper left corner that is enlarged, in percent."""
LOWEST_IN_CORNER = 0.9
"""The corner is drawn if an AUC is above this number."""
RANDOM = "random scores: AUC 0.5"


def plot_roc(
    scores: ArrayLike,
    labels: ArrayLike,
    class_names: Sequence[str],
    *,
    title: str = "ROC curves",
) -> "Figure":
    """Plot the ROC curves of a classifier, each class against all others, with their AUC.

    Use it to see how well a class is told from the others whatever the threshold, and how many
    false alarms it costs to find more of its examples. The upper left corner is enlarged if a curve
    is in it. If there are more than six classes, only the six with the lowest AUC have
    colors and names. Of two classes with one label per example, one curve is drawn, because that of
    the other class is its mirror image.

    Args:
        scores: Probabilities or other scores, ``(N, K)``, as from ``run.predict_proba(images)``.
        labels: True classes, integers ``(N,)``; for several labels per example, ``(N, K)`` booleans
            or integers 0 and 1.
        class_names: The K names.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("roc.png")`` writes it.

    Raises:
        TypeError: If the scores are not floating point, or the labels are not integers.
        ValueError: If shapes do not fit together, a label is out of range, a score is NaN, there is
            not one name per class, or each class has either all examples or none.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> likely = np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0.8, 0.2]])
        >>> figure = explain.plot_roc(likely, [0, 0, 1, 1], ["cat", "dog"])
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['dog: AUC 0.7500', 'random scores: AUC 0.5']
    """
    found, truths = as_array("scores", scores), as_array("labels", labels)
    if found.ndim != 2:
        raise ValueError(f"scores: expected shape (N, K), got {found.shape}")
    if np.isnan(found).any():
        raise ValueError("scores: expected numbers, got NaN")
    areas = np.asarray(F.roc_auc(found, truths, average=None))
    examples, classes = found.shape
    check_names("class_names", class_names, classes, "classes")
    answers = truths if truths.ndim == 2 else truths[:, None] == np.arange(classes)
    drawn = np.flatnonzero(~np.isnan(areas))
    if not len(drawn):
        raise ValueError("labels: expected examples of several classes, got those of one class")
    if truths.ndim == 1 and classes == 2:
        drawn = drawn[-1:]
    worst_first = drawn[np.argsort(areas[drawn], kind="stable")]
    with_corner = areas[drawn].max() > LOWEST_IN_CORNER
    caption = " ".join(_sentences(areas, drawn, examples))
    figure = new_figure(12.5 if with_corner else 8.4, 5.4, title=title, caption=caption)
    panels = figure.subplots(1, 1 + with_corner, squeeze=False)[0]
    for place, k in reversed([*enumerate(worst_first)]):
        curve = F.roc_curve(found[:, k], answers[:, k])
        style: dict[str, Any] = {"color": OTHERS, "linewidth": 1}
        if place < len(COLORS):
            label = f"{as_written(str(class_names[k]), 24)}: AUC {areas[k]:.4f}"
            style = {"color": COLORS[place], "linestyle": STYLES[place], "linewidth": 2}
            style["label"] = label
        for axes in panels:
            axes.plot(100 * curve.false_positive_rate, 100 * curve.true_positive_rate, **style)
    for axes in panels:
        axes.plot([0, 100], [0, 100], color=GRAY, linestyle=(0, (1, 3)), label=RANDOM, zorder=0)
        quiet_frame(axes)
        axes.set(xlabel="false positive rate (%)", aspect="equal")
    panels[0].set(xlim=(0, 100), ylim=(0, 101))
    panels[0].set_ylabel("true positive rate, or recall (%)")
    if with_corner:
        panels[0].set_title("Whole curves")
        panels[1].set_title("Upper left corner, enlarged")
        panels[1].set(xlim=(0, CORNER), xticks=range(0, CORNER + 1, 5))
        panels[1].set(ylim=(100 - CORNER, 100.2), yticks=range(100 - CORNER, 101, 5))
    _add_legend(figure, panels[0])
    return figure


def _add_legend(figure: "Figure", axes: "Axes") -> None:
    """Add the legend at the right; the lowest AUC, which was drawn last, comes first."""
    handles, names = axes.get_legend_handles_labels()
    order = [*reversed(range(len(names) - 1)), len(names) - 1]
    figure.legend(
        [handles[i] for i in order],
        [names[i] for i in order],
        loc="outside right center",
        frameon=False,
        fontsize=9,
    )


def _sentences(areas: np.ndarray, drawn: np.ndarray, examples: int) -> Iterator[str]:
    yield (
        f"n = {examples:,} examples. A point of a curve is one threshold: the share of the class "
        "that is found, and the share of the other examples that are wrongly taken for it. The "
        "nearer to the upper left, the better. The AUC, the area under the curve, is the "
        "probability that an example of the class has a higher score than another example."
    )
    if len(drawn) > 1:
        yield f"Mean AUC of the {len(drawn)} curves: {areas[drawn].mean():.4f}."
    perfect = int((areas[drawn] == 1).sum())
    if perfect > 1:
        yield f"{perfect} curves have an AUC of 1 and hide each other."
    gray = len(drawn) - len(COLORS)
    if gray > 0:
        yield f"The {len(COLORS)} lowest AUCs have colors; the other {gray} curves are gray."
    without = int(np.isnan(areas).sum())
    if without:
        yield f"Classes with none or all of the examples have no curve: {without}."
