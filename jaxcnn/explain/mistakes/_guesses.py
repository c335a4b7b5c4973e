"""Draw images with their predictions, and find images between two classes."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array
from jax.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array, as_operand
from jaxcnn._support.names import as_names
from jaxcnn._support.units import probability_text
from jaxcnn.explain.drawing._drawable import as_rgb_images, check_names
from jaxcnn.explain.drawing._figure import (
    BLUE,
    ORANGE,
    PALE_BLUE,
    PALE_GRAY,
    PALE_ORANGE,
    as_written,
    new_figure,
    remove_frame,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


WIDTH_OF_BARS = 1.1


def plot_guesses(
    images: npt.ArrayLike,
    labels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    class_names: Sequence[str],
    *,
    title: str = "Guesses",
    top: int = 3,
) -> "Figure":
    """Draw images with their most probable classes.

    The title of each image says, also by its color, whether the prediction is right. Bars beside
    the image show the probabilities of the `top` most probable classes.

    Args:
        images: Images `(N, H, W, 1)` or `(N, H, W, 3)`, uint8 or floats from 0 to 1.
        labels: True classes `(N,)`, integers.
        probabilities: Predicted distributions `(N, K)`.
        class_names: The K names.
        title: The figure's title, such as "LeNet-5 on the test set of CIFAR-10".
        top: Number of classes to show per image. If `top` is larger than K, all classes are shown.

    Returns:
        The figure: ``figure.savefig("guesses.png")`` writes it.

    Raises:
        TypeError: If the images are neither uint8 nor floating point, or the labels are not
            integers.
        ValueError: If shapes do not fit together, labels are out of range, or floats lie outside 0
            to 1.
        ImportError: If matplotlib is not installed.

    Example:
        >>> from jaxcnn import explain
        >>> figure = explain.plot_guesses(
        ...     np.zeros((1, 8, 8, 1), np.uint8), [1], [[0.2, 0.8]], ["cat", "dog"]
        ... )
        >>> figure.axes[0].get_title(loc="left")
        '✓ right: dog'
    """
    pictures = as_rgb_images(images)
    truths = as_array("labels", labels)
    beliefs = as_array("probabilities", probabilities).astype(np.float32)
    class_names = as_names("class_names", class_names)
    _check(len(pictures), truths, beliefs, class_names, top)
    names = [as_written(name, 16) for name in class_names]
    columns = min(len(pictures), math.ceil(math.sqrt(len(pictures))))
    rows = math.ceil(len(pictures) / columns)
    figure = new_figure(
        max(2.9 * columns, 5), 1.55 * rows + 1, title=title, caption=_caption(truths, beliefs)
    )
    parts = [1, WIDTH_OF_BARS, 0.12]  # of picture, bars and space, in heights of the picture
    cells = figure.add_gridspec(rows, 3 * columns, width_ratios=parts * columns)
    for place, (picture, truth, belief) in enumerate(zip(pictures, truths, beliefs, strict=True)):
        row, column = divmod(place, columns)
        left, right = (figure.add_subplot(cells[row, 3 * column + i]) for i in (0, 1))
        _draw_picture(left, picture, int(truth), belief, names)
        _draw_bars(right, int(truth), belief, names, top)
    return figure


def _check(
    n: int, labels: np.ndarray, probabilities: np.ndarray, class_names: Sequence[str], top: int
) -> None:
    if labels.shape != (n,):
        raise ValueError(f"labels: expected shape ({n},), one per image, got {labels.shape}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"labels: expected integer class numbers, got {labels.dtype}")
    if probabilities.ndim != 2 or len(probabilities) != n:
        raise ValueError(
            f"probabilities: expected shape ({n}, K), one row per image, got {probabilities.shape}"
        )
    classes = probabilities.shape[1]
    check_names("class_names", class_names, classes, "classes")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"labels: expected classes 0 to {classes - 1}, got {labels.min()} to {labels.max()}"
        )
    check_int("top", top)


def _draw_picture(
    axes: "Axes", picture: np.ndarray, truth: int, belief: np.ndarray, names: list[str]
) -> None:
    axes.imshow(picture, interpolation="nearest")
    axes.set_anchor("N")
    remove_frame(axes)
    right = belief.argmax() == truth
    verdict = "✓ right: " if right else "✗ wrong, it is: "
    axes.set_title(
        verdict + names[truth],
        loc="left",
        fontsize=9,
        fontweight="bold",
        color=BLUE if right else ORANGE,
    )


def _draw_bars(axes: "Axes", truth: int, belief: np.ndarray, names: list[str], top: int) -> None:
    guesses = np.argsort(-belief, kind="stable")[:top]
    for place, guess in enumerate(guesses):
        wrong_color = PALE_ORANGE if place == 0 else PALE_GRAY
        axes.barh(place, belief[guess], color=PALE_BLUE if guess == truth else wrong_color)
        axes.text(0.02, place, names[guess], va="center", fontsize=8)
        axes.text(
            1.3, place, probability_text(float(belief[guess])), va="center", ha="right", fontsize=8
        )
    axes.set_xlim(0, 1.3)
    axes.set_box_aspect(1 / WIDTH_OF_BARS)
    axes.set_anchor("N")
    axes.set_ylim(max(top, 3) - 0.4, -0.6)
    remove_frame(axes)


def _caption(labels: np.ndarray, probabilities: np.ndarray) -> str:
    right = int((probabilities.argmax(axis=1) == labels).sum())
    return (
        f"n = {len(labels)} images, {right} right. Bars: probabilities of the most probable "
        "classes. Blue: the true class. Orange: a wrong prediction."
    )


class AmbiguousExamples(NamedTuple):
    """Examples that lie between two classes, in descending order of ambiguity.

    Attributes:
        indices: The examples' indices, ``(count,)`` integers.
        gaps: The probability of the most probable class minus the probability of the second most
            probable class, ``(count,)``.
        entropies: The entropy of each prediction in nat, ``(count,)``. The entropy is 0 if the
            prediction is certain, log 2 = 0.69 for two classes at 50% each, and log K if all K
            classes are equally probable.
    """

    indices: Array
    gaps: Array
    entropies: Array


def most_ambiguous(probabilities: ArrayLike, count: int = 10) -> AmbiguousExamples:
    """Find the most ambiguous examples: those that lie between two classes.

    These are the examples whose second most probable class has the highest probability. At 50%,
    this class is as probable as the first, and no third class plays a role. An example with a
    little probability for every class is not ambiguous in this sense: the network does not know the
    class of this example at all.

    Args:
        probabilities: Predicted distributions, ``(N, K)``, K at least 2.
        count: Number of examples to find, at most N.

    Returns:
        An `AmbiguousExamples` with `count` examples, in descending order of the second class's
        probability.

    Raises:
        TypeError: If the probabilities are not floating point.
        ValueError: If `probabilities` does not have the shape ``(N, K)`` with K at least 2, or
            `count` is out of range.

    Example:
        A duck, a rabbit, and the picture that can be seen as both:

        >>> found = most_ambiguous(jnp.array([[0.9, 0.1], [0.2, 0.8], [0.45, 0.55]]), 1)
        >>> print(found.indices, f"{found.gaps[0]:.2f} {found.entropies[0]:.2f}")
        [2] 0.10 0.69
    """
    likely = as_operand("probabilities", probabilities)
    if likely.ndim != 2 or likely.shape[1] < 2:
        raise ValueError(f"probabilities: expected shape (N, K), K at least 2, got {likely.shape}")
    if not 1 <= count <= len(likely):
        raise ValueError(f"count: expected 1 to the number of examples, {len(likely)}, got {count}")
    (first, second), _ = map(jnp.transpose, F.top_k(likely, 2))
    _, indices = F.top_k(second, count)
    return AmbiguousExamples(indices, (first - second)[indices], F.entropy(likely)[indices])
