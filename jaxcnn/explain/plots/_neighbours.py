"""Photo search as a page: images, each with those that lie nearest to it."""

from typing import TYPE_CHECKING

import numpy as np

from jaxcnn.data import LabelledImages
from jaxcnn.explain.classification._checks import check_one_label
from jaxcnn.explain.classification._neighbours import Neighbours
from jaxcnn.explain.plots._checks import as_pictures
from jaxcnn.explain.plots._figure import BLUE, ORANGE, as_written, new_figure, remove_frame

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDE, GAP_BEHIND_QUERY = 1.05, 0.25  # inches; the gap in widths of a picture
MOST_LETTERS = 12


def plot_neighbours(
    queries: LabelledImages,
    gallery: LabelledImages,
    neighbours: Neighbours,
    *,
    title: str = "Nearest neighbours",
) -> "Figure":
    """Show each query at the left, then its neighbours with class and similarity.

    Args:
        queries: the images that were looked for and no others, with one label each, such as
            ``test.take(5)``.
        gallery: the set that was looked through.
        neighbours: from `nearest_neighbours`, a row for each query.
        title: which network on which data.

    Returns:
        The figure: ``figure.savefig("neighbours.png")`` writes it.

    Raises:
        ValueError: if there is not a row for each query, images have several labels, or are
            neither gray nor colour.
        ImportError: where matplotlib is missing.
    """
    for dataset in (queries, gallery):
        check_one_label(dataset.labels)
    indices, similarities = map(np.asarray, neighbours)
    rows, count = indices.shape
    if rows != len(queries):
        raise ValueError(
            f"neighbours must have a row for each of the {len(queries)} queries; got {rows}; "
            f"pass as queries only those that were looked for, as a Dataset: test.take({rows}), say"
        )
    labels = gallery.labels[indices]
    figure = new_figure(
        max(SIDE * (count + 1 + GAP_BEHIND_QUERY), 5),
        (SIDE + 0.3) * rows + 1,
        title=title,
        caption=_caption(len(gallery), labels == queries.labels[:, None]),
    )
    widths = [1, GAP_BEHIND_QUERY, *[1] * count]
    grid = figure.add_gridspec(rows, count + 2, width_ratios=widths)
    pictures = as_pictures(queries.read(np.arange(rows)))
    for row in range(rows):
        label = int(queries.labels[row])
        query = figure.add_subplot(grid[row, 0])
        name = as_written(queries.class_names[label], MOST_LETTERS)
        _draw(query, pictures[row], name)
        query.set_xlabel("query", fontsize=8, labelpad=2)
        found = as_pictures(gallery.read(indices[row]))
        for place in range(count):
            name, alike = gallery.class_names[labels[row, place]], labels[row, place] == label
            words = f"{'✓' if alike else '✗'} {as_written(name, MOST_LETTERS)}"
            axes = figure.add_subplot(grid[row, place + 2])
            _draw(axes, found[place], words, BLUE if alike else ORANGE)
            axes.set_xlabel(f"{similarities[row, place]:.2f}", fontsize=8, labelpad=2)
    return figure


def _draw(axes: "Axes", picture: np.ndarray, words: str, color: str = "black") -> None:
    axes.imshow(picture, interpolation="nearest")
    remove_frame(axes)
    axes.set_title(words, fontsize=8, fontweight="bold", color=color, pad=3)


def _caption(images: int, alike: np.ndarray) -> str:
    return (
        f"Left: what was looked for; beside it the nearest of {images:,} images, with their "
        "cosine similarity (1: the same direction). "
        f"✓ the query's class, {alike.sum()} of {alike.size}; ✗ another."
    )
