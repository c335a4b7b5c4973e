"""Measure and draw how well a network copes with images that are moved, turned or gray."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from jaxcnn import functional as F
from jaxcnn._support.notebooks import Block
from jaxcnn._support.results import TableResult
from jaxcnn._support.tables import Table
from jaxcnn.data import LabeledImages, adjust_saturation, affine, padded_batches, rotation_matrix
from jaxcnn.explain._inputs import check_is_about, network_of
from jaxcnn.explain.drawing._figure import BLUE, GRAY, PALE_BLUE, new_figure, quiet_rows
from jaxcnn.explain.mistakes._nearest_neighbors import BATCH_SIZE
from jaxcnn.inference import Network, read_batches
from jaxcnn.runs import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))
"""Right, left, down, up, as (x, y)."""


class Change(NamedTuple):
    """What is done to images before the network sees them.

    Attributes:
        words: what it is called.
        shift: by so many pixels to one of the four sides, which the images take in turn.
        degrees: turned by this angle, every second image clockwise.
        gray: whether their colors are taken away.
    """

    words: str
    shift: int = 0
    degrees: float = 0.0
    gray: bool = False


class ChangedAccuracy(NamedTuple):
    """How a network does on changed images.

    Attributes:
        change: what was done to them.
        accuracy: share of them that is right.
        interval: its 95 % Wilson interval.
    """

    change: Change
    accuracy: float
    interval: tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Robustness(TableResult):
    """Accuracy on copies of a set; `str()` is a table.

    Attributes:
        rows: the images as they are, then one row for each change.
        examples: images in each.
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
        head = ("images", "accuracy", "95 % interval", "lost")
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
    """Try a trained network on copies of a set that are shifted, turned and gray.

    Shifted images move to the right, left, down and up in turn, turned ones clockwise and back
    in turn, so that every image counts once. What comes in at a border is the image reflected
    there. Gray copies are made of color images only.

    Args:
        network: a trained network or a run.
        dataset: images that it was not trained on; files are decoded once.
        shifts: pixels, each below the images' height and width.
        angles: degrees.

    Returns:
        Accuracy and interval of the images as they are, and of each change; with several labels
        an image, those images count as right all of whose labels are.

    Raises:
        TypeError: if `network` or `dataset` is of the wrong kind.
        ValueError: if the network does not take such images, or has no classes; or if a shift is
            out of range.
    """
    trained = network_of(network)
    check_is_about("robustness", trained.kind, trained.task)
    trained.check_takes(dataset)
    changes = _changes(shifts, angles, dataset.input_shape)
    examples = len(dataset)
    indices, masks = padded_batches(examples, min(BATCH_SIZE, examples))
    right = np.zeros(len(changes), int)
    batches = zip(indices, masks, read_batches(dataset, indices), strict=True)
    for places, where, images in batches:
        labels = dataset.labels[places]
        for number, change in enumerate(changes):
            answers = trained.predict(np.asarray(_changed(images, places, *change[1:])))
            hits = (answers == labels).reshape(len(labels), -1).all(axis=1)
            right[number] += hits[where].sum()
    rows = tuple(
        ChangedAccuracy(change, count / examples, F.wilson_interval(count, examples))
        for change, count in zip(changes, right.tolist(), strict=True)
    )
    return Robustness(rows, examples)


def _changes(
    shifts: Sequence[int], angles: Sequence[float], shape: tuple[int, ...]
) -> list[Change]:
    height, width, channels = shape
    for shift in shifts:
        if isinstance(shift, bool) or not isinstance(shift, int):
            raise TypeError(f"shifts must be whole numbers of pixels; got {shift!r}")
        if not 0 < shift < min(height, width):
            raise ValueError(
                f"shifts must be at least 1 and below the height and width of {(height, width)}; "
                f"got {shift}"
            )
    moved = [Change(f"shifted by {k} pixel{'s' * (k > 1)}", shift=k) for k in shifts]
    turned = [Change(f"turned by {angle:g}°", degrees=angle) for angle in angles]
    gray = [Change("gray", gray=True)] * (channels == 3)
    return [Change("as they are"), *moved, *turned, *gray]


@partial(jax.jit, static_argnames="gray")
def _changed(images: Array, places: Array, shift: Array, degrees: Array, gray: bool) -> Array:
    """Images ``(B, H, W, C)`` changed; their `places` in the set say to which side."""
    sides = jnp.asarray(DIRECTIONS)[places % len(DIRECTIONS)]
    turns = jnp.where(places % 2, degrees, -degrees)

    def change(image: Array, side: Array, turn: Array) -> Array:
        if gray:
            image = adjust_saturation(image, 0)
        # What stands at x afterwards stood at x - shift before.
        return affine(image, rotation_matrix(turn), -shift * side)

    return jax.vmap(change)(images, sides, turns)


def plot_robustness(result: Robustness, *, title: str = "Robustness") -> "Figure":
    """Plot the accuracy on each changed copy of a set, with its 95 % interval.

    Args:
        result: from `robustness`.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("robustness.png")`` writes it.

    Raises:
        ImportError: where matplotlib is missing.
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
        f"n = {result.examples:,} images each, bars: 95 % intervals; the band is that of the "
        "images as they are. Shifted to the four sides and turned either way by turns; what comes "
        "in at a border is the image reflected there."
    )
