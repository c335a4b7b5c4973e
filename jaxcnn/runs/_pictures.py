"""The pictures in a run's folder."""

from pathlib import Path

import jax
import numpy as np

from jaxcnn import functional as F
from jaxcnn.explain import plot_confusion_matrix, plot_curves, plot_filters, plot_guesses
from jaxcnn.runs._predictions import Predictions
from jaxcnn.training import Network, Trained

GUESSES_OF_EACH_KIND = 10


def save_pictures(
    trained: Trained, folder: Path, *, name: str, predictions: Predictions | None = None
) -> None:
    """Write the PNG files that `Run.save` names; `name` is what titles call the network."""
    what = name if predictions is None else f"{name}, {predictions.test.name}"
    if trained.history:
        plot_curves(trained.history, title=what).savefig(folder / "curves.png")
    kernel = first_kernel(trained.network)
    if kernel is not None:
        plot_filters(kernel, title=f"{what}: first-layer filters").savefig(folder / "filters.png")
    # A confusion matrix and a first guess are of one class an image.
    if predictions is not None and not predictions.test.multilabel:
        _save_test_pictures(predictions, folder)


def first_kernel(network: Network) -> np.ndarray | None:
    """The filters that see the images, ``(h, w, C, filters)``; None without a convolution."""
    channels = network.input_shape[-1]
    kernels = [
        leaf
        for leaf in jax.tree.leaves(network.variables)
        if leaf.ndim == 4 and leaf.shape[2] == channels
    ]
    return np.asarray(kernels[0]) if kernels else None


def _save_test_pictures(predictions: Predictions, folder: Path) -> None:
    test, probabilities = predictions.test, predictions.probabilities
    guesses = probabilities.argmax(axis=-1)
    accuracy = float((guesses == test.labels).mean())
    title = f"{test.name}: {accuracy:.1%} of {len(test):,} test images right"
    matrix = np.asarray(F.confusion_matrix(guesses, test.labels, test.num_classes))
    figure = plot_confusion_matrix(matrix, test.class_names, title=title)
    figure.savefig(folder / "confusion_matrix.png")
    if test.input_shape[-1] not in (1, 3):
        return  # neither gray nor colour: there is no picture to show
    shown = _first_right_and_wrong(guesses == test.labels)
    figure = plot_guesses(
        test.read(shown),
        test.labels[shown],
        probabilities[shown],
        test.class_names,
        title=f"{title}\nthe first right and the first wrong ones, up to "
        f"{GUESSES_OF_EACH_KIND} of each",
    )
    figure.savefig(folder / "guesses.png")


def _first_right_and_wrong(right: np.ndarray) -> np.ndarray:
    kinds = (np.flatnonzero(right), np.flatnonzero(~right))
    return np.concatenate([indices[:GUESSES_OF_EACH_KIND] for indices in kinds])
