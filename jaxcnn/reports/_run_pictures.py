"""PNG files of a run, beside its other files."""

import os
from pathlib import Path

import jax
import numpy as np

from jaxcnn import functional as F
from jaxcnn.data import SingleLabel
from jaxcnn.explain import plot_confusion_matrix, plot_curves, plot_filters, plot_guesses
from jaxcnn.inference import Network
from jaxcnn.runs import Run, SavedTestSet

GUESSES_OF_EACH_KIND = 10


def save_pictures(run: Run, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Draw a run: its curves and filters, and how it does on the test set that it was saved with.

    The files are ``curves.png``, ``filters.png`` (the first layer's), and for single labels
    ``confusion_matrix.png`` and ``guesses.png``, as far as the run has what they show.

    Args:
        run: A saved run, from `jaxcnn.load` or `jaxcnn.experiment.run`.
        folder: An existing folder, such as the run's own.

    Returns:
        The files that were written.

    Raises:
        ImportError: If matplotlib is missing.
    """
    name = str(run.settings.get("model") or "network")
    data = run.result.get("dataset")
    title = f"{name}, {data}" if data else name
    figures = {}
    if run.history:
        figures["curves"] = plot_curves(run.history, title=title)
    kernel = first_kernel(run.network)
    if kernel is not None:
        figures["filters"] = plot_filters(kernel, title=f"{title}: first-layer filters")
    # A confusion matrix and a first guess are of one class per image.
    if run.test is not None and run.network.task == SingleLabel():
        figures |= _of_test_set(run.test, run.class_names, str(data or "test set"))
    paths = []
    for stem, figure in figures.items():
        paths.append(Path(folder).expanduser() / f"{stem}.png")
        figure.savefig(paths[-1])
    return tuple(paths)


def first_kernel(network: Network) -> np.ndarray | None:
    """The filters that see the images, ``(h, w, C, filters)``; None without a convolution."""
    channels = network.input_shape[-1]
    kernels = [
        leaf
        for leaf in jax.tree.leaves(network.variables)
        if leaf.ndim == 4 and leaf.shape[2] == channels
    ]
    return np.asarray(kernels[0]) if kernels else None


def _of_test_set(test: SavedTestSet, class_names: tuple[str, ...], data: str) -> dict:
    probabilities = np.asarray(F.softmax(test.logits))
    guesses = probabilities.argmax(axis=-1)
    right = guesses == test.labels
    title = f"{data}: {right.mean():.1%} of {len(right):,} test images right"
    matrix = np.asarray(F.confusion_matrix(guesses, test.labels, len(class_names)))
    figures = {"confusion_matrix": plot_confusion_matrix(matrix, class_names, title=title)}
    if test.images.ndim == 4 and test.images.shape[-1] in (1, 3):  # gray or color pictures
        chosen = _first_right_and_wrong(right[test.shown])
        examples = test.shown[chosen]
        figures["guesses"] = plot_guesses(
            test.images[chosen],
            test.labels[examples],
            probabilities[examples],
            class_names,
            title=f"{title}\nthe first right and the first wrong ones, up to "
            f"{GUESSES_OF_EACH_KIND} of each",
        )
    return figures


def _first_right_and_wrong(right: np.ndarray) -> np.ndarray:
    kinds = (np.flatnonzero(right), np.flatnonzero(~right))
    return np.concatenate([indices[:GUESSES_OF_EACH_KIND] for indices in kinds])
