"""Regression: labels are numbers, and so are the predictions."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from jaxcnn import functional as F
from jaxcnn._support.arrays import as_array
from jaxcnn._support.results import TableResult
from jaxcnn.data.tasks._task import Loss, Task, first_index, reorder_columns

ErrorKind = Literal["squared", "absolute"]


@dataclasses.dataclass(frozen=True)
class Regression(Task):
    """Regression: a network predicts K numbers for each example.

    Labels are finite numbers, stored as float32: ``(N,)`` for one number per example, ``(N, K)``
    for several numbers. ``(N, 1)`` is stored as ``(N,)``. Outputs ``(N, K)`` are the predicted
    numbers. If the mean of the labels is far from 0, or their standard deviation far from 1, a
    network learns slowly or not at all. In this case, first standardize the labels by the mean and
    the standard deviation of the training set.

    Attributes:
        error: The errors whose mean over the K numbers is the default loss. ``"squared"`` errors
            are smallest if the mean is predicted. ``"absolute"`` errors are smallest if the median
            is predicted, so that a few wrong labels have little effect.

    Raises:
        ValueError: If `error` is neither ``"squared"`` nor ``"absolute"``.

    Example:
        >>> task = Regression()
        >>> task.check_labels([1.5, 2], examples=2, outputs=1).tolist()
        [1.5, 2.0]
        >>> loss = task.default_loss()
        >>> loss(jnp.array([[1.0], [4.0]]), jnp.array([1.5, 2.0])).tolist()
        [0.25, 4.0]
    """

    error: ErrorKind = "squared"

    label_dtype = np.dtype(np.float32)
    has_classes = False
    outputs_in_words = "numbers to predict"

    def __post_init__(self):
        if self.error not in get_args(ErrorKind):
            raise ValueError(f"error: expected one of {get_args(ErrorKind)}, got {self.error!r}")

    @property
    def name(self) -> str:
        return "regression" if self.error == "squared" else "absolute regression"

    @property
    def measure(self) -> str:
        return f"mean {self.error} error"

    def settle_names(self, names: Sequence[str] | None, labels: ArrayLike) -> tuple[str, ...]:
        """Return the given names; by default "value", or "value 0", "value 1" ... for several."""
        if names is not None:
            return super().settle_names(names, labels)
        shape = np.shape(labels)
        return _default_names(shape[1] if len(shape) == 2 else 1)

    def are_named(self, names: Sequence[str]) -> bool:
        """Return whether the names differ from the default names."""
        return tuple(names) != _default_names(len(names))

    def renumber(
        self, labels: np.ndarray, names: Sequence[str], new_names: Sequence[str]
    ) -> np.ndarray:
        return reorder_columns(labels, names, new_names)

    def describe(self, names: Sequence[str]) -> str:
        shown = ", ".join(names) if len(names) <= 3 else f"{len(names)} numbers"
        return f"{self.name} of {shown}"

    def label_shape(self, outputs: int) -> tuple[int, ...]:
        return () if outputs == 1 else (outputs,)

    def check_labels(
        self, labels: ArrayLike, *, examples: int, outputs: int, name: str = "labels"
    ) -> np.ndarray:
        labels = as_array(name, labels)
        if labels.shape == (examples, 1) and outputs == 1:
            labels = labels[:, 0]
        shape = (examples, *self.label_shape(outputs))
        if labels.shape != shape:
            what = "one number" if outputs == 1 else f"{outputs} numbers"
            raise ValueError(
                f"{name}: expected shape {shape}, {what} per example, got {labels.shape}"
            )
        if labels.dtype == bool or not np.issubdtype(labels.dtype, np.number):
            raise TypeError(f"{name}: expected numbers, got {labels.dtype}")
        if np.issubdtype(labels.dtype, np.complexfloating):
            raise TypeError(f"{name}: expected real numbers, got {labels.dtype}")
        with np.errstate(over="ignore"):
            stored = labels.astype(self.label_dtype, copy=False)
        wrong = ~np.isfinite(stored)
        if wrong.any():
            index = first_index(wrong)
            raise ValueError(
                f"{name}: expected finite numbers within float32, got {labels[index]} at {index} "
                f"({wrong.sum()} of {labels.size} are not)"
            )
        return stored

    def members(self, labels: np.ndarray, output: int) -> np.ndarray:
        raise ValueError("members: expected a data set with classes, got a regression")

    def strata(self, labels: np.ndarray) -> np.ndarray:
        """Return 0 for all examples, because numbers form no groups."""
        return np.zeros(len(labels), int)

    def count_classes(self, labels: np.ndarray, outputs: int) -> np.ndarray:
        raise ValueError("class_counts: expected a data set with classes, got a regression")

    def chance_loss(self, labels: np.ndarray, outputs: int) -> float:
        """Return the loss of the best constant, averaged over the K numbers.

        For squared errors, this loss is the variance of the labels. For absolute errors, it is the
        mean absolute deviation of the labels from their median.
        """
        labels = np.asarray(labels, np.float64)
        if self.error == "squared":
            return float(labels.var(axis=0).mean())
        return float(np.abs(labels - np.median(labels, axis=0)).mean())

    def default_loss(self, label_smoothing: float = 0.0) -> Loss:
        """Return the mean squared or absolute error."""
        if label_smoothing:
            raise ValueError(f"label_smoothing: expected 0 for a regression, got {label_smoothing}")
        return _squared if self.error == "squared" else _absolute

    def correct(self, outputs: Array, labels: Array) -> None:
        """Return None: a predicted number is neither right nor wrong."""

    def predictions(self, outputs: ArrayLike) -> Array:
        """Return the outputs, which are the predicted numbers."""
        return jnp.asarray(outputs)

    def mixed_losses(
        self, loss: Loss, outputs: Array, labels: Array, others: Array, share: Array
    ) -> Array:
        """Return the losses against the mixed labels, ``share * labels + (1 - share) * others``."""
        share = share.reshape(-1, *[1] * (labels.ndim - 1))
        return loss(outputs, share * labels + (1 - share) * others)

    def decide(self, predictions: np.ndarray, thresholds: ArrayLike = 0.5) -> np.ndarray:
        """Return the predicted numbers in the shape of labels, ``(N,)`` or ``(N, K)``."""
        predictions = np.asarray(predictions)
        return predictions[:, 0] if predictions.shape[1:] == (1,) else predictions

    def top_classes(
        self,
        predictions: np.ndarray,
        names: Sequence[str],
        *,
        top: int | None = None,
        thresholds: ArrayLike = 0.5,
    ) -> list[tuple[str, float]]:
        """Return all predicted numbers with their names, in the order of the outputs."""
        return [(name, float(value)) for name, value in zip(names, predictions, strict=True)]

    def marks(self, predictions: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return the error of each example, ``(N,)``; smaller is better."""
        predictions = np.asarray(predictions, np.float64)
        errors = predictions - np.asarray(labels, np.float64).reshape(predictions.shape)
        return (np.square(errors) if self.error == "squared" else np.abs(errors)).mean(axis=1)

    def results(
        self, outputs: np.ndarray, labels: np.ndarray, names: Sequence[str]
    ) -> dict[str, Any]:
        """Return the fields of `RegressionScores`, each with one entry per predicted number."""
        found = dataclasses.asdict(self.scores(outputs, labels))
        return {name: found[name] for name in found if name != "examples"}

    def scores(
        self, outputs: ArrayLike, labels: ArrayLike, confidence: float = 0.95
    ) -> "RegressionScores":
        """Compare a network's outputs for a test set with the labels, on the host.

        Args:
            outputs: ``(N, K)``, the outputs of a network for all examples; N is at least 2.
            labels: ``(N,)`` or ``(N, K)``.
            confidence: The probability that an interval contains the true error.
        """
        outputs = np.asarray(outputs, np.float64)
        labels = np.asarray(labels, np.float64).reshape(outputs.shape)
        squared, absolute = np.square(outputs - labels), np.abs(outputs - labels)
        mse = [F.normal_interval(column, confidence) for column in squared.T]
        spread = np.square(labels - labels.mean(axis=0)).sum(axis=0)
        errors = squared.sum(axis=0)
        r2 = np.where(errors == 0, 1.0, 0.0)
        np.divide(errors, spread, out=errors, where=spread > 0)
        return RegressionScores(
            r2=tuple(np.where(spread > 0, 1 - errors, r2).tolist()),
            rmse=tuple(np.sqrt(squared.mean(axis=0)).tolist()),
            rmse_interval=tuple((math.sqrt(max(low, 0)), math.sqrt(high)) for low, high in mse),
            mae=tuple(absolute.mean(axis=0).tolist()),
            mae_interval=tuple(
                (max(low, 0.0), high)
                for low, high in (F.normal_interval(column, confidence) for column in absolute.T)
            ),
            examples=len(labels),
        )


