"""Custom metrics of the validation set: checked before a training, computed after each epoch."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from jaxcnn._support.arguments import check_function
from jaxcnn.data import LabeledImages, Loss
from jaxcnn.distributed import together
from jaxcnn.inference import Network, outputs_on
from jaxcnn.runs import Logs

Metric = Callable[[np.ndarray, np.ndarray], ArrayLike]
"""A function `metric(outputs, labels)`: from a network's outputs ``(N, K)`` for all examples of a
set, and their labels, to a number, or to one number per example, whose mean is the metric."""

PREFIX = "validation_"
"""What the name of a metric of the validation set begins with in the logs."""


def check_metrics(metrics: Any) -> None:
    """Raise unless `metrics` maps names that logs can have to functions."""
    if not isinstance(metrics, Mapping):
        raise TypeError(
            'metrics: expected a dict of functions such as {"auc": F.roc_auc}, got '
            f"{type(metrics).__name__} (loss and accuracy are logged anyway)"
        )
    for name, metric in metrics.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"metrics: expected names of letters, digits and underscores, got {name!r:.80}"
            )
        if name in ("loss", "accuracy"):
            raise ValueError(
                f"metrics: expected names other than loss and accuracy, got {name!r}, which is "
                "logged anyway"
            )
        check_function(f"metrics[{name!r}]", metric, "outputs", "labels")


def try_metrics(metrics: Mapping[str, Metric], validation: LabeledImages | None) -> None:
    """Call each metric once with random outputs, so that its faults show before a long training.

    Raises:
        TypeError: If a metric does not return numbers.
        ValueError: If there is no validation set, or a metric returns another number of numbers.
    """
    if not metrics:
        return
    if validation is None:
        raise ValueError(f"validation: expected a set for metrics {', '.join(metrics)}, got none")
    shape = (len(validation), validation.num_classes)
    outputs = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    for name, metric in metrics.items():
        try:
            _value(name, metric, outputs, validation.labels)
        except Exception as error:
            error.add_note(
                f"Before the training, the metric {name!r} was tried with random outputs of shape "
                f"{shape} and the labels of the validation set."
            )
            raise


def validation_logs(
    network: Network,
    validation: LabeledImages,
    loss: Loss | None,
    devices: int | None,
    metrics: Mapping[str, Metric] | None = None,
    everywhere: bool = False,
) -> Logs:
    """Evaluate a network on a validation set, for the logs of an epoch.

    With `everywhere`, the devices of all processes share the set, and an error in one process, of
    a file or of a metric, is an error in all.
    """
    found = outputs_on(network, validation, loss=loss, devices=devices, everywhere=everywhere)
    logs = Logs(validation_loss=found.loss)
    if found.correct is not None:
        logs["validation_accuracy"] = found.correct / len(validation)
    with together() if everywhere else nullcontext():
        for name, metric in (metrics or {}).items():
            logs[PREFIX + name] = _value(name, metric, found.outputs, validation.labels)
    return logs


def _value(name: str, metric: Metric, outputs: np.ndarray, labels: np.ndarray) -> float:
    found = np.asarray(metric(outputs, labels))
    kinds = (jnp.bool, jnp.integer, jnp.floating)
    if not any(jnp.issubdtype(found.dtype, kind) for kind in kinds):
        raise TypeError(
            f"metrics[{name!r}]: expected a function that returns numbers, got one that returns "
            f"{found.dtype}"
        )
    if found.shape not in ((), (len(outputs),)):
        raise ValueError(
            f"metrics[{name!r}]: expected a function that returns one number, or one per example, "
            f"{(len(outputs),)}, got shape {found.shape}"
        )
    return float(found.astype(np.float64).mean())
