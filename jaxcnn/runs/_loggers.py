"""Metrics of a training in TensorBoard, Weights & Biases and MLflow: two functions for each."""

import dataclasses
import os
import time
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from jaxcnn._support.extras import import_extra
from jaxcnn._support.files import local_path
from jaxcnn._support.results import as_plain
from jaxcnn.distributed import is_first
from jaxcnn.runs._history_files import Logs, flat

TENSORBOARD = "tensorboard"

MAX_IN_BATCH = 100
"""The most parameters that MLflow takes at once; it takes 1,000 metrics."""

MAX_PARAMETER = 500
"""Characters of a parameter's value that every version of MLflow takes."""


@dataclasses.dataclass(frozen=True)
class MetricLogger:
    """Two functions that send metrics elsewhere: after each epoch, and when the training ends.

    Pass it to ``fit(on_epoch=)`` within a ``with`` statement, which calls `finish`. Loggers of your
    own are made of two functions: ``MetricLogger(log_epoch, finish)``.

    Attributes:
        log_epoch: Called with the metrics of each epoch, as in ``run.history``.
        finish: Called once at the end, with True if the training ended by an error.

    Example:
        >>> import jaxcnn
        >>> net = jaxcnn.Sequential([jaxcnn.Flatten(), jaxcnn.Dense(10)])
        >>> train = jaxcnn.data.digits().train
        >>> def log_epoch(logs):
        ...     print("epoch", logs["epoch"])
        >>> with MetricLogger(log_epoch, lambda failed: print("failed:", failed)) as log:
        ...     run = jaxcnn.fit(net, train, epochs=2, progress=False, on_epoch=log)
        epoch 1
        epoch 2
        failed: False
    """

    log_epoch: Callable[[Mapping[str, Any]], None]
    finish: Callable[[bool], None]

    def __call__(self, state: Any, logs: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Log an epoch; `fit` passes the training's state, too, which is not logged."""
        self.log_epoch(logs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.finish(kind is not None)


def import_tensorboard() -> ModuleType:
    """Import tensorboardX, or raise an ImportError that says how to install it."""
    return import_extra("tensorboardX")


def tensorboard_logger(folder: str | os.PathLike[str]) -> MetricLogger:
    """Log the metrics of each epoch to an event file of TensorBoard; the epoch is the step.

    Args:
        folder: The file is in its subfolder ``tensorboard``.

    Raises:
        ImportError: If tensorboardX is not installed.
        ValueError: If the folder is an address such as ``gs://bucket``.

    Example::

        with jaxcnn.runs.tensorboard_logger("logs") as log:
            run = jaxcnn.fit(net, train, on_epoch=log)
    """
    place = local_path("folder", folder)
    writer_class = import_tensorboard().SummaryWriter
    if not is_first():
        return _nothing()
    writer = writer_class(str(place / TENSORBOARD))

    def log_epoch(logs: Mapping[str, Any]) -> None:
        for name, value in _numbers(logs).items():
            writer.add_scalar(name, value, logs["epoch"])
        writer.flush()

    return MetricLogger(log_epoch, lambda _: writer.close())


def write_events(history: Sequence[Logs], folder: Path) -> None:
    """Write the metrics of all epochs to one event file, in the subfolder ``tensorboard``."""
    with tensorboard_logger(folder) as logger:
        for logs in history:
            logger.log_epoch(logs)


def wandb_logger(
    project: str, *, config: Mapping[str, Any] | None = None, **options: Any
) -> MetricLogger:
    """Log the metrics of each epoch to a run of Weights & Biases; the epoch is the step.

    Where the metrics go is up to wandb: with ``mode="offline"``, or the environment variable
    ``WANDB_MODE=offline``, they stay in the folder ``wandb`` until ``wandb sync`` uploads them.
    With several processes, only process 0 logs.

    Args:
        project: The name of the project.
        config: The options of the training, such as ``plan.to_dict()``.
        options: More arguments of `wandb.init`, such as ``name="width 8"`` or ``mode="offline"``.
            To go on with a run: ``id="...", resume="allow"``.

    Raises:
        ImportError: If wandb is not installed.

    Example::

        with jaxcnn.runs.wandb_logger("digits", config=plan.to_dict()) as log:
            run = jaxcnn.fit(net, train, plan=plan, on_epoch=log)
    """
    wandb = import_extra("wandb")
    if not is_first():
        return _nothing()
    run = wandb.init(project=project, config=as_plain(config or {}), **options)

    def log_epoch(logs: Mapping[str, Any]) -> None:
        run.log({"epoch": logs["epoch"], **_numbers(logs)}, step=logs["epoch"])

    return MetricLogger(log_epoch, lambda failed: run.finish(exit_code=int(failed)))


def import_mlflow() -> ModuleType:
    """Import MLflow without its reports of use, or raise an error that says how to install it.

    The environment variable ``MLFLOW_DISABLE_TELEMETRY=false`` allows the reports. MLflow reads it
    when it is imported, so an earlier import elsewhere decides for itself.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    return import_extra("mlflow")


def mlflow_logger(
    experiment: str,
    *,
    config: Mapping[str, Any] | None = None,
    name: str | None = None,
    tracking_uri: str | None = None,
) -> MetricLogger:
    """Log the metrics of each epoch to a run of MLflow; the epoch is the step.

    MLflow's active run is neither used nor changed. Unless the environment sets
    ``MLFLOW_DISABLE_TELEMETRY``, or MLflow was imported before, its own reports of its use are
    turned off. With several processes, only process 0 logs.

    Args:
        experiment: The name of MLflow's experiment; a new one is created.
        config: The options of the training, such as ``plan.to_dict()``, as parameters. Values
            longer than 500 characters are cut off.
        name: The name of the run; None lets MLflow choose one.
        tracking_uri: Where MLflow keeps its runs, such as ``"sqlite:///mlflow.db"`` or the address
            of a server; None means MLflow's setting, such as ``MLFLOW_TRACKING_URI``.

    Raises:
        ImportError: If MLflow is not installed.

    Example::

        with jaxcnn.runs.mlflow_logger("digits", tracking_uri="sqlite:///mlflow.db") as log:
            run = jaxcnn.fit(net, train, on_epoch=log)
    """
    mlflow = import_mlflow()
    if not is_first():
        return _nothing()
    client, entities = mlflow.MlflowClient(tracking_uri), mlflow.entities
    found = client.get_experiment_by_name(experiment)
    place = client.create_experiment(experiment) if found is None else found.experiment_id
    run = client.create_run(place, run_name=name).info.run_id
    values = [(key, str(value)[:MAX_PARAMETER]) for key, value in flat(as_plain(config or {}))]
    for some in _parts(values):
        client.log_batch(run, params=[entities.Param(*each) for each in some])

    def log_epoch(logs: Mapping[str, Any]) -> None:
        now = int(time.time() * 1000)
        for some in _parts([*_numbers(logs).items()]):
            metrics = [entities.Metric(*each, now, logs["epoch"]) for each in some]
            client.log_batch(run, metrics=metrics)

    def finish(failed: bool) -> None:
        client.set_terminated(run, "FAILED" if failed else "FINISHED")

    return MetricLogger(log_epoch, finish)


def _parts(items: list[tuple[str, Any]]) -> list[list[tuple[str, Any]]]:
    return [items[i : i + MAX_IN_BATCH] for i in range(0, len(items), MAX_IN_BATCH)]


def _numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of an epoch; those of layers are called "gradient_norms/layers.0"."""
    return {
        name: float(value)
        for name, value in flat(logs, separator="/")
        if isinstance(value, Real) and name != "epoch"
    }


def _nothing() -> MetricLogger:
    """Return the logger of all processes but the first."""
    return MetricLogger(lambda _: None, lambda _: None)