@dataclasses.dataclass(frozen=True)
class RegressionScores(TableResult):
    """Errors of predicted numbers on a test set: each field has one entry per predicted number.

    The intervals assume independent test examples and normally distributed means
    (`jaxcnn.functional.normal_interval`). The ends of the interval of the RMSE are the square roots
    of the ends of the interval of the mean squared error.

    Attributes:
        r2: Coefficient of determination; see `jaxcnn.functional.r2_score`.
        rmse: Root of the mean squared error, in the unit of the labels.
        rmse_interval: Lower and upper end of the interval of the RMSE.
        mae: Mean absolute error, in the unit of the labels.
        mae_interval: Lower and upper end of the interval of the MAE.
        examples: Number of examples that were compared.
    """

    r2: tuple[float, ...]
    rmse: tuple[float, ...]
    rmse_interval: tuple[tuple[float, float], ...]
    mae: tuple[float, ...]
    mae_interval: tuple[tuple[float, float], ...]
    examples: int

    def __str__(self) -> str:
        lines = []
        for k, r2 in enumerate(self.r2):
            (low, high), (least, most) = self.rmse_interval[k], self.mae_interval[k]
            lines.append(
                f"R² {r2:.4f}, RMSE {self.rmse[k]:.4g} ({low:.4g} to {high:.4g}), "
                f"MAE {self.mae[k]:.4g} ({least:.4g} to {most:.4g})"
            )
        return "\n".join(lines)

    def _rows(self) -> Iterable[Mapping[str, Any]]:
        for k, r2 in enumerate(self.r2):
            (low, high), (least, most) = self.rmse_interval[k], self.mae_interval[k]
            rmse = {"rmse": self.rmse[k], "rmse_low": low, "rmse_high": high}
            yield {"r2": r2, **rmse, "mae": self.mae[k], "mae_low": least, "mae_high": most}


def _default_names(numbers: int) -> tuple[str, ...]:
    return ("value",) if numbers == 1 else tuple(f"value {k}" for k in range(numbers))


def _squared(outputs: Array, labels: Array) -> Array:
    return F.mean_squared_error(outputs, _match_rank(outputs, labels))


def _absolute(outputs: Array, labels: Array) -> Array:
    return F.mean_absolute_error(outputs, _match_rank(outputs, labels))


def _match_rank(outputs: Array, labels: Array) -> Array:
    """Reshape labels ``(N,)`` to ``(N, 1)`` if there is one output."""
    return labels[..., None] if labels.ndim == outputs.ndim - 1 else jnp.asarray(labels)
