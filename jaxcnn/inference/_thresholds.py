"""Probability thresholds: a label is predicted if its probability is at least its threshold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_int
from jaxcnn._support.arrays import as_array, exactly, within_rounding
from jaxcnn.data import Task


def best_thresholds(probabilities: ArrayLike, targets: ArrayLike) -> np.ndarray:
    """Find the threshold with the highest F1 score for each label, for `Network.predict`.

    A label is predicted if its probability is at least its threshold. Choose thresholds on a
    validation set. If you choose thresholds on the test set, the scores on the test set are too
    high.

    Args:
        probabilities: ``(N, K)``, from `Network.predict_proba`.
        targets: ``(N, K)``, booleans or integers 0 and 1.

    Returns:
        ``(K,)`` float64. A threshold is half-way between the lowest probability above it and the
        highest probability below it. If several thresholds are equally good, the highest of these
        is returned. For a label without positive examples, the threshold is 0.5.

    Raises:
        TypeError: If a dtype is wrong.
        ValueError: If a shape is wrong, or a probability is outside 0..1 or NaN.

    Example:
        >>> probabilities = np.array([[0.1], [0.3], [0.25], [0.9]])
        >>> best_thresholds(probabilities, [[0], [1], [0], [1]])
        array([0.275])

    Source: Lipton et al., "Thresholding classifiers to maximize F1 score" (2014),
    https://arxiv.org/abs/1402.1892
    """
    probabilities = as_array("probabilities", probabilities)
    targets = as_array("targets", targets)
    if not np.issubdtype(probabilities.dtype, np.floating):
        raise TypeError(f"probabilities: expected floating point, got {probabilities.dtype}")
    if probabilities.ndim != 2 or 0 in probabilities.shape:
        raise ValueError(f"probabilities: expected shape (N, K), got {probabilities.shape}")
    found = within_rounding(probabilities)
    if found is None:
        raise ValueError(
            f"probabilities: expected numbers from 0 to 1, got {exactly(probabilities.min())} to "
            f"{exactly(probabilities.max())} (pass the sigmoid of logits)"
        )
    if targets.dtype != bool and not np.issubdtype(targets.dtype, np.integer):
        raise TypeError(f"targets: expected booleans, or integers 0 and 1, got {targets.dtype}")
    if targets.shape != probabilities.shape:
        raise ValueError(f"targets: expected shape {probabilities.shape}, got {targets.shape}")
    columns = zip(found.T.astype(np.float64), targets.T.astype(bool), strict=True)
    return np.array([_best_threshold(*column) for column in columns])


def check_thresholds(thresholds: ArrayLike | None, task: Task, outputs: int) -> np.ndarray:
    """Return thresholds as an array, 0.5 for None; raise unless `predict` can take them."""
    if thresholds is not None and not task.has_thresholds:
        raise ValueError(
            f"thresholds: expected None for a network that is not multilabel, got {thresholds}"
        )
    lowest = as_array("thresholds", 0.5 if thresholds is None else thresholds)
    lowest = lowest.astype(np.float64)
    if lowest.shape not in ((), (outputs,)):
        raise ValueError(
            f"thresholds: expected one number, or one per class, {outputs}, got shape "
            f"{lowest.shape}"
        )
    if not ((lowest >= 0) & (lowest <= 1)).all():
        raise ValueError(f"thresholds: expected probabilities, 0 to 1, got {lowest}")
    return lowest


def check_top(top: int | None, thresholds: ArrayLike | None, task: Task) -> None:
    """Raise ValueError unless `top` is a number of classes that can be named."""
    if top is None:
        return
    if not task.has_classes:
        raise ValueError(f"top: expected None for a regression, which has no classes, got {top}")
    check_int("top", top)
    if thresholds is not None:
        raise ValueError(f"top: expected None with thresholds, got {top} (pass one of the two)")


def check_has_classes(task: Task) -> None:
    """Raise ValueError if a network has no probabilities to predict."""
    if not task.has_classes:
        raise ValueError(
            "predict_proba: expected a network with classes, got a regression (use predict)"
        )


def top_classes(
    probabilities: np.ndarray,
    class_names: Sequence[str],
    task: Task,
    *,
    top: int | None,
    thresholds: ArrayLike | None,
) -> list[tuple[str, float]]:
    """Return the most probable classes of one image by name.

    Use it for probabilities that were computed outside of a `Network`, which has a method of the
    same name.

    Args:
        probabilities: ``(classes,)``, the probabilities of one image.
        class_names: One name per class.
        task: What the outputs mean.
        top: Number of classes. None means 3, or for multilabel all classes that reach their
            threshold (possibly none).
        thresholds: Multilabel only, instead of `top`: the lowest probability of a returned class.
            One threshold for all classes or ``(classes,)``; None means 0.5.

    Returns:
        The most probable classes with their probabilities, in descending order. For a regression:
        all predicted numbers, in the order of the outputs.

    Raises:
        ValueError: If an argument does not fit, or both `top` and `thresholds` are given.
    """
    if np.shape(probabilities) != (len(class_names),):
        raise ValueError(
            f"probabilities: expected shape ({len(class_names)},), of one image, got "
            f"{np.shape(probabilities)}"
        )
    lowest = check_thresholds(thresholds, task, len(class_names))
    check_top(top, thresholds, task)
    return task.top_classes(probabilities, tuple(class_names), top=top, thresholds=lowest)


def _best_threshold(probabilities: np.ndarray, targets: np.ndarray) -> float:
    positives = targets.sum()
    if not positives:
        return 0.5
    order = np.argsort(-probabilities, kind="stable")
    descending = probabilities[order]
    below = np.append(descending[1:], 0.0)
    right, predicted = np.cumsum(targets[order]), np.arange(1, len(order) + 1)
    f1 = 2 * right / (predicted + positives)
    f1[:-1][descending[1:] == descending[:-1]] = -1  # no threshold separates equal probabilities
    best = np.argmax(f1)
    return float((descending[best] + below[best]) / 2)
