"""Measure and draw a network's accuracy on shifted, rotated and gray images."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.arguments import is_int
from jaxcnn._support.arrays import are_gray
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import LabeledImages, adjust_saturation, affine, padded_batches, rotation_matrix
from jaxcnn.explain._inputs import check_takes_images
from jaxcnn.explain.drawing._figure import BLUE, GRAY, PALE_BLUE, new_figure, quiet_rows
from jaxcnn.explain.mistakes._nearest_neighbors import BATCH_SIZE
from jaxcnn.inference import Network, read_batches
from jaxcnn.runs import Run, network_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))
"""Right, left, down, up, as (x, y)."""


class Change(NamedTuple):
    """A change of images before they are classified.

    Attributes:
        words: The name of the change in tables and plots.
        shift: Number of pixels by which images are shifted, to the four sides in turn.
        degrees: Angle in degrees by which images are rotated. Every second image is rotated
            clockwise.
        gray: Whether colors are removed.
    """

    words: str
    shift: int = 0
    degrees: float = 0.0
    gray: bool = False


class ChangedAccuracy(NamedTuple):
    """The accuracy of a network on changed images.

    Attributes:
        change: How the images were changed.
        accuracy: Share of images that are classified correctly.
        interval: Its 95% Wilson interval.
    """

    change: Change
    accuracy: float
    interval: tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Robustness(TableResult):
    """Accuracies on changed copies of a data set; `str()` is a table.

    Attributes:
        rows: The unchanged images first, then one row per change.
        examples: Images per row.
    """

    rows: tuple[ChangedAccuracy, ...]
    examples: int

    _between = "\n"

    def _content(self) -> Mapping[str, Any]:
        return {"examples": self.examples, "rows": [*self._rows()]}

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for change, accuracy, (low, high) in self.rows:
            interval = {"accuracy_low": low, "accuracy_high": high}
            lost = self.rows[0].accuracy - accuracy
            yield {**change._asdict(), "accuracy": accuracy, **interval, "lost": lost}

    def _blocks(self) -> Iterable[Block]:
        head = ("images", "accuracy", "95% interval", "lost")
        lines = [
            (
                row.change.words,
                f"{row.accuracy:.2%}",
                f"{row.interval[0]:.2%} to {row.interval[1]:.2%}",
                f"{100 * (self.rows[0].accuracy - row.accuracy):.2f} points",
            )
            for row in self.rows
        ]
        return [Table([head, *lines]), f"n = {self.examples:,}"]


def robustness(
    network: Network | Run,
    dataset: LabeledImages,
    *,
    shifts: Sequence[int] = (1, 2, 4),
    angles: Sequence[float] = (5, 15, 30),
) -> Robustness:
    """Measure a trained network's accuracy on shifted, rotated and gray copies of a data set.

    Use it to see whether the prediction changes if an image changes a little, but still shows the
    same class. For each shift, each image is moved in only one direction: the first image right,
    the second left, the third down, the fourth up, and so on in turn. For each angle, the images
    are rotated in alternating directions. Beyond its border, an image continues as its mirror
    image. Only images with colors get gray copies.

    Args:
        network: A trained network or a run.
        dataset: Images that the network was not trained on. Files are decoded once.
        shifts: Shifts in pixels, each below the images' height and width.
        angles: Angles in degrees.

    Returns:
        A `Robustness` with one row for the unchanged images and one row per change. A row has the
        accuracy and its interval. With several labels per image, an image counts as right if all of
        its labels are predicted correctly.

    Raises:
        TypeError: If `network` or `dataset` has the wrong type, or a shift is not an integer.
        ValueError: If the images do not fit the network's input, the network has no classes, or a
            shift is out of range.
    """
    trained = network_of(network)
    check_takes_images("robustness", trained.kind, trained.task)
    trained.check_takes(dataset)
    changes = _changes(shifts, angles, dataset.input_shape)
    examples = len(dataset)
    indices, masks = padded_batches(examples, min(BATCH_SIZE, examples))
    right, has_colors = np.zeros(len(changes), int), False
    batches = zip(indices, masks, read_batches(dataset, indices), strict=True)
    for places, where, images in batches:
        labels = dataset.labels[places]
        has_colors = has_colors or not are_gray(images)
        for number, change in enumerate(changes):
            answers = trained.predict(np.asarray(_changed(images, places, *change[1:])))
            hits = (answers == labels).reshape(len(labels), -1).all(axis=1)
            right[number] += hits[where].sum()
    rows = tuple(
        ChangedAccuracy(change, count / examples, F.wilson_interval(count, examples))
        for change, count in zip(changes, right.tolist(), strict=True)
        if has_colors or not change.gray  # gray copies of gray images are the same images
    )
    return Robustness(rows, examples)


def _changes(
    shifts: Sequence[int], angles: Sequence[float], shape: tuple[int, ...]
) -> list[Change]:
    height, width, channels = shape
    for shift in shifts:
        if not is_int(shift):
            raise TypeError(f"shifts: expected whole numbers of pixels, got {shift!r}")
        if not 0 < shift < min(height, width):
            raise ValueError(
                "shifts: expected at least 1 and below the height and width of "
                f"{(height, width)}, got {shift}"
            )
    moved = [Change(f"shifted by {k} pixel{'s' * (k > 1)}", shift=k) for k in shifts]
    turned = [Change(f"turned by {angle:g}°", degrees=angle) for angle in angles]
    gray = [Change("gray", gray=True)] * (channels == 3)
    return [Change("as they are"), *moved, *turned, *gray]


@partial(jax.jit, static_argnames="gray")
def _changed(images: Array, places: Array, shift: Array, degrees: Array, gray: bool) -> Array:
    """Change images ``(B, H, W, C)``; their `places` in the set decide the direction."""
    sides = jnp.asarray(DIRECTIONS)[places % len(DIRECTIONS)]
    turns = jnp.where(places % 2, degrees, -degrees)

    def change(image: Array, side: Array, turn: Array) -> Array:
        if gray:
            image = adjust_saturation(image, 0)
        # `affine` maps positions of the result to positions of the image, so the sign turns.
        return affine(image, rotation_matrix(turn), -shift * side)

    return jax.vmap(change)(images, sides, turns)


def plot_robustness(result: Robustness, *, title: str = "Robustness") -> "Figure":
    """Plot the accuracy on each changed copy of a data set, with its 95% interval.

    Args:
        result: From `robustness`.
        title: The figure's title, such as the network and the data.

    Returns:
        The figure: ``figure.savefig("robustness.png")`` writes it.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    figure = new_figure(7, 0.4 * len(result.rows) + 1.6, title=title, caption=_caption(result))
    axes = figure.subplots()
    places = np.arange(len(result.rows))
    accuracies = 100 * np.array([row.accuracy for row in result.rows])
    intervals = 100 * np.array([row.interval for row in result.rows])
    axes.axvspan(*intervals[0], color=PALE_BLUE, alpha=0.5, linewidth=0)
    axes.errorbar(
        accuracies,
        places,
        xerr=np.abs(intervals.T - accuracies),
        fmt="o",
        color=BLUE,
        capsize=3,
    )
    for place, accuracy, (_, high) in zip(places, accuracies, intervals, strict=True):
        axes.annotate(
            f"{accuracy:.1f}",
            (high, place),
            (7, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
            color=GRAY,
        )
    axes.set_yticks(places, [row.change.words for row in result.rows])
    axes.set(xlabel="accuracy (%)", ylim=(len(places) - 0.5, -0.5), xlim=(0, 108))
    axes.set_xticks(range(0, 101, 20))
    quiet_rows(axes)
    return figure


def _caption(result: Robustness) -> str:
    return (
        f"n = {result.examples:,} images per row. Bars: 95% intervals. Band: the interval of the "
        "unchanged images. Images are shifted to the four sides in turn, and rotated in both "
        "directions in turn. Beyond its border, an image continues as its mirror image."
    )
