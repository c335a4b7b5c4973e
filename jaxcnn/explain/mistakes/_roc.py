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

# Tol's bright colors, whose gray is for other curves, each also with a style of its own. No style
# is dotted, like the line of random scores.
COLORS = ("#EE6677", "#4477AA", "#228833", "#AA3377", "#66CCEE", "#CCBB44")
STYLES = ("-", "--", "-.", (0, (6, 1)), (0, (3, 1, 1, 1, 1, 1)), (0, (9, 2, 2, 2)))
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
    is in it. Classes whose AUC rounds to 1.0000 share a black line, because their curves hide each
    other. Of the other classes, only the six with the lowest AUC have colors and names. Of two
    classes with one label per example, one curve is drawn, because that of the other class is its
    mirror image.

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
    styles = _styles(areas[worst_first], [str(class_names[k]) for k in worst_first])
    for k, style in reversed([*zip(worst_first, styles, strict=True)]):
        curve = F.roc_curve(found[:, k], answers[:, k])
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


def _styles(areas: np.ndarray, names: Sequence[str]) -> list[dict[str, Any]]:
    """Return how the curves are drawn, given their areas in ascending order."""
    perfect = _count_perfect(areas)
    lower = len(areas) - perfect
    styles: list[dict[str, Any]] = [
        {"color": color, "linestyle": line, "linewidth": 2, "label": _label(name, area)}
        for color, line, name, area in zip(COLORS, STYLES, names[:lower], areas, strict=False)
    ]
    styles += [{"color": OTHERS, "linewidth": 1} for _ in range(lower - len(styles))]
    styles += [{"color": "black", "linewidth": 2} for _ in range(perfect)]
    if perfect:
        name = names[lower] if perfect == 1 else f"{perfect} classes"
        styles[lower]["label"] = _label(name, areas[lower])
    return styles


def _label(name: str, area: float) -> str:
    return f"{as_written(name, 24)}: AUC {area:.4f}"


def _count_perfect(areas: np.ndarray) -> int:
    """Count the areas that are printed as 1.0000."""
    return int((areas.round(4) == 1).sum())


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
    perfect = _count_perfect(areas[drawn])
    if perfect > 1:
        yield f"{perfect} curves have an AUC of 1.0000 and hide each other: they are black."
    if len(drawn) - perfect > len(COLORS):
        yield f"The {len(COLORS)} lowest AUCs have colors, and the others are gray."
    without = int(np.isnan(areas).sum())
    if without:
        yield f"Classes with none or all of the examples have no curve: {without}."
