"""`save_pictures`: plots of a run as PNG files."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxcnn import functional as F
from jaxcnn._support.arrays import are_gray
from jaxcnn._support.files import write_whole
from jaxcnn.data import NOUNS, SingleLabel
from jaxcnn.explain import (
    plot_confusion_matrix,
    plot_curves,
    plot_filters,
    plot_guesses,
    plot_predictions,
)
from jaxcnn.inference import Network
from jaxcnn.runs import Run, SavedTestSet

GUESSES_PER_KIND = 10


def save_pictures(run: Run, folder: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Save plots of a run as PNG files: curves, filters, confusion matrix and predictions.

    For every task, the files are ``curves.png`` and ``filters.png`` (the filters of the first
    layer). A task with one class per example also has ``confusion_matrix.png`` and ``guesses.png``.
    A regression also has ``predictions.png``: predicted values against true values. A file is
    skipped if the run lacks the data for it: a history, a convolution, or a saved test set of
    images.

    Args:
        run: A saved run, as returned by `jaxcnn.load`.
        folder: An existing folder, such as the folder of the run.

    Returns:
        The paths of the written files.

    Raises:
        ImportError: If matplotlib is missing.
        OSError: If a file cannot be written.
    """
    name = str(run.settings.get("model") or "network")
    data = run.result.get("dataset")
    title = f"{name}, {data}" if data else name
    figures = {}
    if run.history:
        held_out = held_out_name(run.settings)
        figures["curves"] = plot_curves(run.history, title=title, held_out=held_out)
    kernel = first_kernel(run.network)
    if kernel is not None:
        kernel = as_seen(kernel, run.test)
        figures["filters"] = plot_filters(kernel, title=f"{title}: first-layer filters")
    # A confusion matrix needs one class per example.
    if run.test is not None and run.network.task == SingleLabel():
        what = f"test {NOUNS[run.network.kind]}s"
        figures |= _test_set_figures(run.test, run.class_names, str(data or "test set"), what)
    if run.test is not None and not run.network.task.has_classes and len(run.test.labels) > 1:
        figures["predictions"] = plot_predictions(
            run.test.logits, run.test.labels, run.class_names, title=title
        )
    paths = []
    for stem, figure in figures.items():
        paths.append(Path(folder).expanduser() / f"{stem}.png")
        # Whole, or not at all: drawing takes seconds, in which Ctrl-C may come.
        write_whole(paths[-1], partial(figure.savefig, format="png"))
    return tuple(paths)


def first_kernel(network: Network) -> np.ndarray | None:
    """Return the filters that are applied to the image itself, ``(h, w, C, filters)``.

    It is None if there is no such convolution.
    """
    channels = network.input_shape[-1]
    kernels = [
        leaf
        for leaf in jax.tree.leaves(network.variables)
        if leaf.ndim == 4 and leaf.shape[2] == channels
    ]
    return np.asarray(kernels[0]) if kernels else None


def held_out_name(settings: Mapping[str, Any]) -> str:
    """Return what the examples are called that were evaluated after each epoch.

    Experiments evaluate the test set if they hold out no training examples. What the caller of
    `fit` passed as `validation` is not known better.
    """
    return "validation" if settings.get("validation_fraction", True) else "test"


def as_seen(kernel: np.ndarray, test: SavedTestSet | None) -> np.ndarray:
    """Return filters over gray images as filters of one channel.

    Where all channels of an image are equal, a filter responds to the sum of its weights over the
    channels, and its colors mean nothing.

    Args:
        kernel: The filters that are applied to the images, ``(h, w, C, filters)``.
        test: The saved images, if there are any.
    """
    if test is None or kernel.shape[2] != 3 or not are_gray(test.images):
        return kernel
    return kernel.sum(axis=2, keepdims=True)


def _test_set_figures(
    test: SavedTestSet, class_names: tuple[str, ...], data: str, what: str
) -> dict:
    probabilities = np.asarray(F.softmax(test.logits))
    guesses = probabilities.argmax(axis=-1)
    right = guesses == test.labels
    title = f"{data}: {right.mean():.1%} of {len(right):,} {what} right"
    matrix = np.asarray(F.confusion_matrix(guesses, test.labels, len(class_names)))
    figures = {"confusion_matrix": plot_confusion_matrix(matrix, class_names, title=title)}
    if test.images.ndim == 4 and test.images.shape[-1] in (1, 3):  # gray or color images
        chosen = _first_right_and_wrong(right[test.shown])
        examples = test.shown[chosen]
        figures["guesses"] = plot_guesses(
            test.images[chosen],
            test.labels[examples],
            probabilities[examples],
            class_names,
            title=f"{title}\nThe first right and wrong predictions, up to {GUESSES_PER_KIND} each",
        )
    return figures


def _first_right_and_wrong(right: np.ndarray) -> np.ndarray:
    kinds = (np.flatnonzero(right), np.flatnonzero(~right))
    return np.concatenate([indices[:GUESSES_PER_KIND] for indices in kinds])
